// lua.table: views of external tables, against the wire format of the contract.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import v8 from "node:v8";
import vm from "node:vm";
import { LuaPersistent, LuaTable } from "../../js/dist/index.js";
import { rawSnapshot, snapshot, storeOf } from "./wire.mjs";

let lua, memory;
beforeEach(() => {
  lua = new LuaPersistent();
  memory = lua.table(1);
});

const bytes = (...list) => Uint8Array.from(list);
const MAX = 2n ** 63n - 1n;

/** What is written, the item it is stored as, and, when it differs, what is read back. */
const SCALARS = [
  [true, true],
  [false, false],
  [0, 0n],
  [-7, -7n],
  [Number.MAX_SAFE_INTEGER, 9007199254740991n],
  [Number.MIN_SAFE_INTEGER, -9007199254740991n],
  [12n, 12n, 12],
  [9007199254740991n, 9007199254740991n, Number.MAX_SAFE_INTEGER],
  [9007199254740992n, 9007199254740992n],
  [-9007199254740993n, -9007199254740993n],
  [MAX, MAX],
  [-MAX - 1n, -MAX - 1n],
  ["", Buffer.from("")],
  ["x", Buffer.from("x")],
  ["grüße 🌙\ufeff", Buffer.from("grüße 🌙\ufeff")],
  ["\ufeffmark", Buffer.from("\ufeffmark")],
  ["\0\x01\x07", Buffer.from([0, 1, 7])],
  ["__proto__", Buffer.from("__proto__")],
  [bytes(0xff, 0), Buffer.from([0xff, 0])],
  [bytes(7, 0xc3), Buffer.from([7, 0xc3])],
  [Buffer.from("ab\xff", "latin1"), Buffer.from("ab\xff", "latin1"), bytes(97, 98, 255)],
  [bytes(97, 98), Buffer.from("ab"), "ab"],
  [1.5, 1.5],
  [-0.1, -0.1],
  [Infinity, Infinity],
  [-Infinity, -Infinity],
  [5e-324, 5e-324],
  [2 ** 63, 2 ** 63],
];

for (const [written, item, read = written] of SCALARS) {
  test(`${inspect(written)} as value and key`, () => {
    memory.set("v", written).set(written, "k");
    const [[, value], [key]] = storeOf(lua).get(1);
    assert.deepEqual([value, key], [item, item]);
    const same = new LuaPersistent();
    same.restoreSnapshot(lua.createSnapshot());
    assert.deepEqual(
      [...same.table(1)],
      [
        ["v", read],
        [read, "k"],
      ],
    );
    assert.deepEqual(same.table(1).get("v"), read);
    for (const form of [written, read]) assert.equal(same.table(1).get(form), "k");
  });
}

test("bytes are copied, written and read", () => {
  const written = bytes(255, 1);
  memory.set("v", written).set(written, "k");
  written[1] = 9;
  memory.get("v")[1] = 8;
  [...memory.keys()][1][1] = 7;
  assert.deepEqual(
    [...memory],
    [
      ["v", bytes(255, 1)],
      [bytes(255, 1), "k"],
    ],
  );
});

test("numbers that are floats as values are integers as keys when they equal one", () => {
  for (const [number, integer] of [
    [-0, 0n],
    [2 ** 53, 2n ** 53n],
    [2 ** 62, 2n ** 62n],
    [-(2 ** 63), -MAX - 1n],
  ]) {
    memory.clear();
    memory.set(number, number);
    assert.deepEqual(storeOf(lua).get(1), [[integer, number]]);
    assert.equal(memory.get(integer), number);
    assert.ok(Object.is(memory.get(number), number));
  }
});

test("a wire float reads as number, NaN too", () => {
  memory.set("nan", NaN);
  lua.restoreSnapshot(
    snapshot({
      1: [
        ["three", 3],
        ["nan", NaN],
      ],
    }),
  );
  assert.deepEqual([...memory.values()], [3, NaN]);
});

