// Stores of other people, on their bad days: each is an error that names the store, and nothing is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eraseStore, openStore } from "../../js/dist/stores/open-store.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { Tables, bytes, contents, open, reopened, unit } from "./fakes.mjs";

const failing = () => {
  throw new Error("boom");
};
const refusedToOpen = (parts, kind, message) =>
  assert.rejects(open({ ...memoryStore(), label: "shelf", ...parts }), {
    name: "StoreError",
    kind,
    store: "shelf",
    message,
  });

test("load that throws or rejects", async () => {
  await refusedToOpen({ load: failing }, "failed", "shelf could not be read: boom");
  await refusedToOpen({ load: () => Promise.reject(new Error("boom")) }, "failed", "shelf could not be read: boom");
  await refusedToOpen({ load: () => Promise.reject() }, "failed", "shelf could not be read: undefined");
});

test("load that fails on the way", async () => {
  async function* broken() {
    yield ["header", bytes(1)];
    failing();
  }
  await refusedToOpen({ load: broken }, "failed", "shelf could not be read: boom");
});

const INTERFACE = "shelf does not keep to the interface of stores: ";

test("load that gives something else than pairs", async () => {
  for (const [junk, what] of [
    [undefined, "undefined"],
    [null, "null"],
    [7, "a number"],
    [{}, "an object"],
  ]) {
    await refusedToOpen(
      { load: () => junk },
      "failed",
      `${INTERFACE}load() gave ${what}, not something to iterate over`,
    );
  }
  for (const junk of ["text", [1], [["a"]], [[1, bytes(1)]], [["a", bytes(1), 1]], bytes(1)]) {
    await refusedToOpen(
      { load: () => junk },
      "failed",
      `${INTERFACE}load() gave something that is not a pair of a name and bytes`,
    );
  }
});

test("load that gives something else than bytes", async () => {
  for (const [junk, what] of [
    ["text", "a string"],
    [null, "null"],
    [[1, 2], "an object"],
    [new Float64Array(1), "an object"],
  ]) {
    const message = `shelf is damaged: record '1/a' is ${what}, not bytes. It was not opened, and nothing in it was changed`;
    await refusedToOpen({ load: () => [["1/a", junk]] }, "damaged", message);
  }
});

test("load may give an async iterator, Buffers, and a Map", async () => {
  const records = new Map();
  const first = await open(memoryStore(records));
  await unit(first, tables => tables.set(1, "a", bytes(1)));
  async function* oneByOne() {
    yield* records;
  }
  const buffers = () => Array.from(records, ([name, value]) => [name, Buffer.from(value)]);
  for (const load of [() => records, async () => [...records], oneByOne, buffers]) {
    assert.deepEqual(await reopened({ ...memoryStore(records), load }), { "1/a": "\x01" });
  }
});

for (const [how, commit] of [
  ["throws", failing],
  ["rejects", () => Promise.reject(new Error("boom"))],
]) {
  test(`commit that ${how} keeps the changes for the next one`, async () => {
    const store = { ...memoryStore(), label: "shelf" };
    const good = store.commit;
    const { tables, persistence } = await open(store);
    store.commit = commit;
    tables.set(1, "a", bytes(1));
    await assert.rejects(persistence.commit(), {
      kind: "failed",
      store: "shelf",
      message: "shelf could not commit: boom",
    });
    store.commit = good;
    await persistence.close();
    assert.deepEqual(await reopened(store), { "1/a": "\x01" });
  });
}

test("an error that says the quota is exceeded is one of kind quota, with the bytes of the changes", async () => {
  const store = { ...memoryStore(), label: "shelf" };
  const { tables, persistence } = await open(store);
  store.commit = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
  tables.set(1, "a", new Uint8Array(100));
  const bytesNeeded = "1/a".length + 100 + 9 + "header".length + 32;
  await assert.rejects(persistence.commit(), {
    kind: "quota",
    bytesNeeded,
    message: `shelf is full: the changes need ${bytesNeeded} bytes. They are kept in memory and go with the next commit; delete something first`,
  });
});

