// Views and the real lua.wasm: JavaScript and Lua see each other's writes, in both directions.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { rawSnapshot } from "./wire.mjs";

let lua, memory;
beforeEach(async () => {
  lua = await new LuaPersistent().load();
  memory = lua.table(1);
});

/** Bytes as a Lua literal. */
const quoted = bytes => `"${Array.from(Buffer.from(bytes), byte => `\\${String(byte).padStart(3, "0")}`).join("")}"`;

/** A JavaScript value, and the Lua expression for what it is in Lua. */
const PAIRS = [
  [true, "true"],
  [false, "false"],
  [0, "0"],
  [-1, "-1"],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  [9007199254740992n, "9007199254740992"],
  [-9007199254740992n, "-9007199254740992"],
  [2n ** 63n - 1n, "math.maxinteger"],
  [-(2n ** 63n), "math.mininteger"],
  [0.1, "0.1"],
  [-1e300, "-1e300"],
  [Infinity, "math.huge"],
  [2 ** 63, "2.0^63"],
  [5e-324, "0x1p-1074"],
  ["", '""'],
  ["7", '"7"'],
  ["grüße 🌙", '"grüße 🌙"'],
  ["\0", '"\\0"'],
  ["\x07bell", '"\\7bell"'],
  ["__proto__", '"__proto__"'],
  ["constructor", '"constructor"'],
  [Uint8Array.of(0xff, 0xfe, 0), '"\\255\\254\\0"'],
  [Uint8Array.of(0, 0xff), '"\\0\\255"'],
  ["x".repeat(16379), 'string.rep("x", 16379)'],
  ["x".repeat(16380), 'string.rep("x", 16380)'],
  ["0123456789".repeat(100_000), 'string.rep("0123456789", 100000)'],
  [new Uint8Array(1 << 20).fill(0xe9), 'string.rep("\\xe9", 1048576)'],
];
const named = lua => (lua.length > 40 ? `${lua.slice(0, 40)}...` : lua);

for (const [value, code] of PAIRS) {
  const is = field => lua.eval(`local v, w = ${field}, ${code} return v == w and math.type(v) == math.type(w)`);

  test(`${named(code)} as a value, from JavaScript to Lua and back`, () => {
    memory.set("v", value);
    assert.equal(is("Memory.v"), "true");
    lua.eval(`Memory.v, Memory.w = nil, ${code}`);
    assert.deepEqual([memory.has("v"), memory.get("w")], [false, value]);
  });

  test(`${named(code)} as a key, from JavaScript to Lua and back`, () => {
    memory.set(value, "js");
    assert.equal(lua.eval(`return Memory[${code}]`), "js");
    assert.equal(is("(next(ext.copy(Memory)))"), "true");
    lua.eval(`Memory[${code}] = "lua"`);
    assert.deepEqual([...memory], [[value, "lua"]]);
    assert.equal(memory.delete(value), true);
    assert.equal(lua.eval(`return Memory[${code}]`), "nil");
  });
}

test("numbers that Lua and JavaScript tell apart differently", () => {
  memory
    .set("zero", -0)
    .set("large", 2 ** 53)
    .set("nan", NaN)
    .set(-0, "zero")
    .set(2 ** 53, "large");
  assert.equal(
    lua.eval("return 1 / Memory.zero, math.type(Memory.large), Memory.nan ~= Memory.nan"),
    "-inf\tfloat\ttrue",
  );
  assert.equal(lua.eval("return Memory[0], Memory[1 << 53], Memory[2.0^53]"), "zero\tlarge\tlarge");
  lua.eval("Memory.three, Memory[3.0] = 3.0, -0.0");
  assert.deepEqual([memory.get("three"), memory.get(3), memory.get(3n)], [3, -0, -0]);
});

test("every single byte as key and value", () => {
  lua.eval("for b = 0, 255 do Memory[string.char(b)] = string.char(b) end");
  assert.equal(memory.size, 256);
  for (let byte = 0; byte < 256; byte++) {
    const text = byte < 128 ? String.fromCharCode(byte) : Uint8Array.of(byte);
    assert.deepEqual(memory.get(Uint8Array.of(byte)), text);
    memory.set(text, byte);
  }
  assert.equal(lua.eval("for b = 0, 255 do assert(Memory[string.char(b)] == b) end return ext.size(Memory)"), "256");
});

