// A store whose commits, or whose reading, never end: who wants to be gone is gone soon, and every promise settles.
import assert from "node:assert/strict";
import { LuaPersistent } from "../../js/dist/index.js";
import { SlowStore } from "../web/slow-store.mjs";
import { openWorker, rejection, test } from "./helpers.mjs";

/** Milliseconds, on a busy machine. */
const SOON = { timeout: 8000 };
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** A worker, or a session, with a run that waits for its commit. */
async function hanging(how, options) {
  const store = new SlowStore();
  const lua = how === "open" ? await LuaPersistent.open({ store }) : await openWorker({ store });
  await lua.run("x = 'global'");
  const release = store.hold();
  const run = lua.run("Memory.n = 1 return 7", options);
  while (store.commits.length === 0) await pause(5);
  return { store, lua, release, run };
}

test(
  "a signal ends waiting for a commit that hangs, and Lua goes on",
  async () => {
    const stop = new AbortController();
    const { lua, run, release, store } = await hanging("openWorker", { signal: stop.signal });
    stop.abort();
    assert.equal(await rejection(run), stop.signal.reason);
    const next = new AbortController();
    const second = lua.run("while true do end", { signal: next.signal });
    setTimeout(() => next.abort(), 50);
    assert.equal(await rejection(second), next.signal.reason);
    release();
    const { values } = await lua.run("return x, Memory.n");
    assert.deepEqual(values, ["global", 1]);
    assert.equal(lua.restarts, 0);
    assert.ok(store.records.has("1/n"));
  },
  SOON,
);

for (const how of ["open", "openWorker"]) {
  test(
    `${how}: close with discard ends while a commit hangs, and what waited is rejected`,
    async () => {
      const { lua, run, release, store } = await hanging(how);
      const waits = [rejection(run), rejection(lua.run("return 2"))];
      await lua.close({ discard: true });
      for (const error of await Promise.all(waits)) assert.equal(error.message, "this LuaPersistent is closed");
      assert.match((await rejection(lua.run("return 1"))).message, /closed/);
      assert.equal(store.released, 0, "a commit that may write as yet keeps the lock");
      release();
      while (store.released === 0) await pause(5);
    },
    SOON,
  );
}

for (const how of ["open", "openWorker"]) {
  test(
    `${how}: close with discard ends what an earlier close waits for`,
    async () => {
      const { lua, run } = await hanging(how);
      const first = rejection(lua.close());
      await lua.close({ discard: true });
      assert.match((await first).message, /closed/);
      assert.match((await rejection(run)).message, /closed/);
      await lua.close();
      await lua.close({ discard: true });
    },
    SOON,
  );
}

test(
  "terminate ends while a commit hangs",
  async () => {
    const { lua, run, store } = await hanging("openWorker");
    const waits = rejection(run);
    await lua.terminate();
    assert.equal((await waits).message, "this LuaPersistent was terminated");
    assert.equal(store.released, 0);
  },
  SOON,
);

test(
  "terminate ends a worker that waits for a store to be read, too",
  async () => {
    const stop = new AbortController();
    const { lua, run } = await hanging("openWorker", { signal: stop.signal });
    globalThis.crossOriginIsolated = false;
    stop.abort();
    await rejection(run);
    const killed = lua.run("while true do end", { signal: AbortSignal.timeout(50), timeout: 10 });
    await rejection(killed);
    const waits = rejection(lua.run("return 1"));
    await lua.terminate();
    assert.equal((await waits).message, "this LuaPersistent was terminated");
  },
  SOON,
);

test("what onRestart throws goes to reportError, and does not end the program", async () => {
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  globalThis.crossOriginIsolated = false;
  const lua = await openWorker({
    onRestart() {
      throw new Error("mine");
    },
  });
  await rejection(lua.run("while true do end", { signal: AbortSignal.timeout(30) }));
  assert.deepEqual((await lua.run("return 1")).values, [1]);
  assert.deepEqual(reported, ["mine"]);
});

test("what onOutput throws between runs goes to reportError", async () => {
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  const lua = await LuaPersistent.open({
    onOutput() {
      throw new Error("mine");
    },
  });
  await lua.run("setmetatable({}, { __gc = function() print('bye') end })");
  lua.exports.run_gc();
  assert.deepEqual(reported, ["mine"]);
});
