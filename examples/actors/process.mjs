// One of the processes that share the actors. Messages for them come from whoever started it.
// Usage, by main.mjs: node process.mjs PLACE SECONDS
import { readFileSync } from "node:fs";
import { LuaPool } from "../../js/dist/node.js";
import wasmHash from "../../js/dist/wasm-hash.js";
import { openPlace, soon } from "./places.mjs";

/** Milliseconds between two looks for actors that are due. */
const LOOK = 500;
const MEGABYTE = 1024 * 1024;
/** Compiled once. With bytes, each actor would have them in its store. */
const wasm = await WebAssembly.compile(readFileSync(new URL("../../js/dist/lua.wasm", import.meta.url)));
const LUA = readFileSync(new URL("actor.lua", import.meta.url), "utf8");

const [address, seconds] = process.argv.slice(2);
const place = await openPlace(address);

const pool = new LuaPool({
  threads: 1,
  memory: 128 * MEGABYTE,
  // Others that want an actor have it soon.
  idle: 400,
  options: async name => {
    await place.write(name, soon());
    const limits = { timeout: 2000, memoryLimit: 8 * MEGABYTE };
    return { store: place.storeOf(name), persist: "everything", wasm, wasmHash, ...limits };
  },
  onClosed: (name, wakesAt) => place.write(name, wakesAt === Infinity ? null : wakesAt),
});

/** Wakes those that are due, and those whose process has died. */
async function look() {
  try {
    for (const name of await place.claim()) pool.wake(name);
  } catch (error) {
    console.error(`${process.pid}: ${error.message}`);
  }
  setTimeout(look, LOOK);
}

process.on("message", async ({ id, name, number }) => {
  const args = number === undefined ? [] : [number, Number(seconds)];
  const answer = await pool.run(name, LUA, { args, signal: AbortSignal.timeout(30_000) }).then(
    ({ values }) => ({ count: values[0] }),
    error => ({ error: error.message }),
  );
  process.send({ ...answer, id }, () => {});
});
process.on("disconnect", () => process.exit());
void look();
process.send({ isReady: true });
