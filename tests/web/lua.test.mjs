// LuaPersistent with the real lua.wasm.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LuaError, LuaPersistent } from "../../js/dist/index.js";

const COUNT = "Memory.counter = (Memory.counter or 0) + 1 return Memory.counter";
let lua;
beforeEach(async () => {
  lua = await new LuaPersistent().load();
});

test("the counter counts up, also in a new instance that gets the snapshot", async () => {
  assert.equal(lua.eval(COUNT), "1");
  assert.equal(lua.eval(COUNT), "2");
  const next = await new LuaPersistent().load();
  next.restoreSnapshot(JSON.parse(JSON.stringify(lua.createSnapshot())));
  assert.equal(next.eval(COUNT), "3");
});

test("a snapshot restored between two evals is what the second one sees", () => {
  lua.eval(COUNT);
  const first = lua.createSnapshot();
  lua.eval(COUNT);
  lua.restoreSnapshot(first);
  assert.equal(lua.eval(COUNT), "2");
});

test("load again keeps the tables and forgets the globals", async () => {
  lua.eval("x = 1 Memory.x = 2");
  await lua.load();
  assert.equal(lua.eval("return x, Memory.x"), "nil\t2");
});

test("values of every kind and size come back", () => {
  lua.eval(`
    Memory.big = string.rep("0123456789", 100000)
    Memory["\\0\\255"] = "\\0\\255"
    Memory[1], Memory["1"], Memory[1.5], Memory[true] = "integer", "text", 3.0, false`);
  assert.equal(lua.eval('return Memory.big == string.rep("0123456789", 100000)'), "true");
  assert.equal(lua.eval('return Memory["\\0\\255"] == "\\0\\255"'), "true");
  assert.equal(lua.eval('return Memory[1], Memory["1"], Memory[1.5], Memory[true]'), "integer\ttext\t3.0\tfalse");
});

test("nil deletes, also what is not there", () => {
  lua.eval("Memory.x = 1");
  assert.equal(lua.eval("Memory.x = nil Memory.x = nil Memory.y = nil return Memory.x"), "nil");
  assert.equal(lua.getStats().externalTableItems, 0);
});

test("a run-time error has message and traceback, and Lua goes on", () => {
  assert.throws(
    () => lua.eval("local function f() error('boom') end\nf()"),
    error =>
      error instanceof LuaError && error.message === "eval:1: boom" && /^stack traceback:\n/.test(error.traceback),
  );
  assert.equal(lua.eval("1 + 1"), "2");
});

test("a syntax error is its message alone", () => {
  assert.throws(() => lua.eval("local = 1"), { message: "eval:1: <name> expected near '='", traceback: "" });
});

test("code of the full 64 KiB runs", () => {
  assert.equal(lua.eval(`return 1 --${" ".repeat(65_536 - 11)}`), "1");
});

test("the remaining exports can be used", () => {
  lua.eval("Memory.x = 1");
  lua.exports.run_gc();
  assert.equal(lua.eval("return Memory.x"), "1");
});

test("100,000 evals leave the memory as it was after the first thousand", () => {
  const evals = times => {
    for (let i = 0; i < times; i++) lua.eval(COUNT);
    return lua.getStats().linearMemoryMB;
  };
  assert.equal(evals(1000), evals(99_000));
});
