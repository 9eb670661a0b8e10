// What an access costs: calls of the host, proxies, memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { bytesOf, storeHost, tooBig, wrap } from "../abi/hosts.mjs";
import { callsOfRun, openCounting } from "./store.mjs";

const KEYS = ['"name"', "1", "-1", "2.0", "0.5", "true", '""', '"\\1x"', '("k"):rep(5000)', "key"];
const VALUES = ["true", "false", "42", "-0.5", '"text"', '""', '("v"):rep(16000)', "value"];

/** Calls by method that `source` makes, without the log. */
function calls(lua, source) {
  const { log, ...counts } = callsOfRun(lua, source);
  return counts;
}

const NONE = { set: 0, get: 0, delete: 0, size: 0, keys: 0 };

function withKeyAndValue() {
  const lua = openCounting();
  lua.run('t = ext.table("t") key = ext.table("key") value = ext.table("value")');
  return lua;
}

test("a set is one call of the host, for every kind of key and value", () => {
  const lua = withKeyAndValue();
  for (const key of KEYS) {
    for (const value of VALUES)
      assert.deepEqual(calls(lua, `t[${key}] = ${value}`), { ...NONE, set: 1 }, `${key} ${value}`);
  }
});

test("a get is one call of the host, for every kind of key and value", () => {
  const lua = withKeyAndValue();
  for (const key of KEYS) {
    for (const value of VALUES) {
      lua.run(`t[${key}] = ${value}`);
      assert.deepEqual(calls(lua, `assert(t[${key}] == ${value})`), { ...NONE, get: 1 }, `${key} ${value}`);
    }
  }
});

test("a get of an absent key is one call of the host, beside the one that asks for the largest value", () => {
  const lua = withKeyAndValue();
  for (const key of KEYS) {
    assert.deepEqual(calls(lua, `for i = 1, 100 do assert(t[${key}] == nil) end`), { ...NONE, get: 101 }, key);
  }
});

test("a delete is one call of the host", () => {
  const lua = withKeyAndValue();
  for (const key of KEYS) {
    lua.run(`t[${key}] = 1`);
    assert.deepEqual(calls(lua, `t[${key}] = nil`), { ...NONE, delete: 1 }, key);
  }
});

test("a key that cannot be in a table is read without a call", () => {
  const lua = withKeyAndValue();
  assert.deepEqual(calls(lua, "assert(t[nil] == nil and t[0/0] == nil and t[print] == nil and t[{}] == nil)"), NONE);
});

test("a nested read is one call a step", () => {
  const lua = openCounting();
  lua.run("Memory.a = {b = {c = 1}}");
  assert.deepEqual(calls(lua, "assert(Memory.a.b.c == 1)"), { ...NONE, get: 3 });
});

test("comparing, holding and passing external tables costs no call", () => {
  const lua = openCounting();
  lua.run("Memory.a = {} a = Memory.a");
  assert.deepEqual(
    calls(
      lua,
      'local t = {[a] = 1} assert(a == a and a ~= Memory and t[a] == 1 and ext.id(a) == 2 and type(a) == "table")',
    ),
    NONE,
  );
});

test("the catalogue is asked for the largest value at most once an eval", () => {
  const lua = openCounting(new Map(), tooBig);
  lua.run('Memory.big = ("x"):rep(100000) Memory.small = 1');
  const { log } = callsOfRun(
    lua,
    "for i = 1, 100 do assert(#Memory.big == 100000 and Memory.none == nil and Memory.small == 1) end",
  );
  assert.equal(log.filter(([name, table, key]) => name === "get" && table === 0 && key === "max").length, 1);
  const { log: small } = callsOfRun(lua, "for i = 1, 100 do assert(Memory.small == 1) end");
  assert.equal(small.filter(([, table]) => table === 0).length, 0);
});

/** Bytes held by Lua after full collections: several, as each makes the table of short strings half as large. */
function level(lua) {
  lua.run("for i = 1, 16 do collectgarbage() end");
  return lua.stats().luaMemoryUsed;
}

/** Bytes by which Lua's memory grows while `body` runs `rounds` times with the collector stopped. */
const growth = (lua, setup, body, rounds = 1_000_000) =>
  Number(
    lua.run(`
  ${setup}
  local function work(n) for i = 1, n do ${body} end end
  work(10)
  collectgarbage() collectgarbage("stop")
  local before = collectgarbage("count")
  work(${rounds})
  local after = collectgarbage("count")
  collectgarbage("restart")
  return math.tointeger((after - before) * 1024)`),
  );

test("a million reads of Memory.cfg make one proxy", () => {
  const lua = open();
  const bytes = growth(
    lua,
    "Memory.cfg = {} local cfg = Memory.cfg",
    "local c = Memory.cfg if not rawequal(c, cfg) then error(i) end",
  );
  assert.ok(bytes < 1024, `${bytes} bytes`);
});

test("a million reads of a table that nothing holds do not fill memory", () => {
  const lua = open();
  lua.run("Memory.cfg = {depth = 1}");
  const before = level(lua);
  const peak = Number(
    lua.run(`local peak = 0
    for i = 1, 1000000 do
      local d = Memory.cfg.depth
      if i % 1000 == 0 then peak = math.max(peak, collectgarbage("count")) end
    end
    return math.ceil(peak * 1024)`),
  );
  assert.ok(peak < 3 * before + 65536, `${peak} bytes at most, ${before} before`);
  assert.ok(level(lua) <= before + 256);
});

