// The five imports, called from wasm: what they store and answer, and that they never throw.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { hostOf, loadFake, parseKeys } from "./fake-lua.mjs";

const SERVICES = 0xffffffff;
let lua, host;

beforeEach(async () => {
  lua = await loadFake();
  host = hostOf(lua);
});

test("a value comes back as it was stored", () => {
  assert.equal(host.set(1, "k", [0, 1, 255]), 0);
  assert.deepEqual(host.get(1, "k"), [0, 1, 255]);
});

test("an absent key and an absent table answer -1", () => {
  host.set(1, "k", [1]);
  assert.equal(host.get(1, "other"), -1);
  assert.equal(host.get(2, "k"), -1);
});

test("every single byte and every pair of neighbours is a key of its own", () => {
  const keys = [[]];
  for (let byte = 0; byte < 256; byte++) keys.push([byte], [byte, 0], [0, byte], [byte, 255 - byte]);
  const distinct = new Map(keys.map(key => [String(key), key]));
  for (const key of distinct.values()) host.set(1, key, key);
  assert.equal(host.size(1), distinct.size);
  for (const key of distinct.values()) assert.deepEqual(host.get(1, key), key);
});

test("keys that hash alike do not meet", () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `key ${i}`);
  keys.forEach((key, i) => host.set(1, key, [i & 255]));
  keys.forEach((key, i) => assert.deepEqual(host.get(1, key), [i & 255]));
});

test("a key of 90,000 bytes works", () => {
  const key = new Uint8Array(90_000).fill(200);
  host.set(1, key, [7]);
  assert.deepEqual(host.get(1, key), [7]);
});

test("an empty value is stored, and is not absent", () => {
  host.set(1, "k", []);
  assert.deepEqual(host.get(1, "k"), []);
  assert.equal(host.delete(1, "k"), 0);
});

test("the names of Object.prototype are keys like any other", () => {
  for (const key of ["__proto__", "constructor", "toString"]) {
    assert.equal(host.get(1, key), -1);
    host.set(1, key, [1]);
    assert.deepEqual(host.get(1, key), [1]);
  }
  assert.equal(host.size(1), 3);
});

test("get copies a prefix when there is too little room", () => {
  host.set(1, "k", [1, 2, 3, 4]);
  new Uint8Array(host.memory.buffer, 200_000, 8).fill(9);
  assert.deepEqual(host.get(1, "k", 2), [1, 2]);
  assert.deepEqual([...new Uint8Array(host.memory.buffer, 200_000, 4)], [1, 2, 9, 9]);
  assert.deepEqual(host.get(1, "k", 0), []);
});

test("set keeps a copy", () => {
  host.set(1, "k", [1, 2]);
  new Uint8Array(host.memory.buffer, 200_000, 2).fill(9);
  assert.deepEqual(host.get(1, "k"), [1, 2]);
});

test("a table id above 2^31 is the same signed or unsigned", () => {
  host.set(0xfffffffe, "k", [1]);
  assert.deepEqual(host.get(-2, "k"), [1]);
  assert.equal(lua.createSnapshot().tables[0].id, 0xfffffffe);
});

test("delete answers 0 for a key it removed and -1 for one that was not there", () => {
  host.set(1, "k", [1]);
  assert.equal(host.delete(1, "k"), 0);
  assert.equal(host.delete(1, "k"), -1);
  assert.equal(host.delete(5, "k"), -1);
});

test("a table without keys is gone", () => {
  host.set(7, "a", [1]);
  host.set(7, "b", [1]);
  host.delete(7, "a");
  assert.equal(lua.getStats().externalTableCount, 1);
  host.delete(7, "b");
  assert.equal(lua.getStats().externalTableCount, 0);
  assert.equal(host.size(7), 0);
});

test("keys lists the count, then every key with its length", () => {
  host.set(1, "ab", [1]);
  host.set(1, [], [1]);
  host.set(1, [255, 0], [1]);
  assert.deepEqual(parseKeys(host.keys(1)), { count: 3, keys: [[97, 98], [], [255, 0]] });
});

test("keys of an unknown table answers 0", () => {
  assert.deepEqual(host.keys(9), []);
});

test("keys stops before the first key without room, whatever the room", () => {
  host.set(1, "abc", [1]);
  host.set(1, "d", [1]);
  const all = host.keys(1);
  for (let room = 0; room <= all.length; room++) {
    new Uint8Array(host.memory.buffer, 200_000, 64).fill(170);
    const answer = host.keys(1, room);
    assert.ok(answer.length <= room);
    assert.deepEqual(answer, all.slice(0, answer.length));
    const after = new Uint8Array(host.memory.buffer, 200_000 + answer.length, 32);
    assert.ok(after.every(byte => byte === 170));
    if (room < 4) assert.equal(answer.length, 0);
    else assert.equal(parseKeys(answer).count, 2);
  }
});

test("pointers outside the memory are refused without an exception", () => {
  host.set(1, "k", [1]);
  assert.equal(host.raw.set(1, -1, 10, 0, 1), -1);
  assert.equal(host.raw.set(1, 0, 1, 0, -1), -1);
  assert.equal(host.raw.get(1, -8, 100, 0, 1), -1);
  assert.equal(host.raw.get(1, 100_000, 1, -1, 10), -1);
  assert.equal(host.raw.delete(1, 0, -1), -1);
  assert.equal(host.raw.keys(1, -1, 100), 0);
  assert.equal(host.size(1), 1);
});

test("a set that cannot be carried out leaves the old value and the count", () => {
  host.set(1, "k", [1, 2]);
  const before = lua.createSnapshot().tables;
  host.raw.set(1, 100_000, 1, 0, -1);
  assert.deepEqual(lua.createSnapshot().tables, before);
});

test("the services table is refused and never stored; what is offered is requests and to stop", () => {
  for (const table of [SERVICES, -1]) {
    assert.equal(host.set(table, "services", [1]), -1);
    assert.equal(String.fromCharCode(...host.get(table, "services")).trim(), "request interrupt");
    assert.equal(host.get(table, "request"), -1);
    assert.equal(host.get(table, "clock"), -1);
    assert.equal(host.delete(table, "services"), -1);
    assert.equal(host.size(table), 0);
    assert.deepEqual(host.keys(table), []);
  }
  assert.deepEqual(lua.createSnapshot().tables, []);
});

test("memory that has grown is read at its new place", () => {
  host.set(1, "k", [5]);
  host.memory.grow(10);
  assert.deepEqual(host.get(1, "k"), [5]);
});
