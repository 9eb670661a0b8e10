// Two openers of one store, by Web Locks: the second waits, reads only, or is refused.
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { beforeEach, test } from "node:test";
import { localStorageStore } from "../../js/dist/stores/local-storage-store.js";
import { eraseStore } from "../../js/dist/stores/open-store.js";
import { FakeLocks, FakeStorage, bytes, contents, open, setLocks, unit } from "./fakes.mjs";

let storage;
beforeEach(() => {
  setLocks(new FakeLocks());
  storage = new FakeStorage();
});

const store = name => localStorageStore({ storage, name });
const BUSY =
  "localStorage store 'default' is in use by another tab, worker or process. Close that one, or open this read-only";

test("the second waits, and then has what the first has committed", async () => {
  const first = await open(store());
  let second;
  const waiting = open(store(), { whenBusy: "wait" }).then(opened => (second = opened));
  await unit(first, tables => tables.set(1, "a", bytes(1)));
  await setImmediate();
  assert.equal(second, undefined);
  await first.persistence.close();
  await waiting;
  assert.deepEqual(contents(second.tables), { "1/a": "\x01" });
  assert.equal(second.persistence.readOnly, false);
});

test("the second is read-only, and does not disturb the first", async () => {
  const first = await open(store());
  await unit(first, tables => tables.set(1, "a", bytes(1)));
  const second = await open(store(), { whenBusy: "readOnly" });
  assert.equal(second.persistence.readOnly, true);
  assert.deepEqual(contents(second.tables), { "1/a": "\x01" });
  await second.persistence.close();
  await unit(first, tables => tables.set(1, "a", bytes(2)));
  await first.persistence.close();
  const third = await open(store(), { whenBusy: "readOnly" });
  assert.equal(third.persistence.readOnly, false);
  assert.deepEqual(contents(third.tables), { "1/a": "\x02" });
});

test("a reader of a new store has what an earlier page saved, and nothing to commit", async () => {
  storage.setItem("lua_snapshot_default", "{}");
  await open(store(), { readSnapshot: () => new Map() });
  const second = await open(store(), {
    whenBusy: "readOnly",
    readSnapshot: () => new Map([[1, new Map([["a", bytes(1)]])]]),
  });
  assert.deepEqual(contents(second.tables), { "1/a": "\x01" });
  assert.equal(second.persistence.hasPending, false);
  await second.persistence.close();
});

test("the second is refused", async () => {
  const first = await open(store());
  await assert.rejects(open(store(), { whenBusy: "refuse" }), { name: "StoreError", kind: "busy", message: BUSY });
  await first.persistence.close();
  await open(store(), { whenBusy: "refuse" });
});

test("a store that is in use cannot be erased", async () => {
  const first = await open(store());
  await unit(first, tables => tables.set(1, "a", bytes(1)));
  for (const whenBusy of ["refuse", "readOnly"])
    await assert.rejects(eraseStore({ store: store(), whenBusy }), { kind: "busy", message: BUSY });
  assert.equal(storage.length, 2, "the entry and the head");
});

test("stores of other names do not wait for each other", async () => {
  await open(store("a"));
  await open(store("b"), { whenBusy: "refuse" });
});

test("waiting ends with the signal, and the place in the queue is given up", async () => {
  const first = await open(store());
  const reason = new Error("no more patience");
  const controller = new AbortController();
  const waiting = open(store(), { signal: controller.signal });
  await setImmediate();
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await first.persistence.close();
  await open(store(), { whenBusy: "refuse" });
});

test("a store that is refused for its contents is not locked afterwards", async () => {
  storage.setItem("lua_store/default/0", "?");
  await assert.rejects(open(store()), { kind: "damaged" });
  storage.removeItem("lua_store/default/0");
  await open(store(), { whenBusy: "refuse" });
});

test("without Web Locks a store is refused, with the way out", async () => {
  setLocks(undefined);
  const { isSecureContext } = globalThis;
  globalThis.isSecureContext = true;
  const wayOut = "or say lock: false if no other tab uses it";
  const message = "localStorage store 'default' cannot be locked against other tabs: ";
  await assert.rejects(open(store()), {
    kind: "failed",
    message: `${message}there are no Web Locks here (Chrome 69, Firefox 96, Safari 15.4 have them); ${wayOut}`,
  });
  globalThis.isSecureContext = false;
  try {
    await assert.rejects(open(store()), {
      kind: "failed",
      message: `${message}this page is not secure, so there are no Web Locks: serve it by https or from localhost; ${wayOut}`,
    });
  } finally {
    globalThis.isSecureContext = isSecureContext;
  }
  await open(localStorageStore({ storage, lock: false }));
});

test("outside of browsers a store of theirs is refused as such, not for its locks", async () => {
  setLocks(undefined);
  const { isSecureContext } = globalThis;
  globalThis.isSecureContext = undefined;
  const message =
    "localStorage store 'default' cannot be used here: this is no browser; or say lock: false if no one else uses it";
  try {
    await assert.rejects(open(store()), { kind: "failed", message });
  } finally {
    globalThis.isSecureContext = isSecureContext;
  }
});
