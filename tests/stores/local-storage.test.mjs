// The store in a Storage: what it writes, how it keeps its size in bounds, its quota, and earlier saved entries.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { localStorageStore } from "../../js/dist/stores/local-storage-store.js";
import { eraseStore } from "../../js/dist/stores/open-store.js";
import { LuaPersistent } from "../../js/dist/index.js";
import { FakeStorage, bytes, contents, onStorage, open, random, reopened, unit } from "./fakes.mjs";

let storage;
beforeEach(() => {
  storage = new FakeStorage();
});

const keys = () => [...storage.items.keys()];
/** What does not compress. */
const next = random(11);
const noise = length => Uint8Array.from({ length }, () => next(256));

test("a commit writes one entry, as small as its changes, and the head", async () => {
  const it = await open(onStorage(storage));
  await unit(it, tables => tables.set(1, "big", noise(100_000)));
  assert.deepEqual(keys(), ["lua_store/default/999999999999999", "lua_store/default/0"]);
  const before = storage.used;
  let writes = 0;
  storage.onChange = () => writes++;
  await unit(it, tables => tables.set(1, "small", bytes(1)));
  assert.equal(writes, 2);
  assert.ok(storage.used - before < 200, `${storage.used - before} characters`);
  assert.deepEqual(Object.keys(await reopened(onStorage(storage))), ["1/big", "1/small"]);
});

test("names keep stores apart, whatever they are", async () => {
  const names = ["", "a", "a/0", "a/", "a%2F0", "0", "__proto__", "grüße", "\ud800"];
  for (const name of names) {
    await unit(await open(onStorage(storage, name)), tables => tables.set(1, "name", Buffer.from(`<${name}>`)));
  }
  for (const name of names) {
    assert.deepEqual(await reopened(onStorage(storage, name)), {
      "1/name": Buffer.from(`<${name}>`).toString("latin1"),
    });
  }
});

test("other entries of the page are left alone", async () => {
  storage.setItem("lua_store", "x");
  storage.setItem("theme", "dark");
  await unit(await open(onStorage(storage)), tables => tables.set(1, "a", bytes(1)));
  await eraseStore({ store: onStorage(storage) });
  assert.deepEqual(keys(), ["lua_store", "theme"]);
});

test("a thousand changes of one key take little room, and few entries", async () => {
  const it = await open(onStorage(storage));
  for (let i = 0; i < 1000; i++) {
    await unit(it, tables => tables.set(1, "a", noise(50)));
    assert.ok(keys().length <= 34, `${keys().length} entries`);
    assert.ok(storage.used < 25_000, `${storage.used} characters`);
  }
  assert.deepEqual(await reopened(onStorage(storage)), contents(it.tables));
});

test("what is stored stays below about three times what is needed", async () => {
  const it = await open(onStorage(storage));
  await unit(it, tables => tables.set(1, "cold", noise(300_000)));
  for (let i = 0; i < 300; i++) {
    await unit(it, tables => tables.set(1, `hot${i % 7}`, noise(20_000)));
    const needed = (300_000 + Math.min(i + 1, 7) * 20_000) * (4 / 3);
    assert.ok(storage.used < 2.1 * needed + 30_000, `${storage.used} characters for ${needed}`);
  }
  assert.deepEqual(await reopened(onStorage(storage)), contents(it.tables));
});

test("deleted keys leave nothing behind in the end", async () => {
  const it = await open(onStorage(storage));
  for (let i = 0; i < 200; i++) await unit(it, tables => tables.set(1, `key${i}`, noise(100)));
  for (let i = 0; i < 200; i++) await unit(it, tables => tables.delete(1, `key${i}`));
  assert.ok(storage.used < 20_000, `${storage.used} characters`);
  assert.deepEqual(await reopened(onStorage(storage)), {});
});

test("a full quota is an error with what is needed; what was there stays, and the rest waits", async () => {
  storage.quota = 20_000;
  const it = await open(onStorage(storage));
  await unit(it, tables => tables.set(1, "a", bytes(1)));
  const before = new Map(storage.items);
  const error = await unit(it, tables => tables.set(1, "big", noise(30_000))).catch(error => error);
  assert.deepEqual([error.name, error.kind, error.store], ["StoreError", "quota", "localStorage store 'default'"]);
  assert.ok(error.bytesNeeded > 40_000 && error.bytesNeeded < 40_300, error.bytesNeeded);
  assert.equal(
    error.message,
    `localStorage store 'default' is full: the changes need ${error.bytesNeeded} bytes. They are kept in memory and go with the next commit; delete something first`,
  );
  assert.deepEqual(storage.items, before);
  assert.deepEqual(await reopened(onStorage(storage)), { "1/a": "\x01" });
  await unit(it, tables => (tables.delete(1, "big"), tables.set(1, "b", bytes(2))));
  assert.deepEqual(await reopened(onStorage(storage)), { "1/a": "\x01", "1/b": "\x02" });
});

test("what is out of date here and there makes room before anything is refused", async () => {
  const it = await open(onStorage(storage));
  const eight = [0, 1, 2, 3, 4, 5, 6, 7];
  for (const i of eight)
    await unit(it, tables => (tables.set(1, `kept${i}`, noise(1000)), tables.set(1, `old${i}`, noise(1000))));
  await unit(it, tables => eight.forEach(i => tables.set(1, `old${i}`, bytes(i))));
  // Room for one entry to be written anew, and that is all.
  storage.quota = storage.used + 1800;
  await unit(it, tables => tables.set(1, "new", noise(5000)));
  assert.deepEqual(await reopened(onStorage(storage)), contents(it.tables));
});

