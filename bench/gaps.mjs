#!/usr/bin/env node
// The longest time, in milliseconds, in which a heavy program does not ask the host whether to stop, and that from the order
// to stop to the end of the eval: together what a timeout can be late by. The host is asked every 50,000 steps, so an
// ordinary loop shows what that takes here.
// A program asks at the same places each time it runs: the shortest of some runs counts for each pair of questions and for
// each question that is answered by an order to stop, so that what the machine does beside is left out. While the memory grows for the first
// time, the engine takes new pages and collects its own garbage: the questions of that time have a column of their own. The
// orders come at places that are spread over the run, and around its longest gap. External tables are those of the package.
// Usage: node bench/gaps.mjs [--only PART] [--questions N] [--rounds N] [--stops N]
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
    stops: { type: "string", default: "8" },
  },
});
const [QUESTIONS, ROUNDS, STOPS] = [values.questions, values.rounds, values.stops].map(Number);
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

/** An instance that is prepared for a program. @returns {(questions: number) => number[] & { grew: boolean }} runs it until so many have been answered; when that was, and its end; whether its memory grew */
function prepared([prepare, endless]) {
  let stamps;
  let last;
  const interrupt = () => (stamps?.push(performance.now()) > last ? Buffer.alloc(1) : undefined);
  const lua = opened({ config: "memory_limit=67108864", interrupt });
  lua.run(prepare);
  return questions => {
    const size = lua.exports.memory.buffer.byteLength;
    [stamps, last] = [[performance.now()], questions];
    lua.eval(endless);
    const times = [...stamps, performance.now()];
    stamps = undefined;
    return Object.assign(times, { grew: lua.exports.memory.buffer.byteLength > size });
  };
}

/** @returns {number[][]} milliseconds between two questions, in turn: the first time the program runs, and when memory has stopped growing */
function gaps(program) {
  const run = prepared(program);
  const between = times => times.slice(1, -1).map((time, i) => time - times[i]);
  const first = between(run(QUESTIONS));
  let again = run(QUESTIONS);
  for (let more = MORE_RUNS; again.grew && more > 0; more--) again = run(QUESTIONS);
  return [first, between(again)];
}

/** @returns {number[]} milliseconds from the order to stop, at each of these questions, to the end */
function stops(program, questions) {
  const run = prepared(program);
  run(QUESTIONS);
  return questions.map(question => {
    const [order, end] = run(question).slice(-2);
    return end - order;
  });
}

/** Memory that is freed in pieces may grow in some further runs. */
const MORE_RUNS = 3;

const rounds = run => Array.from({ length: ROUNDS }, run);

/** The shortest time at each place of some runs. */
const shortest = runs =>
  Array.from({ length: Math.min(...runs.map(times => times.length)) }, (_, i) =>
    Math.min(...runs.map(times => times[i])),
  );

function measure(program) {
  const runs = rounds(() => gaps(program));
  const again = shortest(runs.map(([, second]) => second));
  const longest = Math.max(...again);
  const at = again.indexOf(longest) + 1;
  const spread = Array.from({ length: STOPS }, (_, i) => Math.ceil(((i + 0.5) * QUESTIONS) / STOPS));
  const orders = [at - 1, at, ...spread].filter(question => question > 0);
  return {
    longest,
    at,
    median: again.sort((a, b) => a - b)[again.length >> 1],
    growing: Math.max(...shortest(runs.map(([first]) => first))),
    stop: Math.max(...shortest(rounds(() => stops(program, orders)))),
  };
}

console.log("| a script that does | longest ms | which | median ms | while memory grows | from the order to the end |");
console.log("|---|---:|---:|---:|---:|---:|");
// Each as soon as it is measured: all take ten minutes, or more on a busy machine.
const rows = Object.entries(PROGRAMS)
  .filter(([name]) => name.includes(values.only))
  .map(([name, program]) => {
    const times = measure(program);
    const [longest, median, growing, stop] = [times.longest, times.median, times.growing, times.stop].map(ms =>
      ms.toFixed(2),
    );
    console.log(`| ${name} | ${longest} | ${times.at} | ${median} | ${growing} | ${stop} |`);
    return times;
  });
const longest = Math.max(...rows.map(times => times.longest));
const later = Math.max(...rows.map(({ stop }) => stop));
console.log(
  `\nThe longest: ${longest.toFixed(2)} between two questions, ${later.toFixed(2)} from the order to the end.`,
);
