// lua.migrate: stores of the Zig build, whose keys are raw strings and decimal digits.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { keyBytes, rawSnapshot, storeOf, valueBytes } from "./wire.mjs";

let lua;
beforeEach(async () => {
  lua = await new LuaPersistent().load();
});

const NOTHING = { integerKeys: 0, stringKeys: 0, nils: 0, unreadable: [], conflicts: [] };
const one = valueBytes(1n);
const open = tables => lua.restoreSnapshot(rawSnapshot(tables));
const keys = (id = 1) => [...lua.table(id).keys()];
const fields = (...list) => list.map(key => [key, one]);

for (const [text, integer] of [
  ["0", 0],
  ["7", 7],
  ["-12", -12],
  ["9007199254740993", 9007199254740993n],
  ["9223372036854775807", 2n ** 63n - 1n],
  ["-9223372036854775808", -(2n ** 63n)],
]) {
  test(`the key '${text}' becomes an integer`, () => {
    open({ 1: fields(text) });
    assert.deepEqual(lua.migrate(), { ...NOTHING, integerKeys: 1 });
    assert.deepEqual(keys(), [integer]);
    assert.equal(lua.eval(`return Memory[math.tointeger("${text}")], Memory["${text}"]`), "1\tnil");
  });
}

test("text that is not a canonical integer stays text", () => {
  const texts = [
    "-0",
    "00",
    "07",
    "+7",
    " 7",
    "7 ",
    "7.0",
    "1e3",
    "0x7",
    "-",
    "--7",
    "7\n",
    "٧",
    "name",
    "__proto__",
    "9223372036854775808",
    "-9223372036854775809",
    "1".repeat(5000),
  ];
  open({ 1: fields(...texts) });
  assert.deepEqual(lua.migrate(), NOTHING);
  assert.deepEqual(keys(), texts);
});

test("empty keys and those that start below 8 become canonical strings", () => {
  const raw = ["", "\x00", "\x01", "\x01\x02", "\x02abc", "\x03", "\x04text", "\x05", "\x06x", "\x07id"];
  open({ 1: fields(...raw) });
  assert.deepEqual(lua.migrate(), { ...NOTHING, stringKeys: raw.length });
  assert.deepEqual(keys(), raw);
  assert.equal(lua.eval('local n = 0 for k in pairs(Memory) do n = n + Memory[k] end return n, Memory[""]'), "10\t1");
});

test("binary keys and values stay as they are", () => {
  open({
    1: [
      [[0xff, 0], valueBytes(Buffer.from([0xfe]))],
      [[8], valueBytes(Buffer.from("ü"))],
    ],
  });
  assert.deepEqual(lua.migrate(), NOTHING);
  assert.deepEqual(
    [...lua.table(1)],
    [
      [Uint8Array.of(0xff, 0), Uint8Array.of(0xfe)],
      ["\b", "ü"],
    ],
  );
});

test("keys of the present form stay, so a store written by both builds opens", () => {
  const present = [7n, true, 1.5, Buffer.from(""), Buffer.from("\x01"), { table: 1 }];
  open({ 1: [...present.map(key => [keyBytes(key), one]), ...fields("8")] });
  assert.deepEqual(lua.migrate(), { ...NOTHING, integerKeys: 1 });
  assert.deepEqual(keys(), [7, true, 1.5, "", "\x01", lua.table(1), 8]);
});

test("a value of nil is gone, as Lua never saw it", () => {
  open({
    1: [
      ["gone", [0]],
      ["7", [0]],
      ["x", one],
    ],
  });
  assert.deepEqual(lua.migrate(), { ...NOTHING, nils: 2 });
  assert.deepEqual(keys(), ["x"]);
});

