// What the sweep of external tables costs: runs with it and without it, in turns; and the longest time that one step of it
// takes in a session with many tables.
//
//   node bench/sweep.mjs [--rounds 9] [--tables 1000000]
import { parseArgs } from 'node:util';
import { LuaPersistent } from '../web/lua-persistent.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, tables: { type: 'string', default: '1000000' } },
});
const wasm = new URL('../web/lua.wasm', import.meta.url);
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
const PROGRAMS = {
  'reads and writes': 'local w = Memory.world for k = 1, 5 do for i = 1, 2000 do local p = w[i] p.name = p.name .. "" end end',
  'saves by assignment': 'for i = 1, 3000 do Memory.save = { player = { hp = i, pos = { x = 1 } } } end',
  'a changing world': 'local w = Memory.world for i = 1, 2000 do w[i] = { at = { x = i }, name = "n" } end',
  'a small run': 'Memory.n = (Memory.n or 0) + 1',
};

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

function time(lua, source) {
  const started = performance.now();
  lua.eval(source);
  return performance.now() - started;
}

async function costs() {
  for (const [name, source] of Object.entries(PROGRAMS)) {
    const times = { with: [], without: [] };
    for (let round = -2; round < Number(options.rounds); round++) {
      // A session without it keeps all garbage: each round has new ones.
      const sessions = { with: (await opened()).lua, without: await without() };
      for (const lua of Object.values(sessions)) lua.eval(WORLD);
      for (let i = 0; i < 5; i++) {
        for (const [kind, lua] of Object.entries(sessions)) {
          const elapsed = time(lua, source);
          if (round >= 0) times[kind].push(elapsed);
        }
      }
      await Promise.all(Object.values(sessions).map((lua) => lua.close({ discard: true })));
    }
    const [a, b] = [median(times.with), median(times.without)];
    console.log(`${name.padEnd(20)} with ${a.toFixed(2)} ms, without ${b.toFixed(2)} ms, ratio ${(a / b).toFixed(3)}`);
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
await pauses();
