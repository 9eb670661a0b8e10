// Workers that must be ended, or end: a new one goes on at the last committed state. Here memory cannot be shared, as on
// pages that are not isolated, so that a signal cannot reach Lua.
import assert from "node:assert/strict";
import { LuaLimitError, LuaPersistent } from "../../js/dist/index.js";
import { SlowStore } from "../web/slow-store.mjs";
import { endlessWasm } from "./endless.mjs";
import { RUNAWAYS, openWorker, rejection, test } from "./helpers.mjs";

globalThis.crossOriginIsolated = false;

/** Aborts soon. */
function aborted() {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  return stop.signal;
}

for (const [what, code] of Object.entries(RUNAWAYS)) {
  test(`${what}: a signal ends the worker; the tables are as committed, globals are lost, and onRestart is called`, async () => {
    const reasons = [];
    const lua = await openWorker({ onRestart: why => reasons.push(why) });
    await lua.run("x, Memory.n = 1, {1}");
    const signal = aborted();
    const run = rejection(lua.run(`Memory.n = nil Memory.half = 1 ${code}`, { signal }));
    const next = lua.run("return x, Memory.n[1], Memory.half");
    assert.equal(await run, signal.reason);
    assert.deepEqual((await next).values, [undefined, 1, undefined]);
    assert.equal(lua.restarts, 1);
    assert.deepEqual(reasons, [signal.reason]);
  });
}

test("what Lua does not stop at its timeout is ended with the worker, and what waits goes on", async () => {
  const lua = await openWorker({ wasm: endlessWasm, timeout: 30 });
  const runs = [lua.run("@"), lua.run("ok"), lua.eval("@"), lua.run("ok")];
  for (const endless of [runs[0], runs[2]]) {
    const error = await rejection(endless);
    assert.ok(error instanceof LuaLimitError);
    assert.deepEqual([error.limit, error.message], ["time", "interrupted"]);
  }
  assert.deepEqual((await runs[3]).values, []);
  assert.equal(lua.restarts, 2);
});

test("output that arrived is the output of a run whose worker was ended", async () => {
  // No poll interrupts one library call that moves this much at once.
  const lua = await openWorker();
  const error = await rejection(
    lua.run("print('heard') io.flush() local s = ('x'):rep(1 << 20) while true do s:rep(1000) end", { timeout: 50 }),
  );
  assert.deepEqual([error.limit, error.output], ["time", "heard\n"]);
});

