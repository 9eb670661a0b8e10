// What the sweep of external tables costs a run: the same program in two fresh processes, one of which does not offer the
// service `sweep`, in turns. The clock is the processor's, of all threads, so that the engine's own garbage counts too.
//
//   node bench/sweep-cost.mjs <program> <with | without>     milliseconds of one process
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ExternalTables } from "../js/dist/core/external-tables.js";
import { LuaInstance } from "../js/dist/core/instance.js";
import { readOpenOptions } from "../js/dist/session/options.js";
import { HostServices } from "../js/dist/session/services.js";
import { LuaSession } from "../js/dist/session/session.js";
import { openStore } from "../js/dist/stores/open-store.js";
import { median } from "./statistics.mjs";

const SELF = fileURLToPath(import.meta.url);
/** Compiled once: what V8 does to make it fast is the module's. */
const wasm = await WebAssembly.compile(readFileSync(new URL("../web/lua.wasm", import.meta.url)));

/** 2,000 of the tables that are there all the time have a table inside. */
const WORLD = 'Memory.world = {} for i = 1, 2000 do Memory.world[i] = { at = { x = i }, name = "n" } end';
/** Lua, and how often it is run in a session. */
const PROGRAMS = {
  "reads and writes": [
    12,
    'local w = Memory.world for k = 1, 5 do for i = 1, 2000 do local p = w[i] p.name = p.name .. "" end end',
  ],
  "saves by assignment": [12, "for i = 1, 3000 do Memory.save = { player = { hp = i, pos = { x = 1 } } } end"],
  "a changing world": [12, 'local w = Memory.world for i = 1, 2000 do w[i] = { at = { x = i }, name = "n" } end'],
  "a growing world": [
    12,
    "local w = Memory.world local n = #w for i = n + 1, n + 2000 do w[i] = { at = { x = i } } end",
  ],
  "moves and swaps": [
    12,
    "local w = Memory.world for i = 1, 4000 do local a, b = i % 2000 + 1, i * 7 % 2000 + 1 w[a], w[b] = w[b], w[a] end",
  ],
  "a small save": [5000, "Memory.save = { player = { hp = 1, pos = { x = 1 } } }"],
  "a small run": [5000, "Memory.n = (Memory.n or 0) + 1"],
};
const SESSIONS = 10;
const WARM_UP = 2;

/** Opens a session, as `LuaPersistent.open` does. @param {(services: HostServices) => void} [change] before lua.wasm asks for any */
export async function openWith(change = () => {}) {
  const tables = new ExternalTables();
  const persistence = await openStore({}, tables);
  const services = new HostServices(readOpenOptions());
  change(services);
  const instance = new LuaInstance(tables, services);
  await instance.load(wasm);
  const lua = new LuaSession({ instance, services, persistence, wasm: { module: wasm, hash: null } });
  return { lua, tables, services };
}

/** Has the service `sweep` not offered. */
function withoutSweep(services) {
  const get = services.get.bind(services);
  const offered = new TextDecoder()
    .decode(get("services"))
    .split(" ")
    .filter(name => name !== "sweep")
    .join(" ");
  services.get = name => (name === "services" ? new TextEncoder().encode(offered) : get(name));
}

/** @param {boolean} sweeps */
async function openSession(sweeps) {
  const { lua, tables, services } = await openWith(sweeps ? undefined : withoutSweep);
  if (!sweeps) tables.collector = services.collector = null;
  return lua;
}

/** Milliseconds that all threads of this process worked. */
export const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** @returns {Promise<number>} milliseconds of the program's runs in new sessions */
async function runProgram(name, sweeps) {
  const [times, source] = PROGRAMS[name];
  let total = 0;
  for (let session = -WARM_UP; session < SESSIONS; session++) {
    const lua = await openSession(sweeps);
    lua.eval(WORLD);
    const started = processorTime();
    for (let i = 0; i < times; i++) lua.eval(source);
    if (session >= 0) total += processorTime() - started;
    await lua.close({ discard: true });
  }
  return total;
}

const child = (name, kind) => Number(execFileSync(process.execPath, [SELF, name, kind], { encoding: "utf8" }));

/** @param {number} rounds @returns {Iterable<{program: string, with: number, ratio: number, least: number, most: number}>} */
export function* sweepCosts(rounds) {
  for (const program of Object.keys(PROGRAMS)) {
    const pairs = Array.from({ length: rounds }, (_, round) => {
      const [first, second] = round % 2 ? ["with", "without"] : ["without", "with"];
      return { [first]: child(program, first), [second]: child(program, second) };
    });
    const ratios = pairs.map(pair => pair.with / pair.without).sort((a, b) => a - b);
    yield {
      program,
      with: median(pairs.map(pair => pair.with)),
      ratio: median(ratios),
      least: ratios[0],
      most: ratios.at(-1),
    };
  }
}

/** @param {ReturnType<typeof sweepCosts> extends Iterable<infer C> ? C : never} cost */
export const showCost = ({ program, with: milliseconds, ratio, least, most }) =>
  `${program.padEnd(20)} ${milliseconds.toFixed(0).padStart(6)} ms, ${ratio.toFixed(3)} of the time without (${least.toFixed(2)} to ${most.toFixed(2)})`;

if (process.argv[1] === SELF) console.log(await runProgram(process.argv[2], process.argv[3] === "with"));