test("a store that is full to the last character can still give up what is large, and take what had to wait", async () => {
  const it = await open(onStorage(storage));
  for (let i = 0; i < 10; i++) await unit(it, tables => tables.set(1, `key${i}`, noise(1000)));
  storage.quota = storage.used;
  await assert.rejects(
    unit(it, tables => tables.set(1, "more", noise(500))),
    { kind: "quota" },
  );
  await unit(it, tables => tables.delete(1, "key4"));
  assert.deepEqual(await reopened(onStorage(storage)), contents(it.tables));
  assert.deepEqual(it.tables.get(1, "key4"), undefined);
});

test("a full store that only this store's keys fill can be emptied key by key", async () => {
  const it = await open(onStorage(storage));
  await unit(it, tables => {
    for (let i = 0; i < 50; i++) tables.set(1, `key${i}`, noise(200));
  });
  storage.quota = storage.used;
  for (let i = 0; i < 50; i++) await unit(it, tables => tables.delete(1, `key${i}`));
  assert.deepEqual(await reopened(onStorage(storage)), {});
});

test("any other error of the Storage is the cause of a StoreError", async () => {
  const it = await open(onStorage(storage));
  storage.onChange = () => {
    throw new DOMException("access denied", "SecurityError");
  };
  await assert.rejects(
    unit(it, tables => tables.set(1, "a", bytes(1))),
    { kind: "failed", message: "localStorage store 'default' could not commit: access denied" },
  );
});

const CHANGED =
  /^localStorage store 'default' was changed or emptied by someone else since it was opened, so nothing was written/;

test("a store that someone else has emptied is not written to", async () => {
  const it = await open(onStorage(storage));
  await unit(it, tables => tables.set(1, "a", bytes(1)));
  storage.items.clear();
  await assert.rejects(
    unit(it, tables => tables.set(1, "b", bytes(1))),
    { kind: "failed", message: CHANGED },
  );
  assert.deepEqual(keys(), []);
});

test("a store that someone else has written to is not written to", async () => {
  const first = await open(onStorage(storage));
  const second = await open(onStorage(storage));
  await unit(first, tables => tables.set(1, "a", bytes(1)));
  await assert.rejects(
    unit(second, tables => tables.set(1, "b", bytes(1))),
    { kind: "failed", message: CHANGED },
  );
  assert.deepEqual(await reopened(onStorage(storage)), { "1/a": "\x01" });
});

/** Options with what LuaPersistent gives: reading snapshots. */
const readSnapshot = snapshot => {
  const lua = new LuaPersistent();
  lua.restoreSnapshot(snapshot);
  const list = lua.createSnapshot().tables;
  return new Map(
    list.map(({ id, entries }) => [
      id,
      new Map(entries.map(([key, value]) => [atob(key), Buffer.from(value, "base64")])),
    ]),
  );
};

/** As an earlier page saved it: no version, and what JSON makes of a Uint8Array. */
const EARLIER = JSON.stringify({ timestamp: 1, tables: [{ id: 1, entries: [[btoa("counter"), { 0: 2, 1: 41 }]] }] });
const PRESENT = JSON.stringify({
  version: 2,
  timestamp: 1,
  tables: [{ id: 1, entries: [[btoa("counter"), btoa("\x02\x29")]] }],
});

for (const [what, saved] of [
  ["an earlier page", EARLIER],
  ["saveToLocalStorage", PRESENT],
]) {
  test(`what ${what} saved is what a new store begins with, and stays as it is`, async () => {
    storage.setItem("lua_snapshot_game", saved);
    const it = await open(onStorage(storage, "game"), { readSnapshot });
    assert.deepEqual(contents(it.tables), { "1/counter": "\x02\x29" });
    assert.deepEqual(keys(), ["lua_snapshot_game"]);
    await unit(it, tables => tables.set(1, "new", bytes(1)));
    assert.equal(storage.getItem("lua_snapshot_game"), saved);
    assert.deepEqual(await reopened(onStorage(storage, "game"), { readSnapshot }), {
      "1/counter": "\x02\x29",
      "1/new": "\x01",
    });
  });
}

test("what was saved earlier counts no more when the store has contents, or was cleared", async () => {
  storage.setItem("lua_snapshot_default", PRESENT);
  const { persistence } = await open(onStorage(storage), { readSnapshot });
  await persistence.clear();
  assert.deepEqual(await reopened(onStorage(storage), { readSnapshot }), {});
  storage.setItem("lua_snapshot_default", "{");
  assert.deepEqual(await reopened(onStorage(storage), { readSnapshot }), {});
});

test("a damaged earlier entry is refused, and both stay as they are", async () => {
  storage.setItem("lua_snapshot_default", '{"tables":[{"id":1,"entries":[["!"]]}]}');
  const before = new Map(storage.items);
  await assert.rejects(open(onStorage(storage), { readSnapshot }), {
    kind: "damaged",
    message:
      "localStorage store 'default' is damaged: it is new, and the snapshot of an earlier page that it begins with cannot be read: " +
      "snapshot: table 1: the key of entry 1 is not base64. It was not opened, and nothing in it was changed",
  });
  assert.deepEqual(storage.items, before);
});

test("a page without access to localStorage gets an error that says why", async () => {
  const get = () => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  };
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get });
  try {
    await assert.rejects(open(localStorageStore({ lock: false })), {
      kind: "failed",
      message: "localStorage store 'default' cannot be used here: Access is denied for this document.",
    });
  } finally {
    delete globalThis.localStorage;
  }
});
