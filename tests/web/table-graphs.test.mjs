// Plain objects, arrays and Maps, stored by value as new tables; and what cannot be stored.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import vm from "node:vm";
import { ExternalTables } from "../../js/dist/core/external-tables.js";
import { PlainServices } from "../../js/dist/core/host.js";
import { LuaInstance } from "../../js/dist/core/instance.js";
import { LuaOpaque, LuaPersistent } from "../../js/dist/index.js";
import { snapshot, storeOf, valueBytes } from "./wire.mjs";

let lua, memory;
beforeEach(() => {
  lua = new LuaPersistent();
  memory = lua.table(1);
});

test("an object, an array and a Map are tables: text keys, integers from 1, any keys", () => {
  memory.set("t", {
    a: 1,
    2: "two",
    list: ["x", "y"],
    map: new Map([
      [1.5, true],
      [false, 0],
      [lua.table("n"), 1n],
    ]),
  });
  const text = string => Buffer.from(string);
  assert.deepEqual(
    storeOf(lua),
    new Map([
      [
        0,
        [
          [text("next"), 6n],
          [text("name:n"), { table: 2 }],
        ],
      ],
      [
        3,
        [
          [text("2"), text("two")],
          [text("a"), 1n],
          [text("list"), { table: 4 }],
          [text("map"), { table: 5 }],
        ],
      ],
      [
        4,
        [
          [1n, text("x")],
          [2n, text("y")],
        ],
      ],
      [
        5,
        [
          [1.5, true],
          [false, 0n],
          [{ table: 2 }, 1n],
        ],
      ],
      [1, [[text("t"), { table: 3 }]]],
    ]),
  );
});

test("shared references and cycles are kept", () => {
  const shared = { name: "shared" };
  const cycle = { shared, list: [shared, shared] };
  cycle.self = cycle;
  cycle.list.push(cycle, cycle.list);
  memory.set("c", cycle);
  const stored = memory.get("c");
  const list = stored.get("list");
  assert.equal(stored.get("self"), stored);
  assert.deepEqual(
    [list.get(1), list.get(2), list.get(3), list.get(4)],
    [stored.get("shared"), stored.get("shared"), stored, list],
  );
  assert.equal(stored.get("shared").get("name"), "shared");
  assert.equal(storeOf(lua).size, 5);
});

test("by value: later changes to the plain one do not reach the stored one, nor the other way", () => {
  const plain = { list: [1] };
  memory.set("a", plain).set("b", plain);
  plain.list.push(2);
  memory.get("a").get("list").set(1, "changed");
  assert.equal(memory.get("a").get("list").size, 1);
  assert.equal(memory.get("b").get("list").get(1), 1);
  assert.deepEqual(plain, { list: [1, 2] });
});

test("empty ones are empty tables of their own", () => {
  memory.set("o", {}).set("a", []).set("m", new Map());
  assert.deepEqual(
    [...memory.values()].map(table => [table.id, table.size]),
    [
      [2, 0],
      [3, 0],
      [4, 0],
    ],
  );
});

test("objects without prototype, and those of another frame, are plain", () => {
  memory.set("null", Object.assign(Object.create(null), { x: 1 }));
  memory.set("frame", vm.runInNewContext("({ list: [1, 2], map: new Map([[1, new Uint8Array([255])]]) })"));
  assert.equal(memory.get("null").get("x"), 1);
  assert.equal(memory.get("frame").get("list").get(2), 2);
  assert.deepEqual(memory.get("frame").get("map").get(1), Uint8Array.of(255));
});

