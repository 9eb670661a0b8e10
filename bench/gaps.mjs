#!/usr/bin/env node
// The longest time, in milliseconds, in which a heavy program does not ask the host whether to stop: what a timeout can be
// late by. The host is asked every 100,000 steps, so an ordinary loop shows what that takes here.
// Usage: node bench/gaps.mjs [--only PART] [--seconds N]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { HEAVY } from '../tests/abi/heavy-programs.mjs';
import { serviced } from '../tests/abi/serviced.mjs';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, seconds: { type: 'string', default: '0.5' } } });
/** Milliseconds that this thread has run, so that others do not count; elsewhere than in Linux, the time of day's. */
const clock = process.platform === 'linux'
  ? () => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
  : () => performance.now();
const MILLISECONDS = Number(values.seconds) * 1000;
const PROGRAMS = { 'an empty loop': ['', 'while true do end'], ...HEAVY };

/** @returns {{longest: number, median: number}} milliseconds between two questions, the last one's answer included */
function measure([prepare, endless]) {
  let stamps;
  const interrupt = () => {
    if (!stamps) return undefined;
    stamps.push(clock());
    return stamps.at(-1) - stamps[0] > MILLISECONDS ? '' : undefined;
  };
  const lua = serviced({ config: 'memory_limit=67108864', interrupt });
  lua.run(prepare);
  stamps = [clock()];
  lua.eval(endless);
  stamps.push(clock());
  const gaps = stamps.slice(1).map((time, i) => time - stamps[i]).sort((a, b) => a - b);
  return { longest: gaps.at(-1), median: gaps[gaps.length >> 1] };
}

const rows = Object.entries(PROGRAMS).filter(([name]) => name.includes(values.only))
  .map(([name, program]) => ({ name, ...measure(program) }))
  .sort((a, b) => b.longest - a.longest);
console.log('| a script that does | longest ms | median ms |\n|---|---:|---:|');
for (const { name, longest, median } of rows) console.log(`| ${name} | ${longest.toFixed(2)} | ${median.toFixed(2)} |`);
