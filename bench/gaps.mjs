#!/usr/bin/env node
// The longest time, in milliseconds, in which a heavy program does not ask the host whether to stop: what a timeout can be
// late by. The host is asked every 100,000 steps, so an ordinary loop shows what that takes here.
// A program asks at the same places each time it runs: the shortest of some runs counts for each pair of questions, so that
// what the machine does beside is left out.
// Usage: node bench/gaps.mjs [--only PART] [--seconds N] [--rounds N]
import { parseArgs } from 'node:util';
import { HEAVY } from '../tests/abi/heavy-programs.mjs';
import { serviced } from '../tests/abi/serviced.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, seconds: { type: 'string', default: '0.3' }, rounds: { type: 'string', default: '5' } },
});
const MILLISECONDS = Number(values.seconds) * 1000;
const PROGRAMS = { 'an empty loop': ['', 'while true do end'], ...HEAVY };

/** @returns {number[]} milliseconds between two questions, in turn */
function run([prepare, endless]) {
  let stamps;
  const interrupt = () => {
    if (!stamps) return undefined;
    stamps.push(performance.now());
    return stamps.at(-1) - stamps[0] > MILLISECONDS ? '' : undefined;
  };
  const lua = serviced({ config: 'memory_limit=67108864', interrupt });
  lua.run(prepare);
  stamps = [performance.now()];
  lua.eval(endless);
  return stamps.slice(1).map((time, i) => time - stamps[i]);
}

/** @returns {{longest: number, median: number, at: number}} at: which gap it is */
function measure(program) {
  const runs = Array.from({ length: Number(values.rounds) }, () => run(program));
  const common = Math.min(...runs.map((times) => times.length));
  const gaps = Array.from({ length: common }, (_, i) => Math.min(...runs.map((times) => times[i])));
  const longest = gaps.reduce((a, b) => Math.max(a, b));
  return { longest, at: gaps.indexOf(longest) + 1, median: gaps.sort((a, b) => a - b)[common >> 1] };
}

const rows = Object.entries(PROGRAMS).filter(([name]) => name.includes(values.only))
  .map(([name, program]) => ({ name, ...measure(program) }))
  .sort((a, b) => b.longest - a.longest);
console.log('| a script that does | longest ms | which | median ms |\n|---|---:|---:|---:|');
for (const { name, longest, at, median } of rows) console.log(`| ${name} | ${longest.toFixed(2)} | ${at} | ${median.toFixed(2)} |`);
