// Bytes that are no value or no key: an error that names the table and the key, never a crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { latin1, storeHost } from "../abi/hosts.mjs";
import { Random } from "../abi/random.mjs";
import { value } from "../abi/wire.mjs";
import { storeOf } from "./store.mjs";

const VALUES = {
  "no bytes": [],
  "a nil with a payload": [0, 0],
  "a boolean without payload": [1],
  "a boolean of 2": [1, 2],
  "a boolean of two bytes": [1, 1, 0],
  "an integer one byte short": [2, 1, 0, 0, 0, 0, 0, 0],
  "an integer one byte long": [2, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  "an integer without payload": [2],
  "a float one byte short": [3, 1, 0, 0, 0, 0, 0, 0],
  "a float one byte long": [3, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  "a string without length": [4],
  "a string with a short length": [4, 1, 0, 0],
  "a string shorter than its length": [4, 3, 0, 0, 0, 65, 66],
  "a string longer than its length": [4, 1, 0, 0, 0, 65, 66],
  "a string of 4 GB in few bytes": [4, 255, 255, 255, 255, 65],
  "a table with a short id": [7, 1, 0, 0],
  "a table with a long id": [7, 1, 0, 0, 0, 0],
  "table 0": [7, 0, 0, 0, 0],
  "table 0xFFFFFFFF": [7, 255, 255, 255, 255],
  "tag 08": [8, 0, 0, 0, 0],
  "tag 09": [9, 0, 0, 0, 0],
  "tag 0A": [10, 0, 0, 0, 0],
  "tag FF": [255],
  "raw text": [...Buffer.from("raw text")],
};

/** A store where Memory.t is table 2, with these bytes at `k` beside a good value. */
const storeWithValue = (bytes, k = "k") =>
  storeOf({
    0: [["next", 3n]],
    1: [["t", { table: 2 }]],
    2: [
      ["good", 1n],
      [k, bytes],
    ],
  });

for (const [name, bytes] of Object.entries(VALUES)) {
  test(`${name} is a malformed value, to reading, pairs, copy and table functions`, () => {
    const lua = open(storeHost(storeWithValue(bytes)));
    const message = "eval:1: external table 2: malformed value for key 'k'";
    assert.equal(lua.fail("return Memory.t.k"), message);
    assert.equal(lua.fail("for _ in pairs(Memory.t) do end"), message);
    assert.equal(lua.fail("return ext.copy(Memory)"), message);
    assert.equal(lua.run("return Memory.t.good"), "1");
  });

  test(`${name} can be overwritten and deleted`, () => {
    const lua = open(storeHost(storeWithValue(bytes)));
    lua.run("Memory.t.k = 2");
    assert.equal(lua.run("return Memory.t.k"), "2");
    const other = open(storeHost(storeWithValue(bytes)));
    assert.equal(other.run("Memory.t.k = nil return Memory.t.k, ext.size(Memory.t)"), "nil\t1");
    const cleared = open(storeHost(storeWithValue(bytes)));
    assert.equal(cleared.run("ext.clear(Memory.t) return ext.size(Memory.t)"), "0");
  });
}

test("other keys show as [2] and [true] in the message", () => {
  for (const [k, shown] of [
    [2n, "[2]"],
    [-7n, "[-7]"],
    [true, "[true]"],
    [false, "[false]"],
  ]) {
    const lua = open(storeHost(storeWithValue([99], k)));
    assert.equal(lua.fail(`return Memory.t${shown}`), `eval:1: external table 2: malformed value for key ${shown}`);
  }
});

test("ipairs and table functions name the index", () => {
  const lua = open(
    storeHost(
      storeOf({
        1: [
          [1n, 1n],
          [2n, [99]],
          [3n, 3n],
        ],
      }),
    ),
  );
  const message = /^eval:1: external table 1: malformed value for key \[2\]$/;
  for (const source of [
    "for _ in ipairs(Memory) do end",
    "return table.unpack(Memory, 1, 3)",
    'return table.concat(Memory, "", 1, 3)',
  ]) {
    assert.match(lua.fail(source), message, source);
  }
});

test("the error can be caught", () => {
  const lua = open(storeHost(storeWithValue([])));
  assert.equal(
    lua.run("local ok, message = pcall(function() return Memory.t.k end) return ok, message"),
    "false\teval:1: external table 2: malformed value for key 'k'",
  );
});

const KEYS = {
  "no bytes": [],
  "a nil": [0],
  "a boolean without payload": [1],
  "a boolean of 2": [1, 2],
  "an integer one byte short": [2, 1, 0, 0, 0, 0, 0, 0],
  "an integer one byte long": [2, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  "a float one byte short": [3, 1, 0, 0, 0, 0, 0, 0],
  "a NaN": [3, 0, 0, 0, 0, 0, 0, 248, 127],
  "a string without length": [4],
  "a string shorter than its length": [4, 3, 0, 0, 0, 1],
  "a string longer than its length": [4, 1, 0, 0, 0, 1, 2],
  "a function": [5, 0, 0, 0, 0],
  "a native function": [6, 0, 0, 0, 0],
  "table 0": [7, 0, 0, 0, 0],
  "table 0xFFFFFFFF": [7, 255, 255, 255, 255],
  "a table with a short id": [7, 1],
};

for (const [name, bytes] of Object.entries(KEYS)) {
  test(`${name} is a malformed key, to pairs and copy; other keys can be read and all be cleared`, () => {
    const make = () => {
      const store = storeOf({ 1: [["t", { table: 2 }]], 2: [["good", 1n]] });
      store.get(2).set(latin1(Uint8Array.from(bytes)), value(1n));
      return open(storeHost(store));
    };
    const lua = make();
    assert.equal(lua.fail("for _ in pairs(Memory.t) do end"), "eval:1: external table 2: malformed key");
    assert.equal(lua.fail("return ext.copy(Memory)"), "eval:1: external table 2: malformed key");
    assert.equal(lua.run("return Memory.t.good, ext.size(Memory.t)"), "1\t2");
    assert.equal(lua.run("ext.clear(Memory.t) return ext.size(Memory.t)"), "0");
  });
}

test("random bytes as keys and values give values or named errors", () => {
  const random = new Random(11);
  const named =
    /^eval:1: external table \d+: (malformed key\n|malformed value for key |the value for key [^]*function)/;
  for (let round = 0; round < 3000; round++) {
    const mutated = () => {
      const bytes = random.chance(0.5)
        ? random.bytes(random.below(14))
        : value(random.pick([1n, 0.5, "text", { table: 3 }, true]));
      if (random.chance(0.7) && bytes.length) bytes[0] = random.below(12);
      return bytes;
    };
    const store = new Map([
      [1, new Map(Array.from({ length: 3 }, () => [latin1(mutated()), mutated()]))],
      [3, new Map()],
    ]);
    const lua = open(storeHost(store));
    for (const source of [
      "for k, v in pairs(Memory) do local x = tostring(k) .. tostring(v) end",
      "return ext.copy(Memory)",
    ]) {
      const { ok, text } = lua.eval(source);
      if (!ok) assert.match(text, named, `round ${round}`);
    }
    lua.exports.run_gc();
    assert.equal(lua.run("return 1 + 1"), "2");
  }
});

test("a malformed value in the graph does not stop a store beside it", () => {
  const lua = open(storeHost(storeWithValue([99])));
  assert.equal(lua.run("Memory.t.other = {Memory.t} return Memory.t.other[1] == Memory.t"), "true");
});
