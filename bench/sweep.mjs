// What the sweep of external tables costs: runs with it and without it, in turns; and the longest time that one step of it
// takes in a session with many tables.
//
//   node bench/sweep.mjs [--rounds 9] [--tables 1000000]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { LuaPersistent } from '../web/lua-persistent.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, tables: { type: 'string', default: '1000000' } },
});
/** Compiled once: what V8 does to make it fast is the module's, and so the same for all. */
const wasm = await WebAssembly.compile(readFileSync(new URL('../web/lua.wasm', import.meta.url)));
const { parts } = LuaPersistent;

/** Opens a session and its parts. */
async function opened() {
  const { LuaInstance } = parts;
  let instance;
  parts.LuaInstance = class extends LuaInstance {
    constructor(...made) {
      super(...made);
      instance ??= this;
    }
  };
  const lua = await LuaPersistent.open({ wasm, tableLimit: 2 ** 40 });
  parts.LuaInstance = LuaInstance;
  return { lua, instance };
}

async function without() {
  const { lua, instance } = await opened();
  instance.tables.collector = instance.services.collector = null;
  return lua;
}

const WORLD = 'Memory.world = {} for i = 1, 2000 do Memory.world[i] = { at = { x = i }, name = "n" } end';
/** Source of each, and how many runs are timed together. */
const PROGRAMS = {
  'reads and writes': ['local w = Memory.world for k = 1, 5 do for i = 1, 2000 do local p = w[i] p.name = p.name .. "" end end', 2],
  'saves by assignment': ['for i = 1, 3000 do Memory.save = { player = { hp = i, pos = { x = 1 } } } end', 2],
  'a changing world': ['local w = Memory.world for i = 1, 2000 do w[i] = { at = { x = i }, name = "n" } end', 5],
  'a small run': ['Memory.n = (Memory.n or 0) + 1', 1000],
  'a small save': ['Memory.save = { n = 1 }', 1000],
};

/** Times that each of a pair of sessions runs. */
const TURNS = 6;

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

/** CPU milliseconds of so many runs, those of the garbage collector's threads included. */
function time(lua, source, runs) {
  const started = process.cpuUsage();
  for (let i = 0; i < runs; i++) lua.eval(source);
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

/** One pair of new sessions (one without a sweep keeps all garbage), that run in turns. @returns the two times */
async function pair(source, runs) {
  const sessions = { with: (await opened()).lua, without: await without() };
  const times = { with: 0, without: 0 };
  for (const lua of Object.values(sessions)) lua.eval(WORLD);
  for (let turn = 0; turn < TURNS; turn++) {
    const kinds = Object.keys(sessions);
    if (turn % 2 === 1) kinds.reverse();
    for (const kind of kinds) times[kind] += time(sessions[kind], source, runs);
  }
  await Promise.all(Object.values(sessions).map((lua) => lua.close({ discard: true })));
  return times;
}

async function costs() {
  for (const [name, [source, runs]] of Object.entries(PROGRAMS)) {
    const pairs = [];
    for (let round = -2; round < Number(options.rounds); round++) {
      const times = await pair(source, runs);
      if (round >= 0) pairs.push(times);
    }
    const [a, b] = ['with', 'without'].map((kind) => median(pairs.map((times) => times[kind])));
    const ratio = median(pairs.map((times) => times.with / times.without));
    console.log(`${name.padEnd(20)} with ${a.toFixed(2)} ms, without ${b.toFixed(2)} ms, median of the ratios ${ratio.toFixed(3)}`);
  }
}

/** The longest call of each method of the collector, while a part of a large world changes. */
async function pauses() {
  const { lua, instance } = await opened();
  const count = Number(options.tables);
  for (let from = 1; from <= count; from += 10000) {
    lua.eval(`Memory.world = Memory.world or {} for i = ${from}, ${from + 9999} do Memory.world[i] = { x = i } end`);
  }
  const { collector } = instance.tables;
  const longest = {};
  for (const name of ['wrote', 'duringRun', 'afterRun', 'held', 'step', 'begin']) {
    const method = collector[name].bind(collector);
    collector[name] = (...args) => {
      const started = performance.now();
      const answer = method(...args);
      longest[name] = Math.max(longest[name] ?? 0, performance.now() - started);
      return answer;
    };
  }
  for (let i = 0; i < 300; i++) {
    lua.eval(`for i = 1, 5000 do Memory.world[(i * 7919 + ${i} * 104729) % ${count} + 1] = { x = i } end`);
    await new Promise((resolve) => setTimeout(resolve, i % 10 === 0 ? 60 : 0));
  }
  console.log(`${count} tables: longest step, in ms:`, Object.fromEntries(Object.entries(longest).map(([name, ms]) => [name, Number(ms.toFixed(2))])));
  console.log(`tables at the end: ${lua.getStats().externalTableCount}`);
}

await costs();
if (Number(options.tables) > 0) await pauses();
