// Typed results: what each Lua value becomes, by the real lua.wasm; and messages that are damaged.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { LuaOpaque, LuaPersistent, LuaTable } from "../../js/dist/index.js";
import { decodeError, decodeResults } from "../../js/dist/values/results.js";

let lua;
before(async () => {
  lua = await LuaPersistent.open();
});

const valuesOf = async code => (await lua.run(code)).values;
const valueOf = async code => {
  const values = await valuesOf(`return ${code}`);
  assert.equal(values.length, 1);
  return values[0];
};

const SCALARS = [
  ["nil", undefined],
  ["true", true],
  ["false", false],
  ["0", 0],
  ["-7", -7],
  ["9007199254740991", 9007199254740991],
  ["9007199254740992", 9007199254740992n],
  ["-9007199254740991", -9007199254740991],
  ["-9007199254740992", -9007199254740992n],
  ["math.maxinteger", 2n ** 63n - 1n],
  ["math.mininteger", -(2n ** 63n)],
  ["3.0", 3],
  ["0.1", 0.1],
  ["-0.0", -0],
  ["2.0^53", 9007199254740992],
  ["1e308", 1e308],
  ["1/0", Infinity],
  ["-1/0", -Infinity],
  ["0/0", NaN],
  ['""', ""],
  ['"gr\u00fc\u00dfe \u{1f319}"', "gr\u00fc\u00dfe \u{1f319}"],
  ['"\\u{feff}mark"', "\ufeffmark"],
  ['"\\0"', "\0"],
  ['"\\255\\0"', Uint8Array.of(255, 0)],
  ['"\\xed\\xa0\\x80"', Uint8Array.of(0xed, 0xa0, 0x80)],
];
for (const [code, expected] of SCALARS) {
  test(`${code} becomes ${typeof expected === "bigint" ? `${expected}n` : (JSON.stringify(expected) ?? "undefined")}`, async () => {
    assert.deepEqual(await valueOf(code), expected);
  });
}

test("no values are an empty array; nil among others keeps its place", async () => {
  assert.deepEqual(await valuesOf("local x = 1"), []);
  assert.deepEqual(await valuesOf("return"), []);
  assert.deepEqual(await valuesOf("return nil, 1, nil"), [undefined, 1, undefined]);
});

const TABLES = [
  ["{}", []],
  ["{1, 'two', {3}}", [1, "two", [3]]],
  ["{[2] = 'b', [1] = 'a'}", ["a", "b"]],
  ["{[1.0] = 'a'}", ["a"]],
  ["{a = 1, b = {c = true}}", { a: 1, b: { c: true } }],
  ["{['1'] = 'text'}", { 1: "text" }],
  ["{[''] = 1}", { "": 1 }],
  ["{[2] = 1}", new Map([[2, 1]])],
  ["{[0] = 1}", new Map([[0, 1]])],
  [
    "{1, 2, nil, 4}",
    new Map([
      [1, 1],
      [2, 2],
      [4, 4],
    ]),
  ],
  [
    "{1, x = 2}",
    new Map([
      [1, 1],
      ["x", 2],
    ]),
  ],
  ["{[true] = false}", new Map([[true, false]])],
  ["{[1.5] = 1}", new Map([[1.5, 1]])],
  ["{[1 << 60] = 1}", new Map([[2n ** 60n, 1]])],
  [
    "{a = 1, ['\\255'] = 2}",
    new Map([
      ["a", 1],
      [Uint8Array.of(255), 2],
    ]),
  ],
  ["setmetatable({1}, {__index = {x = 1}, __pairs = error, __len = error})", [1]],
];
for (const [code, expected] of TABLES) {
  test(`the table ${code} becomes ${expected instanceof Map ? "a Map" : Array.isArray(expected) ? "an array" : "an object"}`, async () => {
    assert.deepEqual(await valueOf(code), expected);
  });
}

test("a table is a copy", async () => {
  await lua.run("t = {1}");
  const first = await valueOf("t");
  first[0] = 2;
  assert.deepEqual(await valueOf("t"), [1]);
});

test("the same table is the same object, within all values of a run", async () => {
  const [a, b] = await valuesOf("local s = {} return {s, s, x = s}, s");
  assert.equal(a.get(1), b);
  assert.equal(a.get(2), b);
  assert.equal(a.get("x"), b);
});

test("cycles are kept, through keys too", async () => {
  const [list, object, map] = await valuesOf(`
    local list, object, map = {}, {}, {}
    list[1], object.self, map[map] = list, object, map
    return list, object, map`);
  assert.equal(list[0], list);
  assert.equal(object.self, object);
  assert.equal(map.get(map), map);
});

test("an external table is the view that lua.table gives, also as a key", async () => {
  const [memory, list, map] = await valuesOf("Memory.x = 1 return Memory, {ext.table('n')}, {[Memory] = 1}");
  assert.ok(memory instanceof LuaTable);
  assert.equal(memory, lua.table(1));
  assert.equal(memory.get("x"), 1);
  assert.equal(list[0], lua.table("n"));
  assert.equal(map.get(memory), 1);
});

test("coroutines and userdata are LuaOpaque, with the text that tostring gives", async () => {
  const [opaque, text] = await valuesOf("return io.stdout, tostring(io.stdout)");
  assert.ok(opaque instanceof LuaOpaque);
  assert.equal(opaque.text, text);
  assert.equal(`${opaque}`, text);
  assert.throws(() => {
    opaque.text = "other";
  }, TypeError);
  const [map] = await valuesOf("return {[io.stdout] = coroutine.create(print)}");
  assert.deepEqual(
    [...map.keys(), ...map.values()].map(item => item instanceof LuaOpaque),
    [true, true],
  );
});

