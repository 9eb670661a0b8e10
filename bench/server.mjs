#!/usr/bin/env node
// Many Luas on a server: what opening one takes, with an instance of lua.wasm alone, wasmoon and quickjs beside it; runs a second of a LuaPool in memory, in
// PostgreSQL and in Redis, with the times that runs take under load; thousands of names in little memory.
// Usage: node --expose-gc bench/server.mjs [--only PART-OF-A-NAME] [--names 10000]; after build.sh. With --opening instead: where the
// time of an opening goes.
import { execFileSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LuaFactory } from "wasmoon";
import { getQuickJS } from "quickjs-emscripten";
import { LuaPersistent } from "../js/dist/index.js";
import { LuaPool } from "../js/dist/node.js";
import { memoryStore } from "../js/dist/stores.js";
import { DATABASES, missing } from "../tests/servers/databases.mjs";
import { NOTHING } from "./opening-host.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    names: { type: "string", default: "10000" },
    opening: { type: "boolean", default: false },
  },
});
const OPENINGS = 300;
/** Callers at once, names, and seconds, of the load. */
const [CALLERS, NAMES, SECONDS] = [200, 100, 5];
const RUN = "Memory.n = (Memory.n or 0) + 1 return Memory.n";
const READ = "return (Memory.n or 0) + 1";

/** When what is garbage has been given back, which takes some time after a collection. */
async function rss() {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.();
    await setTimeout(20);
  }
  return process.memoryUsage.rss();
}

const line = (what, ...figures) => console.log(`${what.padEnd(44)} ${figures.join("   ")}`);
const count = number => Math.round(number).toLocaleString("en-US");

/**
 * What one session takes, when the module is compiled, beside as many others: V8's heap has grown for those.
 * @param open gives one after a first run
 */
async function openings(what, open) {
  const others = [];
  for (let i = 0; i < OPENINGS; i++) others.push(await open());
  const before = await rss();
  const began = performance.now();
  const all = [];
  for (let i = 0; i < OPENINGS; i++) all.push(await open());
  const ms = (performance.now() - began) / OPENINGS;
  line(
    `open and run once: ${what}`,
    `${ms.toFixed(2)} ms`,
    `${count(((await rss()) - before) / OPENINGS / 1024)} KB each`,
  );
  for (const close of [...others, ...all]) await close();
}

async function loaded() {
  const { loadWasm } = await import("../js/dist/core/loaded-wasm.js");
  const { defaultWasm } = await import("../js/dist/core/default-wasm.js");
  return loadWasm(defaultWasm());
}

/** What nothing of ours in JavaScript can go below. */
async function openInstance() {
  const { module } = await loaded();
  const source = new TextEncoder().encode("n = (n or 0) + 1 return n");
  return async () => {
    const { exports } = new WebAssembly.Instance(module, NOTHING);
    exports.init();
    new Uint8Array(exports.memory.buffer, exports.get_buffer_ptr(), source.length).set(source);
    exports.eval(source.length);
    return () => exports;
  };
}

async function openLua() {
  const { module: wasm, hash: wasmHash } = await loaded();
  return async () => {
    const lua = await LuaPersistent.open({ wasm, wasmHash, store: memoryStore() });
    await lua.run(RUN);
    return () => lua.close();
  };
}

async function openWasmoon() {
  const factory = new LuaFactory();
  return async () => {
    const lua = await factory.createEngine();
    await lua.doString("n = (n or 0) + 1 return n");
    return () => lua.global.close();
  };
}

async function openQuickJs() {
  const quickJs = await getQuickJS();
  return async () => {
    const context = quickJs.newContext();
    context.unwrapResult(context.evalCode("n = 1; n + 1")).dispose();
    return () => context.dispose();
  };
}

/** @returns the time below which this part of them is */
const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];

/** Callers that ask again as soon as they are answered. */
async function load(what, pool, code) {
  const names = Array.from({ length: NAMES }, (_, i) => `name ${i}`);
  await Promise.all(names.map(name => pool.run(name, code)));
  const times = [];
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const end = began + 1000 * SECONDS;
  const caller = async i => {
    for (let k = i; performance.now() < end; k++) {
      const asked = performance.now();
      await pool.run(names[k % NAMES], code);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, i) => caller(i)));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map(part => quantile(times, part).toFixed(1));
  const each = ((user + system) / times.length).toFixed(0);
  line(
    what,
    `${count(times.length / seconds)} runs/s`,
    `p50 ${p50} ms`,
    `p99 ${p99} ms`,
    `${each} us of processors each`,
  );
}

function memoryPool(more) {
  const records = new Map();
  const recordsOf = name => records.get(name) ?? records.set(name, new Map()).get(name);
  return new LuaPool({ options: name => ({ store: memoryStore(recordsOf(name)) }), ...more });
}

async function inMemory() {
  const pool = memoryPool();
  await load("pool of 2 threads, runs that read", pool, READ);
  await load("pool of 2 threads, a commit each, in memory", pool, RUN);
  await pool.close();
}

async function inDatabase(kind) {
  const { server: makeServer, connect, end, storeOf } = DATABASES[kind];
  const server = makeServer();
  await server.start();
  const client = await connect(server.address);
  const pool = new LuaPool({ options: name => ({ store: storeOf(client, { name }) }) });
  await load(`the same in ${kind}`, pool, RUN);
  await pool.close();
  await end(client);
  await server.stop();
}

async function manyNames() {
  const names = Number(options.names);
  const before = await rss();
  const pool = memoryPool({ memory: 256 * 2 ** 20 });
  const began = performance.now();
  let next = 0;
  let most = 0;
  const caller = async () => {
    while (next < 2 * names) {
      await pool.run(`name ${next++ % names}`, RUN);
      most = Math.max(most, process.memoryUsage.rss());
    }
  };
  await Promise.all(Array.from({ length: 50 }, caller));
  const seconds = (performance.now() - began) / 1000;
  const { opens, open } = pool.getStats();
  const megabytes = count((most - before) / 2 ** 20);
  line(
    `${count(names)} names, 256 MiB, each opened twice`,
    `${count(opens / seconds)} openings/s`,
    `${open} open at the end`,
    `${megabytes} MB`,
  );
  await pool.close();
}

const PARTS = {
  "open lua-persistent": async () => openings("lua-persistent", await openLua()),
  "open an instance alone": async () => openings("lua.wasm alone", await openInstance()),
  "open wasmoon": async () => openings("wasmoon", await openWasmoon()),
  "open quickjs-emscripten": async () => openings("quickjs-emscripten", await openQuickJs()),
  "load in memory": inMemory,
  "load in postgres": () => inDatabase("postgres"),
  "load in redis": () => inDatabase("redis"),
  "many names": manyNames,
};

/** What others have left would be taken for an opening's memory. */
function alone(name) {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), "--only", name];
  execFileSync(process.execPath, program, { stdio: "inherit" });
}

if (options.opening) {
  await (await import("./opening.mjs")).opening();
  process.exit();
}
const isMissing = missing();
if (isMissing) console.log(isMissing);
for (const [name, part] of Object.entries(PARTS)) {
  if (!name.includes(options.only) || (isMissing && /postgres|redis/.test(name))) continue;
  if (name.startsWith("open ") && name !== options.only) alone(name);
  else await part();
}
process.exit();
