// Damage to a whole store of each kind: refused with the message a person reads, and left byte for byte as it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEntry, encodeEntry } from "../../js/dist/stores/storage-entry.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { FakeStorage, bytes, contents, onStorage, open, storageOf, unit } from "./fakes.mjs";

const NOT_OPENED = "It was not opened, and nothing in it was changed";

/** Small, and with all there is: several commits, several tables, a deletion, a compressed value. */
async function fill(store) {
  const it = await open(store);
  await unit(it, tables => (tables.set(1, "a", bytes(1, 2)), tables.set(1, "gone", bytes(3))));
  await unit(it, tables => (tables.set(2, "\0\xff", new Uint8Array(5000)), tables.delete(1, "gone")));
}

test("memory: every byte flipped in turn is refused, and nothing is written", async () => {
  const records = new Map();
  await fill(memoryStore(records));
  for (const [name, record] of records) {
    for (let at = 0; at < record.length; at++) {
      record[at] ^= 1;
      const before = structuredClone(records);
      const message = `memory store is damaged: record '${name}' does not match its checksum. ${NOT_OPENED}`;
      await assert.rejects(open(memoryStore(records)), { kind: "damaged", message });
      assert.deepEqual(records, before);
      record[at] ^= 1;
    }
  }
});

async function filledStorage() {
  const storage = new FakeStorage();
  await fill(onStorage(storage));
  return storage;
}

/** Opens what must be refused, and sees to it that nothing has changed. */
async function refused(storage, kind, message) {
  const before = new Map(storage.items);
  await assert.rejects(open(onStorage(storage)), {
    kind,
    message: `localStorage store 'default' ${message}. ${NOT_OPENED}`,
  });
  assert.deepEqual(storage.items, before);
}

test("localStorage: every character changed in turn, to a neighbour and to a foreign one, is refused", async () => {
  const storage = await filledStorage();
  for (const [key, whole] of [...storage.items]) {
    for (let at = 0; at < whole.length; at++) {
      for (const other of [String.fromCharCode(whole.charCodeAt(at) ^ 1), "A", "\u1234", ""]) {
        if (other === whole[at]) continue;
        storage.items.set(key, whole.slice(0, at) + other + whole.slice(at + 1));
        await refused(storage, "damaged", `is damaged: entry '${key}' does not match its checksum`);
      }
    }
    storage.items.set(key, whole);
  }
});

test("localStorage: entries under each other's keys are refused", async () => {
  const storage = await filledStorage();
  const keys = [...storage.items.keys()];
  for (const a of keys) {
    for (const b of keys.filter(key => key !== a)) {
      const swapped = storageOf(new Map(storage.items).set(a, storage.getItem(b)).set(b, storage.getItem(a)));
      const before = new Map(swapped.items);
      await assert.rejects(open(onStorage(swapped)), {
        kind: "damaged",
        message: /entry 'lua_store\/default\/\d+' does not match its checksum/,
      });
      assert.deepEqual(swapped.items, before);
    }
  }
});

const HEAD = "lua_store/default/999999999999999";
const sequenceOf = (storage, key) => decodeEntry(key, storage.getItem(key)).sequence;

test("localStorage: any missing entry is refused, the newest and the head too", async () => {
  const storage = await filledStorage();
  const missing = key => {
    const without = new Map(storage.items);
    without.delete(key);
    return storageOf(without);
  };
  await refused(missing("lua_store/default/0"), "damaged", "is damaged: it has 1 records, and should have 2");
  await refused(missing("lua_store/default/1"), "damaged", "is damaged: entry 'lua_store/default/1' is missing");
  await refused(missing(HEAD), "damaged", `is damaged: entry '${HEAD}' is missing`);
});

test("localStorage: after every commit the newest entry is missed, and any other that has something needed", async () => {
  const storage = new FakeStorage();
  const it = await open(onStorage(storage));
  for (let i = 0; i < 80; i++) {
    await unit(it, tables => (i % 3 ? tables.set(1, `key${i % 5}`, bytes(i)) : tables.delete(1, `key${i % 5}`)));
    const names = [...storage.items.keys()].filter(key => key !== HEAD);
    for (const name of names) {
      const without = new Map(storage.items);
      without.delete(name);
      const isNewest = names.every(other => sequenceOf(storage, other) <= sequenceOf(storage, name));
      const opened = await open(onStorage(storageOf(without))).catch(({ kind }) => assert.equal(kind, "damaged"));
      assert.ok(!opened || !isNewest, `${name} of commit ${i}`);
      if (opened) assert.deepEqual(contents(opened.tables), contents(it.tables));
    }
  }
});

test("localStorage: a head of an earlier time, put back, is refused", async () => {
  const storage = await filledStorage();
  const it = await open(onStorage(storage));
  const head = storage.getItem(HEAD);
  for (const value of [1, 2]) await unit(it, tables => tables.set(1, "a", bytes(value)));
  storage.items.set(HEAD, head);
  await refused(storage, "damaged", `is damaged: entry 'lua_store/default/3' is newer than entry '${HEAD}' says`);
});

test("localStorage: an entry of an earlier time, put back, is refused", async () => {
  const storage = await filledStorage();
  const key = "lua_store/default/7";
  const entry = decodeEntry("lua_store/default/0", storage.getItem("lua_store/default/0"));
  const changes = entry.changes.filter(({ name }) => name === "1/gone");
  storage.items.set(key, encodeEntry(key, { ...entry, sequence: 3, changes }));
  await refused(storage, "damaged", "is damaged: it has 3 records, and should have 2");
  storage.items.set(key, encodeEntry(key, { ...entry, sequence: 9, changes }));
  await refused(storage, "damaged", `is damaged: entry '${key}' is newer than entry '${HEAD}' says`);
});

test("localStorage: an entry with a name of another kind is refused", async () => {
  const storage = await filledStorage();
  storage.items.set("lua_store/default/07", "");
  await refused(storage, "damaged", "is damaged: entry 'lua_store/default/07' has a name that is not one of ours");
});

test("localStorage: an entry of a newer form is refused as newer", async () => {
  const { checksum64, write64 } = await import("../../js/dist/bytes/checksum.js");
  const storage = await filledStorage();
  const key = "lua_store/default/1";
  const entry = Buffer.from(storage.getItem(key), "base64");
  entry[0] = 5;
  const seed = checksum64(new TextEncoder().encode(key));
  write64(new DataView(entry.buffer, entry.byteOffset), entry.length - 8, checksum64(entry.subarray(0, -8), seed));
  storage.items.set(key, entry.toString("base64"));
  await refused(
    storage,
    "version",
    `was written by a newer version of this library: entry '${key}' is of form 5, and 4 is known here`,
  );
});