test("bytes that the store changes after commit and load are its own", async () => {
  const records = new Map();
  const inner = memoryStore(records);
  const { tables, persistence } = await open({
    ...inner,
    commit: changes => (inner.commit(changes), changes.forEach(change => (change.bytes = null))),
  });
  const value = bytes(1, 2, 3);
  tables.set(1, "a", value);
  await persistence.commit();
  for (const record of records.values()) record.fill(0);
  assert.deepEqual(contents(tables), { "1/a": "\x01\x02\x03" });
});

test("lock that throws, or gives something else than a lock", async () => {
  await refusedToOpen({ lock: failing }, "failed", "shelf could not be locked: boom");
  for (const [junk, what] of [
    [undefined, "undefined"],
    [true, "a boolean"],
    [{ readOnly: false }, "an object"],
  ]) {
    await refusedToOpen({ lock: () => junk }, "failed", `${INTERFACE}lock() gave ${what}, not {readOnly, release}`);
  }
});

test("a store that is refused is closed and unlocked, its tables are empty", async () => {
  const calls = [];
  const tables = new Tables();
  const lock = () => ({ readOnly: false, release: () => calls.push("release") });
  const store = { ...memoryStore(new Map([["1/a", bytes(1)]])), close: () => calls.push("close"), lock };
  await assert.rejects(openStore({ store }, tables), { kind: "damaged" });
  assert.deepEqual(calls, ["close", "release"]);
  assert.deepEqual([contents(tables), tables.journal], [{}, null]);
});

test("close that throws still releases the lock", async () => {
  let isReleased = false;
  const store = {
    ...memoryStore(),
    label: "shelf",
    close: failing,
    lock: () => ({ readOnly: false, release: () => (isReleased = true) }),
  };
  const { persistence } = await open(store);
  await assert.rejects(persistence.close(), { message: "shelf could not be closed: boom" });
  assert.ok(isReleased);
});

test("a read-only lock is read-only: nothing is committed", async () => {
  const records = new Map();
  await unit(await open(memoryStore(records)), tables => tables.set(1, "a", bytes(1)));
  const { tables, persistence } = await open({
    ...memoryStore(records),
    label: "shelf",
    lock: () => ({ readOnly: true, release() {} }),
  });
  assert.equal(persistence.readOnly, true);
  await persistence.commit();
  tables.set(1, "a", bytes(2));
  const message = "shelf is open for reading only: another tab, worker or process writes to it";
  await assert.rejects(persistence.commit(), { kind: "readOnly", message });
  await assert.rejects(persistence.clear(), { kind: "readOnly", message });
  await persistence.close({ discard: true });
  assert.deepEqual(await reopened(memoryStore(records)), { "1/a": "\x01" });
});

test("an error names which of the three methods a store lacks", async () => {
  for (const method of ["load", "commit", "clear"]) {
    await assert.rejects(open({ ...memoryStore(), label: "shelf", [method]: undefined }), {
      name: "TypeError",
      message: `shelf has no method ${method}()`,
    });
  }
});

test("an error about an option that makes no sense says what would", async () => {
  const message =
    'store is "redis", and can be "memory", "localStorage", "indexedDB" or an object with load, commit and clear';
  await assert.rejects(open("redis"), { name: "TypeError", message });
  await assert.rejects(open("toString"), TypeError);
  await assert.rejects(open("memory", { whenBusy: "never" }), {
    name: "TypeError",
    message: 'whenBusy is "never", and can be "wait", "readOnly", "refuse"',
  });
  await assert.rejects(open("memory", { name: 7 }), TypeError);
});

test("stores that are not here say so", async () => {
  // Later versions of Node have one.
  delete globalThis.localStorage;
  for (const [store, label, what] of [
    ["localStorage", "localStorage store", "localStorage"],
    ["indexedDB", "IndexedDB store", "IndexedDB"],
  ]) {
    const message = new RegExp(
      `^${label} 'default' cannot be used here: there is no ${what}; use "memory", or an object with`,
    );
    await assert.rejects(open(store, { lock: false }), { kind: "failed", message });
  }
});

test("eraseStore empties a damaged store, but not one that someone else has", async () => {
  const records = new Map([["header", bytes(1)]]);
  await assert.rejects(
    eraseStore({ store: { ...memoryStore(records), label: "shelf", lock: () => ({ readOnly: true, release() {} }) } }),
    { kind: "busy" },
  );
  assert.equal(records.size, 1);
  await eraseStore({ store: memoryStore(records) });
  assert.deepEqual(await reopened(memoryStore(records)), {});
});
