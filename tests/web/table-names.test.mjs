// lua.table(name) and the catalogue in table 0: the same as what ext.table and stores by Lua make of it.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { LuaPersistent } from "../../js/dist/index.js";
import { rawSnapshot, snapshot, storeOf, valueBytes } from "./wire.mjs";

let byLua, byJs;
beforeEach(async () => {
  byLua = await new LuaPersistent().load();
  byJs = await new LuaPersistent().load();
});

/** Begins with one store in both, changes one by Lua and one by JavaScript, and compares all of it. */
function bothWays(store, code, change) {
  for (const lua of [byLua, byJs]) lua.restoreSnapshot(store);
  byLua.eval(code);
  change(byJs);
  const sorted = lua =>
    [...storeOf(lua)]
      .sort(([a], [b]) => a - b)
      .map(([id, entries]) => [id, entries.map(entry => inspect(entry)).sort()]);
  assert.deepEqual(sorted(byJs), sorted(byLua));
}

const OLD = { 1: [["x", 1n]], 5: [["y", 2n]], 66: [["z", 3n]], 131: [["beyond the gap", 4n]] };
const STORES = {
  "an empty store": {},
  "a store without a catalogue": OLD,
  "a store with one": { ...OLD, 0: [["next", 4n]] },
};

for (const [kind, tables] of Object.entries(STORES)) {
  test(`a name in ${kind}`, () => {
    bothWays(snapshot(tables), 'ext.table("n").x = 1', lua => lua.table("n").set("x", 1));
  });

  test(`a stored graph in ${kind}`, () => {
    bothWays(snapshot(tables), "Memory.list = {{{}, {}}}", lua => lua.table(1).set("list", [[{}, new Map()]]));
  });
}

test("adoption may be what makes the name", () => {
  bothWays(snapshot(OLD), 'Memory.a = ext.table("table:5")', lua => lua.table(1).set("a", lua.table("table:5")));
  assert.equal(byJs.table("table:5").get("y"), 2);
});

test("the gap of 64 is counted as the module counts it", () => {
  for (const id of [65, 66, 67]) {
    bothWays(snapshot({ [id]: [["x", 1n]] }), 'ext.table("n")', lua => lua.table("n"));
  }
});

test("a name is the same table in Lua and here, after a reload too", async () => {
  byLua.eval('ext.table("grüße\\0").x = 1');
  const view = byLua.table("grüße\0");
  assert.equal(view.get("x"), 1);
  view.set("y", byLua.table(""));
  assert.equal(byLua.eval('return ext.table("grüße\\0").y == ext.table(""), #ext.names()'), "true\t2");
  byJs.restoreSnapshot(JSON.parse(JSON.stringify(byLua.createSnapshot())));
  assert.equal(byJs.table("grüße\0").get("y"), byJs.table(""));
});

test("names of Object.prototype are names like any other", () => {
  byJs.table("__proto__").set("x", 1);
  assert.equal(byJs.eval('return ext.table("__proto__").x, #ext.names()'), "1\t1");
});

test("a name with half a surrogate pair is an Error", () => {
  assert.throws(() => byJs.table("\ud800"), /^Error: lua.table: the name is a string with half a surrogate pair$/);
});

test("reading alone, and scalars, make no catalogue", () => {
  byJs.restoreSnapshot(snapshot(OLD));
  byJs.table(5).set("y", 3).delete("y");
  assert.deepEqual([...byJs.table(1)], [["x", 1]]);
  assert.equal(storeOf(byJs).has(0), false);
});

const DAMAGED = [
  ["next", 1n],
  ["next", 0n],
  ["next", -5n],
  ["next", 2n ** 31n + 1n],
  ["next", 2n ** 62n],
  ["next", 5.0],
  ["next", Buffer.from("5")],
  ["name:n", 5n],
  ["name:n", true],
];
for (const [key, value] of DAMAGED) {
  test(`a catalogue whose ${key} is ${typeof value} ${String(value)} is damaged, to Lua and here, and nothing changes`, () => {
    const store = snapshot({ 0: [[key, value]] });
    for (const lua of [byLua, byJs]) lua.restoreSnapshot(store);
    assert.throws(() => byLua.eval('ext.table("n")'), /external tables: damaged catalogue/);
    assert.throws(() => byJs.table("n"), /^Error: external tables: damaged catalogue$/);
    if (key === "next") assert.throws(() => byJs.table(1).set("t", {}), /damaged catalogue/);
    assert.deepEqual(byJs.createSnapshot().tables, store.tables);
  });
}

test("malformed bytes in the catalogue are damage", () => {
  byJs.restoreSnapshot(rawSnapshot({ 0: [["next", [2, 5]]] }));
  assert.throws(() => byJs.table("n"), /damaged catalogue/);
});

const maxOf = lua =>
  storeOf(lua)
    .get(0)
    ?.find(([key]) => String(key) === "max")?.[1];

test("max is the power of two that holds the largest value, as Lua writes it", () => {
  for (const length of [0, 16378, 16379, 16380, 32763, 32764, 65531, 65532, 1_000_000, 16380]) {
    byLua.eval(`Memory.x = string.rep("x", ${length})`);
    byJs.table(1).set("x", "x".repeat(length));
    assert.equal(maxOf(byJs), maxOf(byLua), String(length));
  }
  assert.equal(maxOf(byJs), 2n ** 20n);
});

test("max of a first large value is exact", () => {
  for (const [length, max] of [
    [16380, 32768n],
    [32763, 32768n],
    [32764, 65536n],
  ]) {
    byJs.restoreSnapshot({ tables: [] });
    byJs.table(1).set("x", "x".repeat(length));
    assert.equal(maxOf(byJs), max);
  }
});

test("values inside a graph count for max", () => {
  byLua.eval('Memory.x = {{string.rep("x", 40000)}}');
  byJs.table(1).set("x", [[new Uint8Array(40000)]]);
  assert.equal(maxOf(byJs), 65536n);
  assert.equal(maxOf(byLua), 65536n);
});

test("a max that is no size stays: it says that any size may be there", () => {
  for (const value of [1e9, true, -5n, Buffer.from("x")]) {
    bothWays(snapshot({ 0: [["max", value]] }), 'Memory.x = string.rep("x", 20000)', lua =>
      lua.table(1).set("x", "x".repeat(20000)),
    );
    assert.deepEqual(valueBytes(maxOf(byJs)), valueBytes(value));
  }
});

test("the name 'Memory' is Memory, and makes no other table", () => {
  byJs.eval("Memory.x = 1");
  assert.equal(byJs.table("Memory"), byJs.table(1));
  assert.equal(byJs.table("Memory").get("x"), 1);
  assert.deepEqual([...storeOf(byJs).keys()], [1]);
});