const HOT = {
  "a read of an integer": "local v = Memory.n",
  "a read of a short string": "local v = Memory.s",
  "a read at an integer key": "local v = Memory[7]",
  "a read at a float key": "local v = Memory[0.5]",
  "a read of an absent key": "local v = Memory.absent",
  "a nested read": "local v = Memory.a.b.c",
  "a write of an integer": "Memory.n = i",
  "a write of a float": "Memory.f = 0.5",
  "a write of a string": 'Memory.s = "text"',
  "a write of an external table": "Memory.m = Memory.a",
  "a write and a deletion": "Memory.x = i Memory.x = nil",
  "the length": "local n = #Memory",
};

for (const [name, body] of Object.entries(HOT)) {
  test(`${name} allocates nothing`, () => {
    const setup =
      'Memory.n = 1 Memory.s = "text" Memory[7] = 1 Memory[0.5] = 2 Memory.a = {b = {c = 1}} local a, b = Memory.a, Memory.a.b';
    const bytes = growth(open(), setup, body, 100_000);
    assert.ok(bytes < 1024, `${bytes} bytes in 100,000 rounds`);
  });
}

test("a read of an absent key allocates nothing when the store has large values", () => {
  const bytes = growth(open(), 'Memory.big = ("x"):rep(100000)', "local v = Memory.absent", 1000);
  assert.ok(bytes < 1024, `${bytes} bytes in 1,000 rounds`);
});

for (const [name, wrapper] of [
  ["truncates", host => host],
  ["answers -1 for too big", tooBig],
]) {
  test(`memory is back at its level after a value of 4 MB, on a host that ${name}`, () => {
    const lua = open(wrapper(storeHost()));
    lua.run('Memory.x = 1 Memory.y = ("y"):rep(20000)');
    const before = level(lua);
    lua.run(
      'Memory.big = ("x"):rep(1 << 22) Memory[("k"):rep(1 << 20)] = 1 assert(#Memory.big == 1 << 22) for k, v in pairs(Memory) do end',
    );
    assert.ok(level(lua) <= before + 256, `${level(lua)} bytes, ${before} before`);
    lua.run("assert(Memory.x == 1)");
    assert.ok(level(lua) <= before + 256);
  });
}

test("storing and reading values of 1 MB many times does not make memory grow", () => {
  const lua = open();
  const round = () => lua.run('Memory.big = ("x"):rep(1 << 20) assert(#Memory.big == 1 << 20) collectgarbage()');
  for (let i = 0; i < 10; i++) round();
  const { wasmPages } = lua.stats();
  for (let i = 0; i < 100; i++) round();
  assert.ok(lua.stats().wasmPages <= wasmPages + 16, `${lua.stats().wasmPages} pages, ${wasmPages} before`);
});

test("memory is back at its level after a walk over 100,000 keys", () => {
  const lua = open();
  lua.run('for i = 1, 100000 do Memory["key" .. i] = i end');
  const before = level(lua);
  lua.run("local n = 0 for k in pairs(Memory) do n = n + 1 end assert(n == 100000)");
  assert.ok(level(lua) <= before + 256, `${level(lua)} bytes, ${before} before`);
});

test("memory is back at its level after a graph was stored and copied", () => {
  const lua = open();
  lua.run("Memory.g = {{}}");
  const before = level(lua);
  lua.run(
    "local t = {} for i = 1, 20000 do t[i] = {i} end Memory.g = t local c = ext.copy(Memory.g) assert(c[20000][1] == 20000)",
  );
  assert.ok(level(lua) <= before + 1024, `${level(lua)} bytes, ${before} before`);
});

test("an error in a store leaves memory at its level", () => {
  const lua = open();
  const work = () =>
    lua.run('for i = 1, 100 do assert(not pcall(function() Memory.t = {("x"):rep(100000), print} end)) end');
  work();
  const before = level(lua);
  for (let i = 0; i < 10; i++) work();
  assert.ok(level(lua) <= before + 256, `${level(lua)} bytes, ${before} before`);
});

test("run_gc leaves none of its own buffers behind", () => {
  const lua = open();
  lua.exports.run_gc();
  const before = lua.stats().luaMemoryUsed;
  lua.run('for i = 1, 5000 do Memory["key" .. i] = {} end');
  lua.exports.run_gc();
  const { luaMemoryUsed } = lua.stats();
  assert.ok(luaMemoryUsed <= before + 8192, `${luaMemoryUsed} bytes, ${before} before`);
});

/** Makes a heap of some megabytes, in which `cycles` counts collections. */
const HEAP = `
  keep = {} for i = 1, 50000 do keep[i] = {} end
  function watch() setmetatable({}, {__gc = function() cycles = cycles + 1 watch() end}) end
  collectgarbage() cycles = 0 watch()`;

test("stores of tables collect garbage as often as what they allocate asks for, and not at each store", () => {
  const lua = open();
  lua.run(HEAP);
  lua.run("for i = 1, 4000 do Memory.x = {i} end");
  const cycles = Number(lua.run("return cycles"));
  assert.ok(cycles <= 2, `${cycles} collections`);
});

test("so do results in typed form", () => {
  const store = storeHost();
  const lua = open(
    wrap(store, {
      get: (table, key, room) =>
        table === -1 && key === "services" ? (room.set(bytesOf("results")), 7) : store.get(table, key, room),
      set: (table, ...rest) => (table === -1 ? 0 : store.set(table, ...rest)),
    }),
  );
  lua.run(HEAP);
  for (let i = 0; i < 4000; i++) lua.run("return 1");
  const cycles = Number(lua.run("return cycles"));
  assert.ok(cycles <= 2, `${cycles} collections`);
});
