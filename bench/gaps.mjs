#!/usr/bin/env node
// The longest time, in milliseconds, in which a heavy program does not ask the host whether to stop: what a timeout can be
// late by. The host is asked every 100,000 steps, so an ordinary loop shows what that takes here.
// A program asks at the same places each time it runs: the shortest of some runs counts for each pair of questions, so that
// what the machine does beside is left out. While the memory grows for the first time, the engine takes new pages and collects
// its own garbage: the questions of that time have a column of their own. External tables are those of the package.
// Usage: node bench/gaps.mjs [--only PART] [--questions N] [--rounds N]
import { parseArgs } from "node:util";
import { ExternalTables } from "../js/dist/core/external-tables.js";
import { hostFunctions } from "../js/dist/core/host.js";
import { Client, builtModule } from "../tests/abi/client.mjs";
import { HEAVY } from "../tests/abi/heavy-programs.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    questions: { type: "string", default: "500" },
    rounds: { type: "string", default: "5" },
  },
});
const QUESTIONS = Number(values.questions);
const PROGRAMS = { "an empty loop": ["", "while true do end"], ...HEAVY };

/** An instance whose host offers what `answers` has, texts or functions that give bytes. */
function opened(answers) {
  const all = { services: Object.keys(answers).join(" "), ...answers };
  const services = {
    get: name => (typeof all[name] === "function" ? all[name]() : all[name] && Buffer.from(all[name])),
    set: () => -1,
  };
  const env = hostFunctions(new ExternalTables(), services, () => exports.memory);
  const { exports } = new WebAssembly.Instance(builtModule(), { env });
  exports.init();
  return new Client(exports);
}

/** @returns {number[][]} milliseconds between two questions, in turn: the first time the program runs, and the second */
function run([prepare, endless]) {
  let stamps;
  const interrupt = () => (stamps?.push(performance.now()) > QUESTIONS ? Buffer.alloc(1) : undefined);
  const lua = opened({ config: "memory_limit=67108864", interrupt });
  lua.run(prepare);
  return [1, 2].map(() => {
    stamps = [performance.now()];
    lua.eval(endless);
    const times = stamps;
    stamps = undefined;
    return times.slice(1).map((time, i) => time - times[i]);
  });
}

/** @returns {{longest: number, median: number, at: number}} at: which gap it is */
function shortest(runs) {
  const common = Math.min(...runs.map(times => times.length));
  const gaps = Array.from({ length: common }, (_, i) => Math.min(...runs.map(times => times[i])));
  const longest = gaps.reduce((a, b) => Math.max(a, b));
  return { longest, at: gaps.indexOf(longest) + 1, median: gaps.sort((a, b) => a - b)[common >> 1] };
}

function measure(program) {
  const rounds = Array.from({ length: Number(values.rounds) }, () => run(program));
  return { ...shortest(rounds.map(([, again]) => again)), growing: shortest(rounds.map(([first]) => first)).longest };
}

const rows = Object.entries(PROGRAMS)
  .filter(([name]) => name.includes(values.only))
  .map(([name, program]) => ({ name, ...measure(program) }))
  .sort((a, b) => b.longest - a.longest);
console.log("| a script that does | longest ms | which | median ms | while memory grows |\n|---|---:|---:|---:|---:|");
for (const { name, longest, at, median, growing } of rows) {
  console.log(`| ${name} | ${longest.toFixed(2)} | ${at} | ${median.toFixed(2)} | ${growing.toFixed(2)} |`);
}