test("Lua reads a graph from JavaScript with its shared references and cycles", () => {
  const cycle = {
    list: [1, 2.5, "x"],
    map: new Map([
      [1, "one"],
      ["1", "text"],
      [1.5, true],
    ]),
  };
  cycle.self = cycle;
  cycle.map.set("back", cycle.list);
  memory.set("c", cycle);
  assert.equal(
    lua.eval(`
      local c = Memory.c
      assert(c.self == c and c.map.back == c.list and #c.list == 3)
      assert(math.type(c.list[1]) == "integer" and c.list[2] == 2.5 and c.list[3] == "x")
      assert(c.map[1] == "one" and c.map["1"] == "text" and c.map[1.5] == true)
      c.list[4] = c.map
      c.map = nil
      return table.concat(c.list, ",", 1, 3)`),
    "1,2.5,x",
  );
  const stored = memory.get("c");
  assert.equal(stored.get("map"), undefined);
  assert.equal(stored.get("list").get(4).get("back"), stored.get("list"));
});

test("JavaScript reads a graph from Lua with its shared references and cycles", () => {
  lua.eval('local t = {1, {x = "y"}, [2.5] = false} t[3] = t[2] t.self = t Memory.t = t Memory[Memory.t] = "key"');
  const table = memory.get("t");
  assert.deepEqual([table.get(1), table.get(2.5), table.get(2).get("x"), table.size], [1, false, "y", 5]);
  assert.equal(table.get(3), table.get(2));
  assert.equal(table.get("self"), table);
  assert.equal(memory.get(table), "key");
});

test("views, references and ids are Lua's", () => {
  memory.set("a", {}).set("b", memory.get("a")).set(memory.get("a"), "key");
  assert.equal(lua.eval("return Memory.a == Memory.b, Memory[Memory.a]"), "true\tkey");
  assert.equal(lua.eval("return ext.id(Memory.a)"), String(memory.get("a").id));
});

test("a chain 100,000 deep goes both ways", () => {
  let chain = { end: true };
  for (let i = 0; i < 100_000; i++) chain = { next: chain };
  memory.set("chain", chain);
  assert.equal(
    lua.eval('local n, t = 0, Memory.chain while t.next do n, t = n + 1, t.next end return n, t["end"]'),
    "100000\ttrue",
  );
  lua.eval("local t = {} for i = 1, 100000 do t = {next = t} end Memory.chain = t");
  let depth = 0;
  for (let at = memory.get("chain"); at.has("next"); at = at.get("next")) depth++;
  assert.equal(depth, 100_000);
});

test("size and clear are ext.size and ext.clear", () => {
  lua.eval("for i = 1, 10000 do Memory[i] = i end");
  assert.equal(memory.size, 10_000);
  memory.clear();
  assert.equal(lua.eval("return ext.size(Memory), #Memory, next(ext.copy(Memory))"), "0\t0\tnil");
});

test("what JavaScript stored survives the sweep, and what it cut off does not", () => {
  memory.set("kept", [[{ x: 1 }]]).set("cut", [[{ x: 1 }]]);
  const cut = memory.get("cut").get(1).get(1);
  lua.table("named").set("x", { y: 1 });
  memory.delete("cut");
  lua.exports.run_gc();
  assert.equal(memory.get("kept").get(1).get(1).get("x"), 1);
  assert.equal(lua.table("named").get("x").get("y"), 1);
  assert.equal(cut.size, 0);
});

test("new tables by turns from JavaScript and Lua never meet", () => {
  for (let i = 0; i < 200; i++) {
    memory.set(`js${i}`, [{ i }]);
    lua.eval(`Memory.lua${i} = {{i = ${i}}}`);
    if (i % 3 === 0) memory.delete(`js${i >> 1}`);
    if (i % 10 === 0) lua.exports.run_gc();
  }
  for (const [key, table] of memory) assert.equal(table.get(1).get("i"), Number(/\d+$/.exec(key)[0]), key);
});

test("a restored snapshot is what Lua and the views see next", () => {
  memory.set("x", { y: 1 });
  const first = lua.createSnapshot();
  lua.eval("Memory.x.y = 2");
  assert.equal(memory.get("x").get("y"), 2);
  lua.restoreSnapshot(first);
  memory.get("x").set("z", 3);
  assert.equal(lua.eval("return Memory.x.y, Memory.x.z"), "1\t3");
});

test("views work before load, and after load again", async () => {
  const early = new LuaPersistent();
  early.table("n").set("x", [1, 2]);
  await early.load();
  assert.equal(early.eval('return #ext.table("n").x'), "2");
  await early.load();
  assert.equal(early.table("n").get("x").size, 2);
});

