// Runs as units of work on a store: when they are durable, what a failure leaves, who may write.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LuaError, LuaPersistent, StoreError } from "../../js/dist/index.js";
import { FakeStorage } from "../stores/fakes.mjs";
import { SlowStore, settled } from "./slow-store.mjs";

let store;
beforeEach(() => {
  store = new SlowStore();
});

const open = options => LuaPersistent.open({ store, ...options });
const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );

/** What a new opening of the store finds in Memory. */
async function stored(code = "return Memory.a, Memory.b, Memory.c") {
  const lua = await LuaPersistent.open({ store });
  const { values } = await lua.run(code);
  await lua.close();
  return values;
}

test("what a run stored is there when the store is opened again", async () => {
  const lua = await open();
  await lua.run("Memory.a = {list = {1, 'x'}} ext.table('n').b = true");
  await lua.close();
  assert.deepEqual(await stored("return Memory.a.list[2], ext.table('n').b, #ext.names()"), ["x", true, 1]);
});

test("a run resolves when its changes are durable, not before", async () => {
  const lua = await open();
  const release = store.hold();
  let isDone = false;
  const run = lua.run("Memory.a = 1 return Memory.a").then(result => {
    isDone = true;
    return result;
  });
  await settled();
  assert.equal(isDone, false);
  release();
  assert.deepEqual((await run).values, [1]);
  assert.ok(store.records.has("1/a"));
});

test("the next run begins only after the commit of the one before", async () => {
  const lua = await open();
  const release = store.hold();
  const output = [];
  const first = lua.run("Memory.a = 1 print('first')", { onOutput: text => output.push(text) });
  const second = lua.run("print('second')", { onOutput: text => output.push(text) });
  await settled();
  assert.deepEqual(output, ["first\n"]);
  release();
  await Promise.all([first, second]);
  assert.deepEqual(output, ["first\n", "second\n"]);
});

test("each run is one commit, of the changed keys only; a run that changes nothing makes none", async () => {
  const lua = await open();
  await lua.run("Memory.a, Memory.b = 1, 2");
  await lua.run("Memory.a = 1 Memory.b = 3");
  await lua.run("return Memory.a");
  assert.deepEqual(
    store.commits.map(names => names.sort()),
    [
      ["1/a", "1/b", "header"],
      ["1/b", "header"],
    ],
  );
});

test("a failed commit rejects its run with the result, loses nothing, and goes with the next", async () => {
  const lua = await open();
  store.refusal = new Error("disk on fire");
  const error = await rejection(lua.run("print('ran') Memory.a = 1 return 7"));
  assert.ok(error instanceof StoreError);
  assert.equal(error.message, "slow store could not commit: disk on fire");
  assert.deepEqual(error.result, { output: "ran\n", values: [7] });
  assert.equal(lua.getStats().isDurable, false);
  assert.equal(store.records.size, 0);
  store.refusal = null;
  await lua.run("Memory.b = 2");
  assert.equal(lua.getStats().isDurable, true);
  await lua.close();
  assert.deepEqual(await stored(), [1, 2, undefined]);
});

test("flush tries again what a commit could not, and says why it cannot", async () => {
  const lua = await open();
  store.refusal = new DOMException("full", "QuotaExceededError");
  lua.eval("Memory.a = 1");
  const error = await rejection(lua.flush());
  assert.equal(error.kind, "quota");
  assert.match(
    error.message,
    /^slow store is full: the changes need \d+ bytes\. They are kept in memory and go with the next commit/,
  );
  store.refusal = null;
  await lua.flush();
  assert.ok(store.records.has("1/a"));
});

test("eval is committed in the background, and flush waits for it", async () => {
  const lua = await open();
  const release = store.hold();
  assert.equal(lua.eval("Memory.a = 1 return Memory.a"), "1");
  let isFlushed = false;
  const flush = lua.flush().then(() => (isFlushed = true));
  await settled();
  assert.equal(isFlushed, false);
  assert.equal(store.commits.length, 1);
  release();
  await flush;
  assert.ok(store.records.has("1/a"));
});

test("evals of one turn of the event loop share commits, and none has half an eval", async () => {
  const lua = await open();
  for (let i = 0; i < 100; i++) lua.eval(`Memory.a = ${i} Memory.b = ${i}`);
  await lua.flush();
  assert.ok(store.commits.length <= 2);
  await lua.close();
  assert.deepEqual(await stored(), [99, 99, undefined]);
});

test("what views, restoreSnapshot and migrate change is committed without being asked", async () => {
  const lua = await open();
  lua.table(1).set("a", { deep: [1] });
  await settled();
  assert.ok(store.records.has("1/a"));
  const snapshot = lua.createSnapshot();
  lua.table(1).set("b", 1);
  lua.restoreSnapshot(snapshot);
  await settled();
  assert.ok(!store.records.has("1/b"));
  lua.migrate();
  await settled();
  assert.ok(store.records.has("0/migrated"));
});

test("an error keeps the changes before it, and they are durable when the run is rejected", async () => {
  const lua = await open();
  const error = await rejection(lua.run("Memory.a = 1 error('boom') Memory.b = 2"));
  assert.equal(error.message, "run 1:1: boom");
  assert.ok(store.records.has("1/a"));
  await lua.close();
  assert.deepEqual(await stored(), [1, undefined, undefined]);
});

