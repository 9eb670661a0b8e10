// Contents of tables where JavaScript copies or shows objects by itself: JSON, structuredClone, the console, toObject.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inspect } from "node:util";
import { LuaPersistent } from "../../js/dist/index.js";

let lua;
before(async () => {
  lua = await LuaPersistent.open();
});

const valueOf = async code => (await lua.run(code)).values[0];
const stored = code => valueOf(`Memory.t = ${code} return Memory.t`);
const CONTENTS = "{ name = 'x', list = { 1, { deep = true } }, none = {} }";

test("JSON of an external table is what it is of a plain one with the same contents", async () => {
  const json = JSON.stringify(await valueOf(`return ${CONTENTS}`), null, 1);
  assert.equal(JSON.stringify(await stored(CONTENTS), null, 1), json);
  assert.equal(JSON.stringify({ in: [await stored(CONTENTS)] }), `{"in":[${JSON.stringify(JSON.parse(json))}]}`);
});

/** Tables that are a Map in JavaScript, and their JSON. */
const MAPS = [
  ["{ 1, nil, 3 }", "[1,null,3]"],
  ["{ [1] = 1, [4] = 4 }", "[1,null,null,4]"],
  ["{ [1] = 1, [100] = 100 }", '{"1":1,"100":100}'],
  ["{ [0] = 'zero', [1] = 'one' }", '{"0":"zero","1":"one"}'],
  ["{ [true] = 1, [1.5] = 2, [-1] = 3, x = 4 }", '{"-1":3,"true":1,"1.5":2,"x":4}'],
  ["{ [1] = 1, [3] = { [2] = 'b', [3] = { x = 1 } } }", '[1,null,[null,"b",{"x":1}]]'],
  ["{ [9] = 1, __proto__ = 2, toString = 3 }", '{"9":1,"__proto__":2,"toString":3}'],
];

for (const [code, json] of MAPS) {
  test(`JSON of ${code} is ${json}, plain and stored`, async () => {
    const sorted = text => (text.startsWith("{") ? Object.entries(JSON.parse(text)).sort() : JSON.parse(text));
    for (const value of [await valueOf(`return ${code}`), await stored(code)]) {
      assert.deepEqual(sorted(JSON.stringify(value)), sorted(json));
      assert.deepEqual(sorted(JSON.stringify([value]).slice(1, -1)), sorted(json));
    }
  });
}

test("a Map of a run is equal to any other Map, and can be cloned and stored", async () => {
  const map = await valueOf("return { 1, nil, 3 }");
  const same = new Map([
    [1, 1],
    [3, 3],
  ]);
  assert.deepStrictEqual(map, same);
  assert.deepStrictEqual(structuredClone(map), same);
  assert.deepEqual(lua.table(1).set("map", map).get("map").toObject(), same);
  assert.equal(inspect(map), inspect(same));
});

test("JSON of cycles is the error that it is for every object", async () => {
  for (const code of [
    "local t = { a = {} } t.a.t = t return t",
    "local t = { 1, nil, 3 } t[5] = t return t",
    "Memory.c = {} Memory.c.c = { Memory.c } return Memory.c",
  ]) {
    const value = await valueOf(code);
    assert.throws(() => JSON.stringify(value), /^TypeError: .*(circular|cyclic)/);
  }
});

test("JSON says which table it cannot show, and what to do", async () => {
  const table = await stored("{ [1] = 'a', ['1'] = 'b' }");
  const wayOn = "make an array of its entries, [...table]";
  const says = (value, what, why) =>
    assert.throws(() => JSON.stringify(value), {
      name: "TypeError",
      message: `JSON cannot show ${what}, for ${why}: ${wayOn}`,
    });
  says(table, `external table ${table.id}`, "its keys 1 and '1' are one there");
  says(await valueOf("return { [1] = 'a', ['1'] = 'b' }"), "this Map", "its keys 1 and '1' are one there");
  says(await valueOf("return { [{}] = 1 }"), "this Map", "one of its keys is a table");
  const keys = await stored("{ ['\\xff'] = 1 }");
  says(keys, `external table ${keys.id}`, "one of its keys is not text");
});

test("a replacer of JSON.stringify sees BigInts and bytes inside", async () => {
  const table = await stored("{ big = math.maxinteger, bytes = '\\xff' }");
  const replacer = (key, value) =>
    typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? [...value] : value;
  assert.deepEqual(JSON.parse(JSON.stringify(table, replacer)), { big: "9223372036854775807", bytes: [255] });
});

test("toObject is a copy: shared tables and cycles are kept, and it does not change with the table", async () => {
  const table = await stored(`{ shared = { 1 }, map = { [0.5] = 'half' } }`);
  await lua.run("local t = Memory.t t.again = t.shared t.self = t t.keys = { [t.shared] = 'as key' }");
  const plain = table.toObject();
  assert.equal(plain.self, plain);
  assert.equal(plain.again, plain.shared);
  assert.deepEqual([...plain.keys], [[plain.shared, "as key"]]);
  assert.deepEqual([plain.shared, plain.map], [[1], new Map([[0.5, "half"]])]);
  await lua.run("Memory.t.shared[1] = 2");
  assert.deepEqual(plain.shared, [1]);
  assert.deepEqual(table.toObject().shared, [2]);
});

test("large and deep tables can be copied, and a large one is JSON", () => {
  const big = new LuaPersistent();
  let chain = {};
  for (let i = 0; i < 100_000; i++) chain = { next: chain };
  big
    .table(1)
    .set(
      "list",
      Array.from({ length: 100_000 }, (_, i) => i),
    )
    .set("chain", chain);
  let depth = 0;
  for (let at = big.table(1).toObject().chain; at; at = Array.isArray(at) ? undefined : at.next) depth++;
  assert.equal(depth, 100_001);
  assert.equal(JSON.parse(JSON.stringify(big.table(1).get("list"))).length, 100_000);
});

test("a view cannot be cloned or spread silently: the error says what to do", async () => {
  const table = await stored("{ 1 }");
  const error = {
    name: "TypeError",
    message: `external table ${table.id}: a view cannot be copied or sent, take its toObject()`,
  };
  assert.throws(() => structuredClone({ in: [table] }), error);
  assert.throws(() => ({ ...table }), error);
  assert.deepEqual(structuredClone(table.toObject()), [1]);
});

test("Node's console shows a view as a Map of its contents, to the usual depth, and cycles", async () => {
  const table = await stored("{ 1, { x = { y = { z = {} } } } }");
  await lua.run("Memory.t[3] = Memory.t");
  assert.equal(
    inspect(table, { breakLength: Infinity }),
    "<ref *1> LuaTable(3) [Map] { 1 => 1, 2 => LuaTable(1) [Map] { 'x' => LuaTable(1) [Map] { 'y' => [LuaTable] } }, 3 => [Circular *1] }",
  );
  assert.equal(inspect({ a: { b: { c: table } } }), "{ a: { b: { c: [LuaTable] } } }");
  assert.match(inspect(table, { depth: null }), /'z' => LuaTable\(0\) \[Map\] \{\}/);
});

test("Node's console shows a view that cannot be read, too", () => {
  const other = new LuaPersistent();
  other.restoreSnapshot({ version: 2, tables: [{ id: 1, entries: [[btoa("k"), btoa("\x09")]] }] });
  assert.equal(inspect(other.table(1)), "[LuaTable: external table 1: malformed value for key 'k']");
});
