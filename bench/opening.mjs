// Where an opening's time goes: WebAssembly's part, init, our JavaScript and the first run, in a process that has opened many; and
// in a fresh process, with options of V8 that say what is compilation. Rounds are interleaved, figures are medians.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LuaFactory } from "wasmoon";
import { getQuickJS } from "quickjs-emscripten";
import { LuaPersistent } from "../js/dist/index.js";
import { defaultWasm } from "../js/dist/core/default-wasm.js";
import { loadWasm } from "../js/dist/core/loaded-wasm.js";
import { memoryStore } from "../js/dist/stores.js";
import { NOTHING } from "./opening-host.mjs";
import { nodeProgram, versionsOf } from "./nodes.mjs";
import { median } from "./statistics.mjs";

/** How many of each are made in a round, and rounds. */
const [EACH, ROUNDS] = [10, 60];
const FRESH_ROUNDS = 9;
/** Of a page of memory, which the system gives when it is written to. */
const PAGE = 4096;
const RUN = "Memory.n = (Memory.n or 0) + 1 return Memory.n";
const OPTIONS = [
  "",
  "--no-wasm-lazy-compilation",
  "--no-wasm-tier-up",
  "--liftoff-only",
  "--no-wasm-dynamic-tiering",
  "--no-liftoff",
];

const row = (what, figures) => console.log(`${what.padEnd(46)} ${figures.map(text => text.padStart(9)).join(" ")}`);
const collect = () => globalThis.gc?.();

function started(module) {
  const instance = new WebAssembly.Instance(module, NOTHING);
  if (instance.exports.init() !== 0) throw new Error("init failed");
  return instance;
}

/** @returns the pages of memory that init and what V8 writes have touched */
function touched({ buffer }) {
  const words = new BigUint64Array(buffer);
  const perPage = PAGE / 8;
  const pages = [];
  for (let page = 0; page * perPage < words.length; page++) {
    if (words.subarray(page * perPage, (page + 1) * perPage).some(word => word !== 0n)) pages.push(page * PAGE);
  }
  return pages;
}

/** @param byte of which the seed is made @returns the memory after init */
function seeded(module, byte) {
  const answers = { services: new TextEncoder().encode("seed"), seed: new Uint8Array(16).fill(byte) };
  let memory;
  const get = (table, key, length, out) => {
    const answer = answers[Buffer.from(memory.buffer, key, length).toString()];
    if (answer) new Uint8Array(memory.buffer).set(answer, out);
    return answer?.length ?? -1;
  };
  const { exports } = new WebAssembly.Instance(module, { env: { ...NOTHING.env, js_ext_table_get: get } });
  ({ memory } = exports);
  if (exports.init() !== 0) throw new Error("init failed");
  return new Uint32Array(memory.buffer);
}

/** How much of a memory after init is another one for another seed. */
function seedShare(module) {
  const [one, other] = [seeded(module, 1), seeded(module, 2)];
  let [used, different] = [0, 0];
  for (let at = 0; at < one.length; at++) {
    if (one[at] !== 0 || other[at] !== 0) used++;
    if (one[at] !== other[at]) different++;
  }
  return `${different} of ${used} words that are not zero depend on the seed`;
}

/** What is made, by its name: each gives what closes it. */
async function makers() {
  const { module: wasm, hash: wasmHash } = await loadWasm(defaultWasm());
  const template = started(wasm).exports.memory;
  const pages = touched(template);
  const copied = () => {
    const instance = new WebAssembly.Instance(wasm, NOTHING);
    const to = new Uint8Array(instance.exports.memory.buffer);
    for (const at of pages) to.set(new Uint8Array(template.buffer, at, PAGE), at);
    return instance;
  };
  const open = options => LuaPersistent.open({ ...options, store: memoryStore() });
  const ran = async lua => {
    await lua.run(RUN);
    return lua;
  };
  const wasmoon = new LuaFactory();
  const quickJs = await getQuickJS();
  console.log(`init leaves ${pages.length} pages of 4 KB that are not zero; ${seedShare(wasm)}\n`);
  return {
    "a memory of 2 MiB": () => new WebAssembly.Memory({ initial: 32 }),
    "an instance, new WebAssembly.Instance": () => new WebAssembly.Instance(wasm, NOTHING),
    "an instance, WebAssembly.instantiate": () => WebAssembly.instantiate(wasm, NOTHING),
    "an instance and init": () => started(wasm),
    "an instance and a copy of memory after init": copied,
    "open with a module": () => open({ wasm, wasmHash }),
    "open with the default": () => open({}),
    "open, run and commit": async () => ran(await open({ wasm, wasmHash })),
    "open, run, commit and close": async () => (await ran(await open({ wasm, wasmHash }))).close(),
    "wasmoon, and a run": async () => {
      const lua = await wasmoon.createEngine();
      await lua.doString("n = (n or 0) + 1 return n");
      return { close: () => lua.global.close() };
    },
    "quickjs-emscripten, and a run": () => {
      const context = quickJs.newContext();
      context.unwrapResult(context.evalCode("n = 1; n + 1")).dispose();
      return { close: () => context.dispose() };
    },
  };
}

/** In a process that has opened many. */
async function warm() {
  const parts = await makers();
  const samples = Object.fromEntries(Object.keys(parts).map(name => [name, { us: [], cpu: [], kilobytes: [] }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, make] of Object.entries(parts)) {
      collect();
      const [memory, cpu, from] = [process.memoryUsage.rss(), process.cpuUsage(), performance.now()];
      const made = [];
      for (let i = 0; i < EACH; i++) made.push(await make());
      const us = ((performance.now() - from) * 1000) / EACH;
      const { user, system } = process.cpuUsage(cpu);
      samples[name].us.push(us);
      samples[name].cpu.push((user + system) / EACH);
      samples[name].kilobytes.push((process.memoryUsage.rss() - memory) / EACH / 1024);
      for (const each of made) await each?.close?.();
    }
  }
  row("in a process that has opened many", ["us", "CPU us", "KB"]);
  for (const [name, { us, cpu, kilobytes }] of Object.entries(samples)) {
    // The counts of processor time are in steps, so that only their mean says something.
    const mean = cpu.reduce((sum, each) => sum + each, 0) / cpu.length;
    row(
      name,
      [median(us), mean, median(kilobytes)].map(figure => figure.toFixed(0)),
    );
  }
}

/** @param program of Node */
function freshIn(program) {
  const script = fileURLToPath(new URL("opening-fresh.mjs", import.meta.url));
  const samples = new Map(OPTIONS.map(option => [option, []]));
  for (let round = 0; round < FRESH_ROUNDS; round++) {
    for (const [option, lines] of samples) {
      const flags = option ? [option] : [];
      try {
        lines.push(JSON.parse(execFileSync(program, [...flags, script], { encoding: "utf8", stdio: "pipe" })));
      } catch {
        // A version of V8 without this option.
      }
    }
  }
  const { node, v8 } = versionsOf(program);
  row(`\nin a fresh process of Node ${node} (V8 ${v8}), ms`, [
    "compile",
    "instance",
    "init",
    "eval",
    "instance",
    "init",
    "eval",
  ]);
  for (const [option, lines] of samples) {
    if (lines.length === 0) continue;
    row(
      option || "as it is",
      lines[0].map((_, step) => median(lines.map(line => line[step])).toFixed(2)),
    );
  }
}

export async function opening() {
  await warm();
  for (const program of [process.execPath, nodeProgram("node24")]) freshIn(program);
}
