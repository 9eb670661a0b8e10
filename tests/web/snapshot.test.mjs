// Snapshots: every form that is read, and that a damaged one changes nothing.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { hostOf, loadFake } from "./fake-lua.mjs";

let lua, host;

beforeEach(async () => {
  lua = await loadFake();
  host = hostOf(lua);
});

const every = Array.from({ length: 256 }, (_, byte) => byte);
const old = value => ({ timestamp: 1, tables: [{ id: 1, entries: [[btoa("k"), value]] }] });

test("a snapshot survives JSON with every byte in keys and values", async () => {
  host.set(1, every, every);
  host.set(0, "next", [2, 5]);
  const snapshot = JSON.parse(JSON.stringify(lua.createSnapshot()));
  const other = await loadFake();
  other.restoreSnapshot(snapshot);
  assert.deepEqual(hostOf(other).get(1, every), every);
  assert.deepEqual(hostOf(other).get(0, "next"), [2, 5]);
});

test("its form is version 2: base64 keys and values", () => {
  host.set(3, "k", [1, 2]);
  const { timestamp, ...rest } = lua.createSnapshot();
  assert.deepEqual(rest, { version: 2, tables: [{ id: 3, entries: [["aw==", "AQI="]] }] });
  assert.ok(Math.abs(Date.now() - timestamp) < 60_000);
});

test("a snapshot is not changed by what happens later", () => {
  host.set(1, "k", [1]);
  const snapshot = lua.createSnapshot();
  host.set(1, "k", [2]);
  host.set(1, "l", [2]);
  lua.restoreSnapshot(snapshot);
  assert.deepEqual(host.get(1, "k"), [1]);
  assert.equal(host.size(1), 1);
});

test("a value of 3 MB goes through", () => {
  const value = Uint8Array.from({ length: 3 << 20 }, (_, i) => i * 7);
  host.memory.grow(64);
  host.set(1, "k", value);
  lua.restoreSnapshot(JSON.parse(JSON.stringify(lua.createSnapshot())));
  assert.deepEqual(Uint8Array.from(host.get(1, "k", 4 << 20)), value);
});

for (const [form, value] of [
  ["a Uint8Array", Uint8Array.of(4, 5)],
  ["a Buffer", Buffer.of(4, 5)],
  ["what JSON made of a Uint8Array", { 0: 4, 1: 5 }],
  ["an array", [4, 5]],
]) {
  test(`an earlier page's value, ${form}, is read`, () => {
    lua.restoreSnapshot(old(value));
    assert.deepEqual(host.get(1, "k"), [4, 5]);
  });
}

test("an earlier page's empty value is read", () => {
  for (const value of [new Uint8Array(), {}, []]) {
    lua.restoreSnapshot(old(value));
    assert.deepEqual(host.get(1, "k"), []);
  }
});

test("an earlier page's empty table does not exist", () => {
  lua.restoreSnapshot({ timestamp: 1, tables: [{ id: 1, entries: [] }] });
  assert.equal(lua.getStats().externalTableCount, 0);
});

test("restored bytes are a copy", () => {
  const value = Buffer.from([1, 2]);
  lua.restoreSnapshot(old(value));
  value.fill(9);
  assert.deepEqual(host.get(1, "k"), [1, 2]);
});

const table = (id, entries) => ({ id, entries });
const k = btoa("k");
for (const [damage, snapshot, message] of [
  ["nothing", null, /no list of tables/],
  ["text", "tables", /no list of tables/],
  ["no tables", { version: 2 }, /no list of tables/],
  ["a newer version", { version: 3, tables: [] }, /version 3 is not known/],
  ["a table that is null", { tables: [null] }, /table number 1/],
  ["a negative id", { tables: [table(-1, [])] }, /table number 1 is not an integer from 0 to 4294967294/],
  ["the id of the services", { tables: [table(0xffffffff, [])] }, /table number 1/],
  ["a fraction as id", { tables: [table(0, []), table(1.5, [])] }, /table number 2/],
  ["text as id", { tables: [table("1", [])] }, /table number 1/],
  ["an id twice", { tables: [table(4, []), table(4, [])] }, /table 4 is there twice/],
  ["no entries", { tables: [table(4)] }, /table 4 has no list of entries/],
  ["an entry that is no pair", { tables: [table(4, [[k, ""], "k"])] }, /table 4: the key of entry 2/],
  ["a key that is no text", { tables: [table(4, [[1, ""]])] }, /table 4: the key of entry 1 is not base64/],
  ["a key that is not base64", { tables: [table(4, [["k", ""]])] }, /table 4: the key of entry 1 is not base64/],
  ["a key without its padding", { tables: [table(4, [["aw", ""]])] }, /table 4: the key of entry 1 is not base64/],
  [
    "a key twice",
    {
      tables: [
        table(4, [
          [k, ""],
          [k, ""],
        ]),
      ],
    },
    /table 4, key 'k' is there twice/,
  ],
  [
    "an empty key twice",
    {
      tables: [
        table(4, [
          ["", ""],
          ["", ""],
        ]),
      ],
    },
    /table 4, key '' is there twice/,
  ],
  ["a value that is not base64", { tables: [table(4, [[k, "*"]])] }, /table 4, key 'k': the value is not base64/],
  ["no value", { tables: [table(4, [[k]])] }, /table 4, key 'k': the value is not bytes/],
  ["null as value", { tables: [table(4, [[k, null]])] }, /table 4, key 'k': the value is not bytes/],
  ["a number as value", { tables: [table(4, [[k, 7]])] }, /table 4, key 'k': the value is not bytes/],
  ["a byte above 255", { tables: [table(4, [[k, [0, 256]]])] }, /key 'k': byte 1 is not an integer from 0 to 255/],
  ["a byte below 0", { tables: [table(4, [[k, { 0: -1 }]])] }, /key 'k': byte 0 is not/],
  ["a fraction as byte", { tables: [table(4, [[k, [0.5]]])] }, /key 'k': byte 0 is not/],
  ["text as byte", { tables: [table(4, [[k, { 0: "1" }]])] }, /key 'k': byte 0 is not/],
  ["a gap", { tables: [table(4, [[k, { 0: 1, 2: 1 }]])] }, /key 'k': byte 1 is missing/],
  // eslint-disable-next-line no-sparse-arrays -- it is what the test is about
  ["a gap in an array", { tables: [table(4, [[k, [1, , 1]]])] }, /key 'k': byte 1 is missing/],
  ["something beside the bytes", { tables: [table(4, [[k, { 0: 1, x: 1 }]])] }, /key 'k': byte 1 is missing/],
  ["an own __proto__", { tables: [table(4, [[k, JSON.parse('{"__proto__": 1}')]])] }, /key 'k': byte 0 is missing/],
  ["a binary key", { tables: [table(4, [["AgE=", 7]])] }, /table 4, key base64 AgE=: the value is not bytes/],
]) {
  test(`a snapshot with ${damage} is refused and changes nothing`, () => {
    host.set(1, "k", [1]);
    const before = lua.createSnapshot().tables;
    const whole = Array.isArray(snapshot?.tables)
      ? { ...snapshot, tables: [...snapshot.tables, table(1, [[k, "AA=="]])] }
      : snapshot;
    assert.throws(
      () => lua.restoreSnapshot(whole),
      error => error instanceof Error && message.test(error.message),
    );
    assert.deepEqual(lua.createSnapshot().tables, before);
    assert.equal(lua.getStats().externalTableItems, 1);
  });
}