test("text and its UTF-8 bytes are one key; 1 and '1' are two", () => {
  memory.set("ü", 1).set(1, "integer").set("1", "text");
  assert.equal(memory.get(Buffer.from("ü")), 1);
  memory.set(Buffer.from("ü"), 2);
  assert.deepEqual(
    [...memory],
    [
      ["ü", 2],
      [1, "integer"],
      ["1", "text"],
    ],
  );
});

test("undefined and null delete", () => {
  memory.set("a", 1).set("b", 2).set("c", 3);
  assert.equal(memory.set("a", undefined), memory);
  memory.set("b", null).set("never there", null);
  assert.deepEqual([...memory.keys()], ["c"]);
});

test("get, has, delete, size and clear are those of a Map", () => {
  assert.equal(memory.get("a"), undefined);
  memory.set("a", false).set(2, 0);
  assert.deepEqual([memory.has("a"), memory.has(2), memory.has("2"), memory.size], [true, true, false, 2]);
  assert.deepEqual([memory.delete("a"), memory.delete("a"), memory.has("a"), memory.size], [true, false, false, 1]);
  memory.clear();
  memory.clear();
  assert.equal(memory.size, 0);
});

test("iteration has every form of a Map", () => {
  const model = new Map([
    ["a", 1],
    [2, "b"],
    [true, false],
  ]);
  for (const [key, value] of model) memory.set(key, value);
  for (const how of ["keys", "values", "entries", Symbol.iterator])
    assert.deepEqual([...memory[how]()], [...model[how]()]);
  const seen = [];
  const self = {};
  memory.forEach(function (value, key, table) {
    assert.equal(this, self);
    assert.equal(table, memory);
    seen.push([key, value]);
  }, self);
  assert.deepEqual(seen, [...model]);
});

test("iteration walks what was there when it began, without what was deleted since", () => {
  for (const key of ["a", "b", "c"]) memory.set(key, 0);
  const seen = [];
  for (const [key] of memory) {
    seen.push(key);
    memory.set(`new ${key}`, 1).set(key, 1).delete("b");
  }
  assert.deepEqual(seen, ["a", "c"]);
});

test("a stored nil is absent", () => {
  lua.restoreSnapshot(
    snapshot({
      1: [
        ["nil", null],
        ["x", 1n],
      ],
    }),
  );
  assert.deepEqual([memory.get("nil"), memory.has("nil"), [...memory]], [undefined, false, [["x", 1]]]);
});

const NO_KEYS = [
  NaN,
  undefined,
  null,
  Symbol("s"),
  () => {},
  {},
  [1],
  new Map(),
  new Date(0),
  2n ** 63n,
  "\ud800",
  "a\udc00",
];

for (const key of NO_KEYS) {
  test(`${typeof key} ${Array.isArray(key) ? "array" : String(key)} cannot be a key: absent when read, an Error when written`, () => {
    assert.deepEqual([memory.get(key), memory.has(key), memory.delete(key)], [undefined, false, false]);
    for (const value of [1, undefined, {}]) {
      assert.throws(() => memory.set(key, value), /^Error: external table 1: cannot use .+ as a key$/);
    }
    assert.equal(storeOf(lua).size, 0);
  });
}

test("tables are views: the same table is the same object, by id, by name, as value and as key", () => {
  const names = lua.table("names");
  memory.set("t", names).set(names, "key");
  assert.deepEqual(storeOf(lua).get(1), [
    [Buffer.from("t"), { table: 2 }],
    [{ table: 2 }, Buffer.from("key")],
  ]);
  assert.ok(names instanceof LuaTable);
  for (const same of [memory.get("t"), lua.table(2), lua.table("names"), [...memory.keys()][1]])
    assert.equal(same, names);
  assert.equal(memory.get(names), "key");
  assert.equal(names.id, 2);
  memory.set("self", memory);
  assert.equal(memory.get("self").get("self"), memory);
});

test("ids above 2^31 work", () => {
  lua.table(0xfffffffe).set("x", lua.table(0x80000000));
  assert.deepEqual(storeOf(lua).get(0xfffffffe), [[Buffer.from("x"), { table: 0x80000000 }]]);
  assert.equal(lua.table(0xfffffffe).get("x").id, 0x80000000);
});

