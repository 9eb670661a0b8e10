// A program in a worker: it goes on in the next one, whatever ended the one before.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { EVERYTHING, never, shelf, until } from "./kept.mjs";

async function open(t, it, options) {
  const worker = await LuaPersistent.openWorker({ store: it.store(), ...EVERYTHING, ...options });
  t.after(() => worker.terminate());
  return worker;
}
const values = async (worker, code) => (await worker.run(code)).values;

/** As on pages where a signal does not reach Lua. */
function withoutSharedMemory(t) {
  globalThis.crossOriginIsolated = false;
  t.after(() => delete globalThis.crossOriginIsolated);
}

/** Ends its worker while this runs. */
async function lose(lua, code = "") {
  const stop = new AbortController();
  const options = { signal: stop.signal, onOutput: () => stop.abort() };
  await assert.rejects(lua.run(`${code} print('now') io.flush() while true do end`, options), { name: "AbortError" });
}

test("it goes on in another worker, with the calls of the page that waited", async t => {
  const it = shelf(t);
  const first = await open(t, it, { host: { wait: never } });
  first.run("x = 1 Memory.x = 1 got = host.wait('a')").catch(() => {});
  await first.run("");
  const seen = [];
  const wait = LuaPersistent.hostFunction(async ({ id }, what) => (seen.push([id, what]), "answer"));
  const again = await open(t, it.killed(), { host: { wait } });
  await until(async () => (await values(again, "return got"))[0] === "answer");
  assert.deepEqual(await values(again, "return x, Memory.x"), [1, 1]);
  assert.deepEqual(seen, [[1, "a"]]);
});

test("onRestore of the page counts", async t => {
  const it = shelf(t);
  const first = await open(t, it, { host: { wait: never } });
  first.run("got = select(2, pcall(host.wait))").catch(() => {});
  await first.run("");
  const again = await open(t, it.killed(), {
    host: { wait: LuaPersistent.hostFunction(never, { onRestore: "fail" }) },
  });
  await until(async () => (await values(again, "return got ~= nil"))[0]);
  assert.deepEqual(await values(again, "return got.message"), [
    "it was waiting when the program ended, and is not called again",
  ]);
});

test("when a worker is lost the next one goes on with the program as it was committed", async t => {
  const it = shelf(t);
  withoutSharedMemory(t);
  const lua = await open(t, it, { host: { wait: never } });
  await lua.run("x = 1 ids = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) ids()");
  await lose(lua, "x = 2 Memory.x = 2");
  assert.deepEqual(await values(lua, "return x, ids(), Memory.x"), [1, 2, undefined]);
  assert.equal(lua.restarts, 1);
});

test("a program that was given up is given up once: when its worker is lost, the next one goes on with the new program", async t => {
  const it = shelf(t);
  withoutSharedMemory(t);
  const first = await open(t, it);
  await first.run("old = 1");
  const lua = await open(t, it.killed(), { discardProgram: true });
  await lose(lua);
  await lua.run("x = 1");
  await lose(lua);
  assert.deepEqual(await values(lua, "return old, x"), [undefined, 1]);
  assert.equal(lua.restarts, 2);
});

test("isOlder and migrate are as of a session", async t => {
  const current = readFileSync(new URL("../../web/lua.wasm", import.meta.url));
  const older = Buffer.concat([current, Buffer.from([0, 4, 3]), Buffer.from("old")]);
  const it = shelf(t);
  const first = await open(t, it, { wasm: older });
  await first.run("x = 1 Memory.x = 1");
  assert.equal(first.isOlder, false);
  const lua = await open(t, it.killed());
  assert.equal(lua.isOlder, true);
  assert.equal(lua.wasmHash, first.wasmHash);
  assert.deepEqual((await lua.migrate("y = 2 return x, Memory.x, ...", { args: ["z"] })).values, [undefined, 1, "z"]);
  assert.equal(lua.isOlder, false);
  assert.deepEqual(await values(lua, "return y"), [2]);
});