test("a trap is the same error as in open; load goes on with the tables", async () => {
  const lua = await openWorker({ wasm: endlessWasm });
  assert.match((await rejection(lua.run("#"))).message, /^this Lua instance failed \(RuntimeError: .*unreachable/i);
  assert.match((await rejection(lua.run("ok"))).message, /^this Lua instance failed/);
  await lua.load();
  assert.deepEqual((await lua.run("ok")).values, []);
  assert.equal(lua.restarts, 0);
});

test("the next worker has the limits of the image that the first one went on from", async () => {
  const image = await (await openWorker({ instructionLimit: 1_000_000 })).saveImage();
  const lua = await openWorker({ image });
  await rejection(lua.run("while true do end", { signal: aborted() })).catch(() => {});
  await lua.run("x = 1");
  assert.equal((await rejection(lua.run("while true do end"))).limit, "instructions");
});

test("with a store object: the new worker loads what was committed, and commits go on", async () => {
  const store = new SlowStore();
  const lua = await openWorker({ store });
  await lua.run("Memory.n = 1");
  await rejection(lua.run("Memory.n = 2 while true do end", { signal: aborted() }));
  await lua.run("Memory.n = Memory.n + 10");
  await lua.close();
  assert.equal(store.released, 1);
  const here = await LuaPersistent.open({ store });
  assert.deepEqual((await here.run("return Memory.n")).values, [11]);
});

test("changes that the store refused are not lost with the worker", async () => {
  const store = new SlowStore();
  const lua = await openWorker({ store });
  await lua.run("Memory.a, Memory.b = 1, 1");
  store.refusal = Object.assign(new Error("no room"), { name: "QuotaExceededError" });
  const error = await rejection(lua.run("Memory.a, Memory.b, Memory.c = 2, nil, 2 return 'ran'"));
  assert.deepEqual([error.name, error.kind, error.result.values], ["StoreError", "quota", ["ran"]]);
  assert.ok(error.bytesNeeded > 0);
  assert.equal((await rejection(lua.eval("print('ran') return 1"))).result.output, "ran\n1");
  await rejection(lua.run("while true do end", { signal: aborted() }));
  const code = "return Memory.a, Memory.b, Memory.c";
  assert.deepEqual((await lua.run(code)).values, [2, undefined, 2]);
  assert.equal((await lua.getStats()).isDurable, false);
  assert.equal((await rejection(lua.flush())).kind, "quota");
  assert.equal((await rejection(lua.close())).kind, "quota");
  store.refusal = null;
  await lua.flush();
  assert.equal((await lua.getStats()).isDurable, true);
  await lua.close();
  const here = await LuaPersistent.open({ store });
  assert.deepEqual((await here.run(code)).values, [2, undefined, 2]);
});

test("a commit under way is waited for: neither timeout nor signal ends its run", async () => {
  const store = new SlowStore();
  const lua = await openWorker({ store });
  const release = store.hold();
  const [timeout, stop, begun] = [2000, new AbortController(), performance.now()];
  const run = lua.run("Memory.n = 1 return 'done'", { timeout, signal: stop.signal });
  while (store.commits.length === 0) await new Promise(resolve => setTimeout(resolve, 5));
  await new Promise(resolve => setTimeout(resolve, begun + timeout + 100 - performance.now()));
  stop.abort();
  setTimeout(release, 200);
  assert.deepEqual((await run).values, ["done"]);
  assert.equal(lua.restarts, 0);
});

test("terminate waits for a commit under way, then lets go of the store", async () => {
  const store = new SlowStore();
  const lua = await openWorker({ store });
  const release = store.hold();
  const run = rejection(lua.run("Memory.n = 1"));
  while (store.commits.length === 0) await new Promise(resolve => setTimeout(resolve, 5));
  const ended = lua.terminate();
  await run;
  assert.equal(store.released, 0);
  release();
  await ended;
  assert.equal(store.released, 1);
  assert.ok(store.records.has("1/n"));
});

test("a damaged store is refused with the words of open, and its lock is released", async () => {
  const store = new SlowStore();
  const first = await openWorker({ store });
  await first.run("Memory.n = 1");
  await first.close();
  store.records.get("1/n")[1] ^= 1;
  const error = await rejection(openWorker({ store }));
  const here = await rejection(LuaPersistent.open({ store }));
  assert.deepEqual(
    [error.name, error.kind, error.store, error.message],
    ["StoreError", "damaged", "slow store", here.message],
  );
  assert.equal(store.released, 3);
});

test("a store that others write to can be read only", async () => {
  const store = new SlowStore();
  store.readOnly = true;
  const lua = await openWorker({ store, whenBusy: "readOnly" });
  assert.equal(lua.readOnly, true);
  assert.match((await rejection(lua.run("Memory.n = 1"))).message, /the host refused to store key 'n'/);
  assert.equal((await rejection(lua.clear())).kind, "readOnly");
});

test("a signal ends waiting for the store with its reason", async () => {
  const store = new SlowStore();
  const stop = new AbortController();
  store.lock = (whenBusy, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      stop.abort(new Error("waited long enough"));
    });
  assert.equal(await rejection(openWorker({ store, signal: stop.signal })), stop.signal.reason);
});

test("a signal that was aborted before: the store is not even locked", async () => {
  const store = new SlowStore();
  store.lock = () => assert.fail("it was asked for its lock");
  const reason = new Error("mine");
  assert.equal(await rejection(openWorker({ store, signal: AbortSignal.abort(reason) })), reason);
});

test("what a worker store's load throws is the cause of a StoreError that names the store", async () => {
  const store = new SlowStore();
  store.load = () => {
    throw new RangeError("no disk");
  };
  const error = await rejection(openWorker({ store }));
  assert.equal(error.message, "slow store could not be read: no disk");
  assert.ok(error.cause instanceof RangeError);
});
