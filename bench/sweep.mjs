// What the sweep of external tables costs (sweep-cost.mjs), and the longest time that one step of it takes in a session with
// many tables.
//
//   node bench/sweep.mjs [--rounds 9] [--tables 1000000]
import { PerformanceObserver, performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { openWith, processorTime, showCost, sweepCosts } from "./sweep-cost.mjs";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "9" }, tables: { type: "string", default: "1000000" } },
});
const count = Number(options.tables);
/** Shorter calls are not looked at any further. */
const SHORT = 1;

/** The engine's own garbage collections, `[from, to]`: other code would have met them. */
function collections() {
  const list = [];
  const observer = new PerformanceObserver(entries => {
    for (const { startTime, duration } of entries.getEntries()) list.push([startTime, startTime + duration]);
  });
  observer.observe({ entryTypes: ["gc"] });
  return list;
}

/** Notes calls of the collector's methods that are not short: by the clock on the wall, and by the processor's. */
function noteCalls(collector) {
  const calls = [];
  for (const name of ["wrote", "duringRun", "afterRun", "held", "step", "begin"]) {
    const method = collector[name].bind(collector);
    collector[name] = (...args) => {
      const [started, used] = [performance.now(), processorTime()];
      const answer = method(...args);
      const ended = performance.now();
      if (ended - started > SHORT) calls.push({ name, started, ended, used: processorTime() - used });
      return answer;
    };
  }
  return calls;
}

/** Milliseconds of a call in which the processor worked for it, but for the engine's collections. */
function own({ started, ended, used }, collected) {
  const waited = collected.reduce(
    (sum, [from, to]) => sum + Math.max(0, Math.min(to, ended) - Math.max(from, started)),
    0,
  );
  return Math.max(0, Math.min(ended - started - waited, used));
}

const rest = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** Lua, how often it is run with another `r`, and how long nothing runs after each. */
const CHANGES = {
  "a part changes": [
    200,
    30,
    `for i = 1, 5000 do Memory.world[(i * 7919 + r * 104729) % ${count} + 1] = { x = i } end`,
  ],
  "half of it is dropped": [1, 3000, `for i = 1, ${count}, 2 do Memory.world[i] = nil end`],
  "all of it is dropped": [1, 3000, "Memory.world = nil"],
  "it is made again in one run": [1, 0, `Memory.world = {} for i = 1, ${count} do Memory.world[i] = { x = i } end`],
  "a table as wide is dropped": [
    1,
    3000,
    `Memory.world = {} for i = 1, ${count} do Memory.world[i] = i end Memory.world = nil`,
  ],
};

async function pauses() {
  const { lua, tables } = await openWith();
  for (let from = 1; from <= count; from += 10000) {
    lua.eval(`Memory.world = Memory.world or {} for i = ${from}, ${from + 9999} do Memory.world[i] = { x = i } end`);
  }
  const calls = noteCalls(tables.collector);
  const collected = collections();
  for (const [name, [times, milliseconds, source]] of Object.entries(CHANGES)) {
    for (let r = 1; r <= times; r++) {
      lua.eval(`local r = ${r} ${source}`);
      await rest(milliseconds);
    }
    await rest(100);
    const longest = calls.map(call => [own(call, collected), call]).sort(([a], [b]) => b - a)[0];
    const shown = longest
      ? `${longest[0].toFixed(1)} ms, in ${longest[1].name}; ${(longest[1].ended - longest[1].started).toFixed(1)} on the wall`
      : `below ${SHORT} ms`;
    console.log(`${count} tables, ${name}: longest step ${shown}; ${lua.getStats().externalTableCount} tables then`);
    calls.length = collected.length = 0;
  }
  await lua.close({ discard: true });
}

for (const cost of sweepCosts(Number(options.rounds))) console.log(showCost(cost));
await pauses();