for (const what of [0, -1, 1.5, NaN, 0xffffffff, 2 ** 32, 1n, undefined, null, {}, true]) {
  test(`lua.table(${String(what)}) is an Error`, () => {
    assert.throws(() => lua.table(what), /^Error: lua.table takes a name or an id from 1 to 4294967294, not /);
  });
}

test("a view of another LuaPersistent is neither value nor key", () => {
  const foreign = new LuaPersistent().table(1);
  assert.throws(() => memory.set("x", foreign), /cannot store an object of class LuaTable \(field 'x'\)/);
  assert.throws(() => memory.set(foreign, 1), /cannot use an object of class LuaTable as a key/);
  assert.equal(memory.get(foreign), undefined);
});

test("a view stays right after restoreSnapshot", () => {
  memory.set("x", { y: 1 });
  const nested = memory.get("x");
  const before = lua.createSnapshot();
  nested.set("y", 2);
  memory.set("x", null);
  lua.restoreSnapshot(before);
  assert.equal(memory.get("x"), nested);
  assert.equal(nested.get("y"), 1);
  lua.restoreSnapshot({ tables: [] });
  assert.deepEqual([memory.size, nested.size, [...nested]], [0, 0, []]);
  nested.set("z", 3);
  assert.equal(lua.table(nested.id).get("z"), 3);
});

test("views not in use are collected", async () => {
  v8.setFlagsFromString("--expose-gc");
  const collectGarbage = vm.runInNewContext("gc");
  let collected = 0;
  const registry = new FinalizationRegistry(() => collected++);
  memory.set("t", {});
  for (let i = 0; i < 100; i++) {
    registry.register(memory.get("t"));
    await setImmediate();
    collectGarbage();
  }
  assert.ok(collected > 50);
  assert.equal(memory.get("t"), memory.get("t"));
});

const hex = text => Buffer.from(text, "hex");

for (const value of [
  "",
  "01",
  "0102",
  "010101",
  "02",
  "0201",
  "02010203040506070809",
  "03",
  "04",
  "040000",
  "0401000000",
  "04000000000a",
  "04ffffffff",
  "0700000000",
  "07ffffffff",
  "070100",
  "08",
  "ff",
  "0000",
]) {
  test(`the value ${value || "of no bytes"} is malformed: an Error with its key, and iteration too`, () => {
    lua.restoreSnapshot(
      rawSnapshot({
        1: [
          ["good", hex("0101")],
          ["k", hex(value)],
          [hex("020300000000000000"), hex(value)],
        ],
      }),
    );
    assert.throws(() => memory.get("k"), { message: "external table 1: malformed value for key 'k'" });
    assert.throws(() => memory.get(3), { message: "external table 1: malformed value for key [3]" });
    assert.throws(() => [...memory], /malformed value for key 'k'/);
    assert.equal(memory.get("good"), true);
    assert.equal(memory.has("k"), true);
    memory.set("k", 1);
    assert.equal(memory.get("k"), 1);
  });
}

for (const value of ["05", "06", "0504000000abcdef00"]) {
  test(`the value ${value} is an Error that says that it is a function`, () => {
    lua.restoreSnapshot(rawSnapshot({ 9: [["f", hex(value)]] }));
    const message = "external table 9: the value for key 'f' is a function of an older build, which cannot be read";
    assert.throws(() => lua.table(9).get("f"), { message });
  });
}

for (const key of [
  "",
  "00",
  "01",
  "0102",
  "05",
  "06aa",
  "0201",
  "040200000061",
  "04010000006162",
  "040100000061",
  "030000000000000840",
  "03000000000000f87f",
  "030000000000000080",
  "0700000000",
  "07ffffffff",
]) {
  test(`the key ${key || "of no bytes"} is malformed`, () => {
    lua.restoreSnapshot(rawSnapshot({ 1: [[hex(key), hex("0101")]] }));
    for (const how of ["keys", "values", "entries"]) {
      assert.throws(() => [...memory[how]()], { message: "external table 1: malformed key" });
    }
    assert.equal(memory.size, 1);
    memory.clear();
    assert.equal(memory.size, 0);
  });
}