/** A generator of pseudo-random numbers from 0 to `end - 1`. */
function generator(state) {
  return end => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

test("a random program, each step by Lua or by JavaScript, leaves what a Map would hold", () => {
  const below = generator(20240601);
  const scalars = PAIRS.filter(([value]) => (value.length ?? 0) < 100);
  const model = new Map();
  for (let step = 0; step < 3000; step++) {
    const [key, keyCode] = scalars[below(scalars.length)];
    const [value, valueCode] = below(3) === 0 ? [undefined, "nil"] : scalars[below(scalars.length)];
    if (below(2) === 0) memory.set(key, value);
    else lua.eval(`Memory[${keyCode}] = ${valueCode}`);
    if (value === undefined) model.delete(keyCode);
    else model.set(keyCode, valueCode);
    const [asked, askedCode] = scalars[below(scalars.length)];
    const expected = scalars.find(([, code]) => code === model.get(askedCode))?.[0];
    assert.deepEqual(memory.get(asked), expected);
    assert.equal(memory.size, model.size);
  }
  const same = [...model].map(([key, value]) => `Memory[${key}] == ${value}`).join(" and ");
  assert.equal(lua.eval(same), "true");
});

test("random bytes as keys and values are the same bytes in Lua", () => {
  const below = generator(7);
  for (let i = 0; i < 500; i++) {
    const bytes = Uint8Array.from({ length: below(12) }, () => (below(2) ? below(256) : below(10)));
    memory.clear();
    memory.set(bytes, bytes);
    assert.equal(lua.eval(`return Memory[${quoted(bytes)}] == ${quoted(bytes)}`), "true");
    lua.eval(`ext.clear(Memory) Memory[${quoted(bytes)}] = ${quoted(bytes)}`);
    const [[key, value]] = [...memory];
    assert.deepEqual([Buffer.from(key), Buffer.from(value)], [Buffer.from(bytes), Buffer.from(bytes)]);
  }
});

/** Bytes that are nearly a key or a value. */
function nearly(below) {
  const length = [1, 2, 9, 9, 5 + below(3), 3, 3, 5, 4][below(9)] + (below(4) ? 0 : below(3));
  const bytes = Buffer.from(Array.from({ length }, () => (below(2) ? below(256) : below(3))));
  bytes[0] = below(10);
  if (bytes[0] === 4 && length >= 5 && below(4)) bytes.writeUInt32LE(length - 5, 1);
  if (bytes[0] === 3 && length === 9 && below(2))
    bytes.writeDoubleLE([0, -0, 1, 1.5, NaN, Infinity, 2 ** 53, 2 ** 63][below(8)], 1);
  return below(50) ? bytes : Buffer.alloc(0);
}

/** What a read gives: the kind of the value, or the message. */
function outcome(read) {
  try {
    const value = read();
    const isText = typeof value === "string" || value instanceof Uint8Array;
    return isText ? `string ${Buffer.from(value).length}` : KINDS[typeof value];
  } catch ({ message }) {
    return message;
  }
}
const KINDS = { undefined: "nil", boolean: "boolean", number: "number", bigint: "number", object: "table" };
const OUTCOME = `local function outcome(...)
  local ok, v = pcall(...)
  if not ok then return (v:gsub("^eval:%d+: ", "")) end
  return type(v) == "string" and "string " .. #v or type(v)
end`;

test("bytes that are nearly values are the same value or the same error to Lua and here", () => {
  const below = generator(99);
  for (let round = 0; round < 20; round++) {
    const values = Array.from({ length: 100 }, () => nearly(below));
    lua.restoreSnapshot(rawSnapshot({ 1: values.map((bytes, i) => [`k${i}`, bytes]) }));
    const seen = lua.eval(`${OUTCOME}
      for i = 0, 99 do print(outcome(function() return Memory["k" .. i] end)) end`);
    assert.deepEqual(
      values.map((_, i) => outcome(() => memory.get(`k${i}`))),
      seen.trimEnd().split("\n"),
    );
  }
});

test("bytes that are nearly keys are the same key or the same error to Lua and here", () => {
  const below = generator(100);
  for (let round = 0; round < 20; round++) {
    const tables = Array.from({ length: 100 }, (_, i) => [i + 2, [[nearly(below), [1, 1]]]]);
    const names = tables.map(([id]) => [`name:${id}`, [7, id, 0, 0, 0]]);
    lua.restoreSnapshot(rawSnapshot({ 0: names, ...Object.fromEntries(tables) }));
    const seen = lua.eval(`${OUTCOME}
      for id = 2, 101 do print(outcome(function() return (pairs(ext.table(tostring(id)))(ext.table(tostring(id)))) end)) end`);
    assert.deepEqual(
      tables.map(([id]) => outcome(() => lua.table(id).keys().next().value)),
      seen.trimEnd().split("\n"),
    );
  }
});