test("rollbackOnError: a run that fails leaves the tables as they were, in memory and in the store; globals stay", async () => {
  const lua = await open({ rollbackOnError: true });
  await lua.run("Memory.a = {x = 1} Memory.b = 'old'");
  const before = lua.createSnapshot();
  const records = new Map(store.records);
  await rejection(lua.run("Memory.a.x = 2 Memory.b = nil Memory.c = {{}} ext.table('new') g = 1 error('boom')"));
  assert.deepEqual(lua.createSnapshot().tables, before.tables);
  assert.deepEqual(store.records, records);
  assert.deepEqual((await lua.run("return Memory.a.x, Memory.b, Memory.c, g")).values, [1, "old", undefined, 1]);
});

test("rollbackOnError: eval too, and on a store in memory", async () => {
  const lua = await LuaPersistent.open({ rollbackOnError: true });
  lua.eval("Memory.a = 1");
  assert.throws(() => lua.eval("Memory.a = 2 error('boom')"), LuaError);
  assert.equal(lua.eval("return Memory.a"), "1");
});

test("an error in Lua comes before that of its commit, which flush throws", async () => {
  const lua = await open();
  store.refusal = new Error("disk on fire");
  assert.ok((await rejection(lua.run("Memory.a = 1 error('boom')"))) instanceof LuaError);
  assert.ok((await rejection(lua.flush())) instanceof StoreError);
});

test("a store that someone else writes to is for reading only", async () => {
  const first = await open();
  await first.run("Memory.a = {x = 1}");
  await first.close();
  store.readOnly = true;
  const lua = await open({ whenBusy: "readOnly" });
  const before = new Map(store.records);
  assert.equal(lua.readOnly, true);
  assert.deepEqual((await lua.run("return Memory.a.x")).values, [1]);
  for (const code of ["Memory.b = 1", "Memory.a = nil", "Memory.a.x = 2"]) {
    assert.match(
      (await rejection(lua.run(code))).message,
      /external table \d: the host refused to (store|delete) key '[abx]'/,
    );
  }
  const changes = [
    () => lua.table(1).set("b", 1),
    () => lua.table(1).delete("a"),
    () => lua.table(1).clear(),
    () => lua.restoreSnapshot({ tables: [] }),
  ];
  for (const change of changes) assert.throws(change, { name: "StoreError", kind: "readOnly" });
  assert.equal((await rejection(lua.clear())).kind, "readOnly");
  assert.deepEqual((await lua.run("return Memory.a.x, Memory.b")).values, [1, undefined]);
  await lua.close();
  assert.deepEqual(store.records, before);
});

test("clear empties tables and store; Lua goes on", async () => {
  const lua = await open();
  await lua.run("Memory.a = {1} ext.table('n') g = 1");
  await lua.clear();
  assert.deepEqual((await lua.run("return Memory.a, #ext.names(), g")).values, [undefined, 0, 1]);
  assert.deepEqual([...store.records.keys()], ["header"]);
});

test("close makes everything durable, then lets go of the store, once", async () => {
  const lua = await open();
  lua.run("Memory.a = 1");
  await Promise.all([lua.close(), lua.close()]);
  assert.equal(store.released, 1);
  assert.deepEqual(await stored(), [1, undefined, undefined]);
});

test("close that cannot make everything durable closes nothing; discard gives up", async () => {
  const lua = await open();
  store.refusal = new Error("disk on fire");
  lua.eval("Memory.a = 1");
  assert.ok((await rejection(lua.close())) instanceof StoreError);
  assert.equal(store.released, 0);
  assert.equal(lua.eval("return Memory.a"), "1");
  await lua.close({ discard: true });
  assert.equal(store.released, 1);
  assert.throws(() => lua.eval("1"), /closed/);
});

test("a store that cannot be let go of has everything, and the instance is closed", async () => {
  const lua = await open();
  store.close = () => {
    throw new Error("no");
  };
  lua.eval("Memory.a = 1");
  assert.equal((await rejection(lua.close())).message, "slow store could not be closed: no");
  assert.ok(store.records.has("1/a"));
  assert.throws(() => lua.eval("1"), /this LuaPersistent is closed/);
  assert.throws(() => lua.table(1).set("b", 1), /this LuaPersistent is closed/);
});

test("open that fails holds no lock", async () => {
  await rejection(open({ wasm: new Uint8Array(3) }));
  assert.equal(store.released, 0);
  assert.match((await rejection(open({ memoryLimit: 1000 }))).message, /memory/);
  assert.equal(store.released, 1);
});

test("a damaged store is refused with a message that names store and record, and is left as it was", async () => {
  const lua = await open();
  await lua.run("Memory.a = 'something'");
  await lua.close();
  const record = store.records.get("1/a").slice();
  record[3] ^= 1;
  store.records.set("1/a", record);
  const before = new Map(store.records);
  const error = await rejection(open());
  assert.equal(
    error.message,
    "slow store is damaged: record '1/a' does not match its checksum. It was not opened, and nothing in it was changed",
  );
  assert.deepEqual(store.records, before);
  await LuaPersistent.eraseStore({ store });
  assert.deepEqual(await stored(), [undefined, undefined, undefined]);
});

test("a new localStorage store begins with what an earlier page saved, and keeps what is stored since", async () => {
  globalThis.localStorage = new FakeStorage();
  try {
    const old = await new LuaPersistent().load();
    old.eval("Memory.a = {1, 2} Memory.b = 'old'");
    old.saveToLocalStorage("notes");
    const options = { store: "localStorage", name: "notes", lock: false };
    const lua = await LuaPersistent.open(options);
    assert.deepEqual((await lua.run("return Memory.a[2], Memory.b")).values, [2, "old"]);
    await lua.run("Memory.b = 'new'");
    await lua.close();
    const again = await LuaPersistent.open(options);
    assert.deepEqual((await again.run("return Memory.a[2], Memory.b")).values, [2, "new"]);
    await again.close();
  } finally {
    delete globalThis.localStorage;
  }
});
