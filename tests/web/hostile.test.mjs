// Data made with ill intent, given to an opened LuaPersistent: an Error or plain data, no polluted prototype, nothing
// half restored. Damaged images, messages and plain snapshots have tests of their own.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { SlowStore } from "./slow-store.mjs";

const PROTOTYPES = [Object, Array, Map, Uint8Array, Function, Promise, Error].map(({ prototype }) => prototype);
/** All that prototypes have, in one list of values to be compared by identity. */
const surface = () =>
  PROTOTYPES.flatMap(prototype => [
    Object.getPrototypeOf(prototype),
    ...Reflect.ownKeys(prototype).flatMap(key => [
      key,
      ...Object.values(Object.getOwnPropertyDescriptor(prototype, key)),
    ]),
  ]);
const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "then",
  "toJSON",
  "length",
  "get",
  "set",
];

let store, lua, untouched;
beforeEach(async () => {
  untouched = surface();
  store = new SlowStore();
  lua = await LuaPersistent.open({ store });
  await lua.run("Memory.kept = {1, 2}");
});
afterEach(() => {
  const now = surface();
  assert.equal(now.length, untouched.length);
  assert.ok(now.every((value, at) => Object.is(value, untouched[at])));
});

const base64 = text => Buffer.from(text).toString("base64");
const TRUE = Uint8Array.of(1, 1);

test("names of prototypes go as keys through Lua, views, the store, snapshots and images", async () => {
  const list = NAMES.map(name => JSON.stringify(name)).join(", ");
  await lua.run(`for _, name in ipairs{${list}} do Memory[name] = {[name] = name} ext.table(name)[name] = name end`);
  const sees = async lua => {
    for (const name of NAMES) {
      assert.equal(lua.table(1).get(name).get(name), name);
      assert.equal(lua.table(name).get(name), name);
    }
    const [copy] = (await lua.run("return ext.copy(Memory)")).values;
    assert.deepEqual(Object.keys(copy).sort(), ["kept", ...NAMES].sort());
    for (const name of NAMES)
      assert.equal(
        Object.getOwnPropertyDescriptor(Object.getOwnPropertyDescriptor(copy, name).value, name).value,
        name,
      );
  };
  await sees(lua);
  await sees(await LuaPersistent.openImage(await lua.saveImage()));
  const snapshot = JSON.stringify(lua.createSnapshot());
  await lua.close();
  lua = await LuaPersistent.open({ store });
  await sees(lua);
  const other = await LuaPersistent.open();
  other.restoreSnapshot(JSON.parse(snapshot));
  await sees(other);
});

test("a value with a field `then` does not make run wait for it, nor does one with toJSON run", async () => {
  const { values } = await lua.run("return {['then'] = print, toJSON = print}, {['then'] = 1}");
  assert.equal(typeof values[0].then, "object");
  assert.equal(values[1].then, 1);
});

const cyclic = { version: 2, tables: [] };
cyclic.tables.push({ id: 1, entries: cyclic.tables }, cyclic);
const cyclicEntry = [];
cyclicEntry.push(cyclicEntry, cyclicEntry);
const thrower = {
  get entries() {
    throw new Error("from a getter");
  },
  id: 1,
};

const SNAPSHOTS = {
  "a cycle of tables": cyclic,
  "an entry that has itself as key and value": { tables: [{ id: 1, entries: [cyclicEntry] }] },
  "a value that has itself as its bytes": {
    tables: [{ id: 1, entries: [["aw==", Object.assign([], { 0: cyclicEntry })]] }],
  },
  "a getter that throws": { tables: [{ id: 2, entries: [] }, thrower] },
  "a table that hides behind __proto__": JSON.parse('{"tables": [{"__proto__": {"id": 1, "entries": []}}]}'),
  "tables that hide behind __proto__": JSON.parse('{"__proto__": {"tables": []}, "version": 2}'),
  "a version that hides behind __proto__": JSON.parse('{"__proto__": {"version": 2}, "tables": 5}'),
  "__proto__ as id": JSON.parse('{"tables": [{"id": "__proto__", "entries": []}]}'),
  "an id that is an object": { tables: [{ id: { valueOf: () => 1 }, entries: [] }] },
  "an id as BigInt": { tables: [{ id: 1n, entries: [] }] },
  "an id beyond all": { tables: [{ id: 2 ** 53, entries: [] }] },
  "a length without a list": { tables: { length: 2 ** 32, forEach: Array.prototype.forEach } },
  "entries as an object": { tables: [{ id: 1, entries: { length: 1e9 } }] },
  "values as text of a huge count": { tables: [{ id: 1, entries: [["aw==", { length: 1e9 }]] }] },
  "a table twice, the first one good": {
    tables: [
      { id: 1, entries: [] },
      { id: 5, entries: [] },
      { id: 5, entries: [] },
    ],
  },
  "a good table, then damage": {
    tables: [
      { id: 1, entries: [[base64("x"), base64("\x01\x01")]] },
      { id: 2, entries: [["?", ""]] },
    ],
  },
  "a version as text": { version: "2", tables: [] },
  "a function": () => ({ tables: [] }),
};
for (const [what, snapshot] of Object.entries(SNAPSHOTS)) {
  test(`a snapshot with ${what} is an Error, and neither tables nor store change`, async () => {
    const tables = JSON.stringify(lua.createSnapshot().tables);
    const records = new Map(store.records);
    assert.throws(() => lua.restoreSnapshot(snapshot), Error);
    assert.equal(JSON.stringify(lua.createSnapshot().tables), tables);
    await lua.flush();
    assert.deepEqual(store.records, records);
  });
}

test("a snapshot as deep as JSON goes is an Error", () => {
  const depth = 5000;
  const deep = JSON.parse(`{"tables": ${'[{"id": 1, "entries": '.repeat(depth)}[]${"}]".repeat(depth)}}`);
  assert.throws(() => lua.restoreSnapshot(deep), /the key of entry 1 is not base64/);
});

const RECORDS = {
  "a name of a prototype": ["__proto__", TRUE],
  "a name that is almost one": ["1/%5F", TRUE],
  "the table of the services": ["4294967295/x", TRUE],
  "a huge number": ["99999999999/x", TRUE],
  "bytes that are text": ["1/x", "bytes"],
  "bytes that are a list": ["1/x", [1, 1]],
};
for (const [what, record] of Object.entries(RECORDS)) {
  test(`a store that gives a record with ${what} is refused as damaged, and not written to`, async () => {
    await lua.close();
    store.records.set(...record);
    store.commits.length = 0;
    await assert.rejects(LuaPersistent.open({ store }), { name: "StoreError", kind: "damaged" });
    assert.deepEqual(store.commits, []);
  });
}

test("a table of raw bytes that a script or a store made is an Error to read, never more", async () => {
  const raw = bytes => ({ tables: [{ id: 1, entries: [[base64("x"), Buffer.from(bytes).toString("base64")]] }] });
  for (const bytes of [[], [9], [4, 255, 255, 255, 255], [7, 0, 0, 0, 0], [8, 1, 0, 0, 0], [5, 0]]) {
    lua.restoreSnapshot(raw(bytes));
    await assert.rejects(lua.run("return Memory.x"), /external table 1: .*key 'x'/);
    assert.throws(() => lua.table(1).get("x"), /external table 1: .*key 'x'/);
  }
});