test("functions and damaged values stay, under their new keys, and are reported", () => {
  open({
    1: [
      ["f", [5, 1, 2]],
      ["9", [6]],
      ["short", [2, 1]],
    ],
    4: [["", []]],
  });
  assert.deepEqual(lua.migrate(), {
    ...NOTHING,
    integerKeys: 1,
    stringKeys: 1,
    unreadable: [
      { table: 1, key: "f" },
      { table: 1, key: 9 },
      { table: 1, key: "short" },
      { table: 4, key: "" },
    ],
  });
  assert.throws(() => lua.table(1).get(9), /the value for key \[9\] is a function of an older build/);
  assert.throws(() => lua.eval("return Memory.f"), /function of an older build/);
  assert.deepEqual(lua.createSnapshot().tables.find(({ id }) => id === 1).entries[0], [
    btoa("f"),
    btoa("\x05\x01\x02"),
  ]);
});

test("a field whose new key is taken is kept and reported", () => {
  open({
    1: [
      [keyBytes(7n), one],
      ["7", valueBytes(2n)],
      [keyBytes(Buffer.from("")), one],
      ["", valueBytes(3n)],
      ["old:", one],
    ],
  });
  assert.deepEqual(lua.migrate(), {
    ...NOTHING,
    conflicts: [
      { table: 1, key: "7" },
      { table: 1, key: "old:old:" },
    ],
  });
  assert.equal(
    lua.eval('return Memory[7], Memory["7"], Memory[""], Memory["old:old:"], Memory["old:"]'),
    "1\t2\t1\t3\t1",
  );
});

test("nested tables keep their references, and all get names", () => {
  open({
    1: [["list", valueBytes({ table: 2 })]],
    2: [
      ["1", valueBytes(Buffer.from("a"))],
      ["2", valueBytes({ table: 2 })],
    ],
    9: fields("lost"),
  });
  assert.equal(lua.migrate().integerKeys, 2);
  assert.equal(lua.eval("local l = Memory.list return #l, l[1], l[2] == l"), "2\ta\ttrue");
  assert.equal(lua.eval('return table.concat(ext.names(), " "), ext.table("table:9").lost'), "table:2 table:9\t1");
  assert.equal(lua.eval("return ext.id(ext.table())"), "10");
});

test("a large value counts for max", () => {
  open({ 1: [["big", valueBytes(Buffer.alloc(20_000))]] });
  lua.migrate();
  assert.equal(
    storeOf(lua)
      .get(0)
      .find(([key]) => String(key) === "max")[1],
    32768n,
  );
});

test("twice is as once, even when text of digits was written in between", () => {
  open({ 1: fields("7", "", "x"), 3: fields("1") });
  lua.migrate();
  lua.eval('Memory["8"], ext.table("new")["1"] = "text", true');
  const before = lua.createSnapshot().tables;
  assert.deepEqual(lua.migrate(), NOTHING);
  assert.deepEqual(lua.createSnapshot().tables, before);
});

test("an empty store is noted as migrated too", () => {
  assert.deepEqual(lua.migrate(), NOTHING);
  lua.eval('Memory["7"] = "text"');
  assert.deepEqual(lua.migrate(), NOTHING);
  assert.equal(lua.eval('return Memory["7"]'), "text");
});

test("a store that the present build opened before it was migrated keeps its names and ids", () => {
  open({ 1: fields("7"), 5: fields("1") });
  lua.eval('ext.table("n").x = {1}');
  const names = lua.eval('return table.concat(ext.names(), " ")');
  assert.equal(lua.migrate().integerKeys, 2);
  assert.equal(lua.eval('return table.concat(ext.names(), " ")'), names);
  assert.equal(lua.eval('return Memory[7], ext.table("table:5")[1], ext.table("n").x[1]'), "1\t1\t1");
});

test("a damaged catalogue is an Error and nothing has changed", () => {
  open({ 0: [["next", one]], 1: fields("7", "") });
  const before = lua.createSnapshot().tables;
  assert.throws(() => lua.migrate(), /^Error: external tables: damaged catalogue$/);
  assert.deepEqual(lua.createSnapshot().tables, before);
});

test("names and the sweep go on after a migration", () => {
  open({ 1: fields("7"), 5: fields("1") });
  lua.migrate();
  lua.eval('ext.drop("table:5")');
  lua.exports.run_gc();
  assert.equal(lua.table(5).size, 0);
  assert.equal(lua.eval("return Memory[7]"), "1");
  lua.table(1).set("8", 1);
  assert.deepEqual(lua.migrate(), NOTHING);
});
