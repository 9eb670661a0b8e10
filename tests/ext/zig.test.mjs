// Stores as the Zig build left them: no catalogue, keys as raw strings, digits for integers, functions among the values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { storeHost } from "../abi/hosts.mjs";
import { value } from "../abi/wire.mjs";
import { stored } from "./store.mjs";

const bytes = (...list) => Uint8Array.from(list);
const CODE = [...Buffer.from("\x1bLua")];

/** Written out byte by byte, as the tags 00 to 07 of that build. */
function oldStore() {
  return new Map([
    [
      1,
      new Map([
        ["name", bytes(4, 3, 0, 0, 0, 90, 105, 103)],
        ["count", bytes(2, 42, 0, 0, 0, 0, 0, 0, 0)],
        ["ratio", bytes(3, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f)],
        ["yes", bytes(1, 1)],
        ["no", bytes(1, 0)],
        ["nothing", bytes(0)],
        ["7", bytes(4, 1, 0, 0, 0, 115)],
        ["-3", bytes(2, 1, 0, 0, 0, 0, 0, 0, 0)],
        ["child", bytes(7, 2, 0, 0, 0)],
      ]),
    ],
    [
      2,
      new Map([
        ["1", value("one")],
        ["2", value("two")],
        ["parent", bytes(7, 1, 0, 0, 0)],
      ]),
    ],
    [5, new Map([["lost", value(true)]])],
  ]);
}

const opened = () => open(storeHost(oldStore()));

test("values with the tags 00 to 04 are read", () => {
  assert.equal(
    opened().run(
      "return Memory.name, Memory.count, Memory.ratio, Memory.yes, Memory.no, Memory.nothing, math.type(Memory.count)",
    ),
    "Zig\t42\t1.5\ttrue\tfalse\tnil\tinteger",
  );
});

test("nested tables are read, and are the same object", () => {
  assert.equal(
    opened().run('return Memory.child["1"], Memory.child.parent == Memory, Memory.child == Memory.child'),
    "one\ttrue\ttrue",
  );
});

test("digits are strings: the number they once were is absent", () => {
  assert.equal(opened().run('return Memory["7"], Memory[7], Memory["-3"], Memory[-3]'), "s\tnil\t1\tnil");
  assert.equal(opened().run("return #Memory.child"), "0");
});

test("pairs gives the keys as strings and skips nil", () => {
  assert.equal(
    opened().run(
      'local keys = {} for k in pairs(Memory) do assert(type(k) == "string") keys[#keys + 1] = k end table.sort(keys) return table.concat(keys, " ")',
    ),
    "-3 7 child count name no ratio yes",
  );
});

test("a script can make numbers of digits", () => {
  const lua = opened();
  lua.run(
    "for k, v in pairs(Memory.child) do local n = math.tointeger(tonumber(k)) if n then Memory.child[k] = nil Memory.child[n] = v end end",
  );
  assert.equal(lua.run('return #Memory.child, table.concat(Memory.child, ",")'), "2\tone,two");
});

test("the store is adopted whole, and grows above", () => {
  const lua = opened();
  lua.run("Memory.new = {1}");
  lua.exports.run_gc();
  assert.equal(
    lua.run('return ext.id(Memory.new), ext.table("table:5").lost, Memory.child["2"], table.concat(ext.names(), " ")'),
    "6\ttrue\ttwo\ttable:2 table:5",
  );
});

for (const tag of [5, 6]) {
  const storeWithFunction = () => {
    const store = oldStore();
    store.get(1).set("handler", bytes(tag, CODE.length, 0, 0, 0, ...CODE));
    return store;
  };

  test(`a function with tag 0${tag} raises an error that says so, with table and key`, () => {
    const lua = open(storeHost(storeWithFunction()));
    for (const source of [
      "return Memory.handler",
      "for _ in pairs(Memory) do end",
      "return ext.copy(Memory)",
      "return ext.copy(Memory.child)",
    ]) {
      assert.match(lua.fail(source), /^eval:1: external table 1: .*'handler'.*function/, source);
    }
    assert.equal(lua.run("return Memory.name"), "Zig");
  });

  test(`a function with tag 0${tag} can be overwritten and deleted`, () => {
    const lua = open(storeHost(storeWithFunction()));
    assert.equal(lua.run("Memory.handler = 1 return Memory.handler"), "1");
    const other = open(storeHost(storeWithFunction()));
    assert.equal(other.run("Memory.handler = nil return Memory.handler"), "nil");
    assert.equal(stored(other.host, 1, "handler"), undefined);
  });

  test(`a function with tag 0${tag} does not stop the sweep`, () => {
    const lua = open(storeHost(storeWithFunction()));
    lua.run("Memory.garbage = {1} Memory.garbage = nil");
    lua.exports.run_gc();
    assert.equal(lua.host.store.get(6)?.size ?? 0, 0);
    assert.equal(lua.run('return Memory.child["1"]'), "one");
  });

  test(`any bytes after tag 0${tag} are a function of the older build`, () => {
    for (const rest of [[], [0], [255, 255, 255, 255], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
      const lua = open(storeHost(new Map([[1, new Map([["f", bytes(tag, ...rest)]])]])));
      assert.match(lua.fail("return Memory.f"), /^eval:1: external table 1: .*'f'.*function/);
    }
  });
}
