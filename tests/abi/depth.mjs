#!/usr/bin/env node
// Prints what each recursion leaves of the module's own stack (the wasm stack, in linear memory) and of the engine's, in
// Node's main thread and in a worker thread. Usage: node tests/abi/depth.mjs --table [--only PART]
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { open, stackSize } from "./client.mjs";
import { frames, share } from "./depth-engine.mjs";
import { deepData, programs } from "./depth-programs.mjs";

export const SIZE = stackSize();
const PATTERN = 0xa5;

/** Runs source on an instance at rest: its answer, and how many bytes of the wasm stack were not written to. */
export function lowWater(lua, source) {
  const stack = () => new Uint8Array(lua.memory.buffer, 0, SIZE);
  stack().fill(PATTERN);
  const answer = lua.eval(source);
  return { answer, spare: stack().findIndex(byte => byte !== PATTERN) };
}

/** The share of the engine's stack that each source needs: name -> 0 to 1. */
function engineShares(sources) {
  const all = frames();
  return Object.fromEntries(
    Object.entries(sources).map(([name, source]) => {
      const action = () => (open().eval(source), 0);
      return [name, share(all, action)];
    }),
  );
}

/** The same in a worker thread. */
function workerShares(sources) {
  return new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url), { workerData: sources }).once("message", resolve).once("error", reject);
  });
}

/** What makes frames as large as they get, and keeps them so: interpreted JavaScript, and the first of two compilers for wasm. */
const FLAGS = ["--no-opt", "--no-maglev", "--no-sparkplug", "--liftoff-only"];

const percent = part => `${(100 * part).toFixed(0)} %`.padStart(5);

async function table(only) {
  const sources = Object.fromEntries(
    Object.entries({ ...programs, ...deepData }).filter(([name]) => name.includes(only)),
  );
  const [main, worker] = [engineShares(sources), await workerShares(sources)];
  const rows = Object.entries(sources).map(([name, source]) => {
    const { spare } = lowWater(open(), source);
    return { name, spare, wasm: spare / SIZE, main: 1 - main[name], worker: 1 - worker[name] };
  });
  console.log(
    "| recursion | wasm stack left, bytes | wasm stack | main thread | worker thread |\n|---|---:|---:|---:|---:|",
  );
  for (const { name, spare, ...shares } of rows) {
    console.log(`| ${name} | ${spare} | ${Object.values(shares).map(percent).join(" | ")} |`);
  }
  const least = column => percent(Math.min(...rows.map(row => row[column]))).trim();
  console.log(
    `${rows.length} recursions. Least left: wasm stack ${least("wasm")} of ${SIZE} bytes, ` +
      `engine stack ${least("main")} in the main thread, ${least("worker")} in a worker thread`,
  );
}

if (!isMainThread && workerData) parentPort.postMessage(engineShares(workerData));
else if (isMainThread && process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({ options: { table: { type: "boolean" }, only: { type: "string", default: "" } } });
  FLAGS.forEach(flag => setFlagsFromString(flag));
  if (values.table) await table(values.only);
  else console.log("usage: node tests/abi/depth.mjs --table [--only PART]");
}