test("the names of Object.prototype are fields like any other, and nothing is polluted", async () => {
  const names = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"];
  const code = `return {${names.map(name => `["${name}"] = {polluted = "${name}"}`).join(",")}}`;
  const [object] = await valuesOf(code);
  assert.deepEqual(Object.keys(object).sort(), [...names].sort());
  for (const name of names) assert.deepEqual(Object.getOwnPropertyDescriptor(object, name).value, { polluted: name });
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
  assert.equal({}.polluted, undefined);
  assert.equal(Object.prototype.polluted, undefined);
});

test("a table 100,000 deep and one of 200,000 fields arrive whole", async () => {
  let [deep] = await valuesOf("local t = {} for i = 1, 100000 do t = {t} end return t");
  let depth = 0;
  for (; deep.length > 0; deep = deep[0]) depth++;
  assert.equal(depth, 100_000);
  const [wide] = await valuesOf("local t = {} for i = 1, 200000 do t['k' .. i] = i end return t");
  assert.equal(Object.keys(wide).length, 200_000);
  assert.equal(wide.k123456, 123456);
});

test("values are not cut as the text of eval is", async () => {
  assert.equal((await valueOf('("x"):rep(300000)')).length, 300_000);
});

// Messages by hand.

const u32 = value => [...new Uint8Array(Uint32Array.of(value).buffer)];
const string = text => [4, ...u32(text.length), ...Buffer.from(text)];
const integer = value => [2, ...new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)];
const table = (...fields) => [8, ...u32(fields.length / 2), ...fields.flat()];
const message = (...values) => Uint8Array.from([...u32(values.length), ...values.flat()]);
const decode = bytes => decodeResults(bytes, id => ({ id }));

const NOT_A_NUMBER = [3, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
const MALFORMED = {
  "no bytes": Uint8Array.of(),
  "half a count": Uint8Array.of(1, 0),
  "a count without values": Uint8Array.from(u32(1)),
  "a huge count": Uint8Array.from([...u32(0xffffffff), 0, 0]),
  "bytes after the end": Uint8Array.from([...message([0]), 0]),
  "an unknown tag": message([11]),
  "the tag of an old function": message([5]),
  "the tag 255": message([255]),
  "a boolean of 2": message([1, 2]),
  "half an integer": message([2, 0, 0, 0]),
  "half a float": message([3, 0]),
  "a string longer than the message": message([4, ...u32(5), 97]),
  "a string of 4 GiB": message([4, ...u32(0xffffffff), 97]),
  "table 0": message([7, ...u32(0)]),
  "the table of the services": message([7, ...u32(0xffffffff)]),
  "half a table id": message([7, 1, 0]),
  "a table with too few fields": message([8, ...u32(2), ...integer(1), 0]),
  "a table of 4 G fields": message([8, ...u32(0xffffffff), ...integer(1), ...integer(1)]),
  "a reference to no table": message([9, ...u32(0)]),
  "a reference ahead": message([9, ...u32(0)], table()),
  "a reference beyond": message(table(), [9, ...u32(1)]),
  "a key twice in an array": message(table(integer(1), integer(5), integer(1), integer(6))),
  "a key twice in an object": message(table(string("a"), integer(5), string("a"), integer(6))),
  "__proto__ twice": message(table(string("__proto__"), integer(5), string("__proto__"), integer(6))),
  "a key twice in a Map": message(table(integer(7), integer(5), integer(7), integer(6))),
  "nil as key": message(table([0], integer(1))),
  "NaN as key": message(table(NOT_A_NUMBER, integer(1))),
  "nil as value of a field": message(table(integer(1), [0])),
  "an opaque longer than the message": message([10, ...u32(9), 97]),
};
for (const [what, bytes] of Object.entries(MALFORMED)) {
  test(`${what} in a message is an Error`, () => {
    assert.throws(() => decode(bytes), /^Error: lua\.wasm sent a message that cannot be read: /);
  });
}

test("a message by hand is what it says", () => {
  const [list, again, object] = decode(
    message(table(integer(1), string("x")), [9, ...u32(0)], table(string("t"), [7, ...u32(9)])),
  );
  assert.deepEqual(list, ["x"]);
  assert.equal(again, list);
  assert.deepEqual(object, { t: { id: 9 } });
});

test("an error message cut anywhere, or with a wrong kind of value, is an Error", () => {
  const whole = Uint8Array.from([...string("boom"), ...string(""), ...integer(3), ...table()]);
  assert.deepEqual(
    decodeError(whole, () => {}),
    { message: "boom", traceback: "", line: 3, value: [] },
  );
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => decodeError(whole.subarray(0, length), () => {}), /cannot be read/);
  }
  const wrong = [...string("boom"), ...string(""), ...string("3"), 0];
  assert.throws(() => decodeError(Uint8Array.from(wrong), () => {}), /its line is not an integer/);
});

test("every single changed byte of a message gives values or an Error, soon", () => {
  const cyclic = table(integer(1), [9, ...u32(0)], integer(2), table(string("key"), [10, ...u32(1), 120]));
  const whole = message(cyclic, string("text"), [7, ...u32(3)], [3, 1, 2, 3, 4, 5, 6, 7, 8], [1, 1]);
  for (let at = 0; at < whole.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const bytes = whole.slice();
      bytes[at] = byte;
      try {
        assert.ok(Array.isArray(decode(bytes)));
      } catch (error) {
        assert.match(error.message, /cannot be read/, `byte ${at} as ${byte}`);
      }
    }
  }
});