test("the names of Object.prototype are keys like any other", () => {
  memory.set("o", JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": "x"}'));
  const stored = memory.get("o");
  assert.equal(stored.get("__proto__").get("polluted"), true);
  assert.deepEqual([stored.get("constructor"), stored.get("toString"), stored.get("valueOf")], [1, "x", undefined]);
  assert.equal({}.polluted, undefined);
  for (const key of ["__proto__", "constructor", "hasOwnProperty"]) {
    assert.deepEqual([memory.get(key), memory.has(key), memory.delete(key)], [undefined, false, false]);
    assert.equal(memory.set(key, key).get(key), key);
  }
});

test("accessors are read once, fields that are not enumerable are left out", () => {
  let reads = 0;
  const object = Object.defineProperty(
    {
      get x() {
        return ++reads;
      },
    },
    "hidden",
    { value: () => {} },
  );
  memory.set("o", object);
  assert.deepEqual([...memory.get("o")], [["x", 1]]);
});

test("an accessor that throws changes nothing", () => {
  assert.throws(
    () =>
      memory.set("o", {
        a: {},
        get x() {
          throw new RangeError("mine");
        },
      }),
    RangeError,
  );
  assert.equal(storeOf(lua).size, 0);
});

test("a chain 200,000 deep and a list of 200,000 are stored", () => {
  let chain = {};
  for (let i = 0; i < 200_000; i++) chain = { next: chain };
  memory.set("chain", chain).set(
    "list",
    Array.from({ length: 200_000 }, (_, i) => i),
  );
  let depth = 0;
  for (let at = memory.get("chain"); at; at = at.get("next")) depth++;
  assert.equal(depth, 200_001);
  assert.equal(memory.get("list").get(200_000), 199_999);
});

class Point {
  x = 1;
}
class Names extends Map {}
class List extends Array {}

const DATA = "data: a table here holds no functions";
const PLAIN = "a plain object, an array or a Map, for example { ...object }";
const NUMBERS = "its numbers as an array, for example Array.from(array), or bytes as a Uint8Array";
const PRIMITIVE = "its primitive, value.valueOf()";
const TEXT = "a string, for example String(value)";

/** What cannot be stored, how the message names it, and what it says to pass. */
const UNSTORABLE = [
  [() => {}, "a function", DATA],
  [Point, "a function", DATA],
  [Symbol("s"), "a symbol", "a string, for example symbol.description"],
  [new Date(), "a Date", "a number or a string, for example date.toISOString()"],
  [new Point(), "an object of class Point", PLAIN],
  [new Names(), "an object of class Names", "a plain Map, for example new Map(map)"],
  [List.of(1), "an object of class List", "a plain array, for example Array.from(array)"],
  [new Set(), "a Set", "an array, for example [...set]"],
  [/x/, "a RegExp", "a string, for example regexp.source"],
  [new TypeError("x"), "an object of class TypeError", "a string, for example error.message"],
  [new URL("http://localhost"), "a URL", "a string, for example url.href"],
  [new ArrayBuffer(1), "an ArrayBuffer", "bytes, for example new Uint8Array(buffer)"],
  [new Float64Array(1), "a Float64Array", NUMBERS],
  [new Uint8ClampedArray(1), "a Uint8ClampedArray", NUMBERS],
  [new Number(1), "a Number", PRIMITIVE],
  [(function* () {})(), "a Generator", PLAIN],
  [new (class {})(), "an object of class Object", PLAIN],
  [Promise.resolve(), "a Promise", "what it resolves to: await it first"],
  [new LuaOpaque("x"), "an object of class LuaOpaque", "data: it stands for what only Lua has"],
  [
    new LuaPersistent().table(1),
    "an object of class LuaTable",
    "a copy, for example table.toObject(): this is a table of another LuaPersistent",
  ],
  [Math, "an object of class Object", PLAIN],
  [
    {
      get [Symbol.toStringTag]() {
        return "constructor";
      },
    },
    "an object of class Object",
    PLAIN,
  ],
  [2n ** 63n, "9223372036854775808n, which has more than 64 bits", TEXT],
  [-(2n ** 63n) - 1n, "-9223372036854775809n, which has more than 64 bits", TEXT],
  [
    "\ud83c",
    "a string with half a surrogate pair",
    "whole characters, for example value.toWellFormed(), or a Uint8Array of bytes",
  ],
];

for (const [value, named, instead] of UNSTORABLE) {
  test(`${named} cannot be stored: an Error with its path and what to pass, and nothing has changed`, () => {
    memory.set("cfg", 1);
    const before = lua.createSnapshot().tables;
    const message = path => ({ name: "Error", message: `cannot store ${named} (field '${path}'): pass ${instead}` });
    assert.throws(() => memory.set("cfg", value), message("cfg"));
    assert.throws(() => memory.set("cfg", { handlers: [1, value] }), message("cfg.handlers[1]"));
    assert.throws(() => memory.set(3, new Map([["a b", { x: value }]])), message("[3]['a b'].x"));
    assert.deepEqual(lua.createSnapshot().tables, before);
  });
}

test("undefined and null are absent: fields are left out, elements leave a gap", () => {
  memory.set("t", {
    name: "x",
    email: null,
    age: undefined,
    list: [1, null, 3, undefined],
    map: new Map([
      [1, null],
      [2, "b"],
    ]),
  });
  const stored = memory.get("t");
  assert.deepEqual([...stored.keys()], ["name", "list", "map"]);
  assert.deepEqual(
    [...stored.get("list")],
    [
      [1, 1],
      [3, 3],
    ],
  );
  assert.deepEqual([...stored.get("map")], [[2, "b"]]);
  assert.deepEqual([...memory.set("only", [undefined, null]).get("only")], []);
});

test("a long array with few elements is stored by these", () => {
  const sparse = [];
  sparse[2 ** 32 - 2] = "last";
  sparse[1] = "x";
  memory.set("s", Object.assign(sparse, { note: "no element" }));
  assert.deepEqual(
    [...memory.get("s")],
    [
      [2, "x"],
      [2 ** 32 - 1, "last"],
    ],
  );
});

test("paths show keys of every kind, and only the end of a long one", () => {
  const path = value => {
    try {
      memory.set(true, value);
    } catch ({ message }) {
      return /^cannot store a function \(field '(.*)'\): pass /.exec(message)[1];
    }
  };
  const f = () => {};
  assert.equal(path(f), "[true]");
  assert.equal(path(new Map([[lua.table(7), f]])), "[true][external table 7]");
  assert.equal(path(new Map([[Uint8Array.of(1), new Map([[-1.5, [f]]])]])), "[true][Uint8Array][-1.5][0]");
  assert.equal(path({ ["x".repeat(61)]: f }), `[true]['${"x".repeat(60)}...']`);
  let deep = f;
  for (let i = 0; i < 100; i++) deep = { [`k${i}`]: deep };
  assert.equal(path(deep), "....k10.k9.k8.k7.k6.k5.k4.k3.k2.k1.k0");
});

test("what cannot be a key inside a graph is an Error with its path", () => {
  const fails = (value, message) => assert.throws(() => memory.set("m", value), { message });
  fails(new Map([[NaN, 1]]), "cannot use NaN as a key (field 'm[NaN]')");
  fails({ a: new Map([[{}, 1]]) }, "cannot use an object of class Object as a key (field 'm.a[Object]')");
  fails({ [Symbol("s")]: 1 }, "cannot use a symbol as a key (field 'm[Symbol(s)]')");
  fails(
    new Map([[2n ** 64n, 1]]),
    "cannot use 18446744073709551616n, which has more than 64 bits as a key (field 'm[18446744073709551616]')",
  );
  assert.equal(storeOf(lua).size, 0);
});

test("two keys of a Map that are one in Lua are an Error, not a loss", () => {
  const fails = (entries, message) => assert.throws(() => memory.set("m", new Map(entries)), { message });
  fails(
    [
      [1, "a"],
      [1n, "b"],
    ],
    "the key is there twice (field 'm[1]')",
  );
  fails(
    [
      ["a", 1],
      [Uint8Array.of(97), 2],
    ],
    "the key is there twice (field 'm[Uint8Array]')",
  );
});

test("ids that are in use or seen by a view are not given to new tables", () => {
  lua.restoreSnapshot(snapshot({ 0: [["next", 2n]], 3: [["x", 1n]] }));
  const five = lua.table(5);
  memory.set("pair", [{}]);
  assert.deepEqual([memory.get("pair").id, memory.get("pair").get(1).id], [6, 7]);
  assert.equal(five.size, 0);
});

/** `lua` with this `next`, as no snapshot can leave it. */
function withNext(next) {
  const tables = new ExternalTables();
  tables.set(0, "next", Uint8Array.from(valueBytes(next)));
  lua = new LuaPersistent(new LuaInstance(tables, new PlainServices()));
  memory = lua.table(1);
  memory.set("x", 1);
}

test("when no id is left nothing has changed", () => {
  withNext(2n ** 31n - 1n);
  const before = lua.createSnapshot().tables;
  const message = "external tables: no free id is left: save and restore a snapshot, which numbers the tables anew";
  assert.throws(() => memory.set("x", [[]]), { message });
  assert.deepEqual(lua.createSnapshot().tables, before);
  memory.set("x", {});
  assert.equal(memory.get("x").id, 2 ** 31 - 1);
  assert.throws(() => memory.set("y", {}), { message });
});

test("after that a snapshot that is restored has ids again, and the same contents: names, keys, cycles, tables without keys", () => {
  withNext(2n ** 31n - 5n);
  const empty = lua.table("empty");
  const cycle = { list: [1, 2.5, "\u0007"] };
  cycle.self = cycle;
  memory.set("cycle", cycle).set(empty, "a table is the key").set("empty", empty);
  const shown = lua.table(1).toObject();
  assert.throws(() => memory.set("more", [{}, {}]), /no free id is left/);
  const other = new LuaPersistent();
  other.restoreSnapshot(JSON.parse(JSON.stringify(lua.createSnapshot())));
  assert.deepEqual(other.table(1).toObject(), shown);
  const read = other.table(1);
  assert.equal(read.get("empty"), other.table("empty"));
  assert.equal(read.get(other.table("empty")), "a table is the key");
  assert.ok(read.get("cycle").id < 10);
  read.set("more", [{}, {}]);
  assert.equal(read.get("more").size, 2);
});

test("ids of a snapshot stay while half of all are left", () => {
  lua.restoreSnapshot(snapshot({ 0: [["next", 2n ** 30n - 1n]], 1: [["t", { table: 77 }]], 77: [["x", 1n]] }));
  assert.equal(memory.get("t").id, 77);
  lua.restoreSnapshot(snapshot({ 0: [["next", 2n ** 30n]], 1: [["t", { table: 77 }]], 77: [["x", 1n]] }));
  assert.equal(lua.table(1).get("t").id, 2);
});
