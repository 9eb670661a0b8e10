// Memory: exhaustion is an error and not a trap, what is freed is used again, and memory grows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, instantiate, moduleBytes, open, withMaximumMemory } from "./client.mjs";

const PAGES = 48;
const small = new WebAssembly.Module(withMaximumMemory(moduleBytes(), PAGES));

/**
 * Bytes held by Lua when nothing more can be freed: an object with a finalizer takes two collections, and each halves
 * the table of strings at most.
 */
function settledBytes(lua) {
  for (let round = 0; round < 15; round++) lua.exports.run_gc();
  return lua.stats().luaMemoryUsed;
}

/** Programs that need more than 48 pages. */
const EXHAUST = {
  "a table of numbers": "local t = {} for i = 1, 1e9 do t[i] = i end",
  "a table of tables": "local t = {} for i = 1, 1e9 do t[i] = {i} end",
  "a table of keys": 'local t = {} for i = 1, 1e9 do t["key" .. i] = i end',
  "a list of closures": "local t = {} for i = 1, 1e9 do t[i] = function() return i end end",
  "a growing string": 'local s = "x" while true do s = s .. s end',
  "string.rep": 'local s = string.rep("x", 100000000)',
  "string.rep of nearly 4 GB": 'local s = string.rep("x", 0xfffffff0)',
  "string.rep of 2 GB": 'local s = string.rep("x", 0x7fffffff)',
  "string.rep with separators": 'local s = string.rep("x", 30000000, ", ")',
  "a buffer of gsub": 'local s = string.gsub(string.rep("x", 100000), "x", string.rep("y", 1000))',
  "table.concat":
    'local t = {} for i = 1, 1000 do t[i] = string.rep("x", 1000) end for i = 1001, 20000 do t[i] = t[1] end local s = table.concat(t)',
  "table.unpack": "local t = {} for i = 1, 500 do t[i] = {table.unpack({}, 1, 900000)} end",
  "deep recursion": "local function f(...) return 1 + f(..., ...) end f(1, 2, 3, 4, 5, 6, 7, 8)",
  "Lua recursion that holds strings":
    'local function f(n) local s = string.rep("x", 1000) .. n return #s + f(n + 1) + #s end f(1)',
  "suspended coroutines":
    "local t = {} for i = 1, 1e9 do local co = coroutine.create(function() coroutine.yield() end) coroutine.resume(co) t[i] = co end",
  "a sort with a comparison that allocates":
    'local t = {} for i = 1, 30000 do t[i] = i end local u = {} table.sort(t, function(a, b) u[#u + 1] = string.rep("x", 1000) .. #u return a < b end)',
  "load of a large source":
    'local n = 0 local f = assert(load(function() n = n + 1 return "x" .. n .. " = " .. n .. " " end))',
  "load of one long token":
    'local f = assert(load(function() return "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" end))',
  "string.format": 'local t = {} for i = 1, 1e9 do t[i] = string.format("%99d", i) end',
  "string.pack": 'local s = string.pack("z", string.rep("x", 1000000)) while true do s = string.pack("s4s4", s, s) end',
  "utf8.char": "local t = {} for i = 1, 1e9 do t[i] = utf8.char(i % 0x10000 + 1, 1, 2, 3) end",
  "in a coroutine": "local co = coroutine.wrap(function() local t = {} for i = 1, 1e9 do t[i] = {} end end) co()",
  "in a metamethod":
    "local t = {} setmetatable(t, {__index = function(t, k) local u = {} for i = 1, 1e9 do u[i] = {} end end}) return t.x",
  "in a to-be-closed variable":
    "do local c <close> = setmetatable({}, {__close = function() local t = {} for i = 1, 1e9 do t[i] = {} end end}) end",
  "in an error handler": "error(select(2, xpcall(error, function() local t = {} for i = 1, 1e9 do t[i] = {} end end)))",
  "userdata of external strings": 'for i = 1, 30 do Memory.x = string.rep("x", 2^i) end',
  results:
    'local t = {} for i = 1, 20000 do t[i] = string.rep("x", 60) .. i end return table.unpack(t), string.rep("y", 2000000)',
  "with finalizers": "local t = {} for i = 1, 1e9 do t[i] = setmetatable({}, {__gc = function() end}) end",
  "with the collector stopped": 'collectgarbage("stop") local u while true do local t = {1, 2, 3} u = {u} end',
  "in generational mode": 'collectgarbage("generational") local t = {} for i = 1, 1e9 do t[i] = {i} end',
};

for (const [name, source] of Object.entries(EXHAUST)) {
  test(`running out of memory is an error: ${name}`, () => {
    const lua = open(undefined, small);
    const before = settledBytes(lua);
    const answer = lua.eval(source);
    assert.equal(answer.ok, false, answer.text.slice(0, 100));
    assert.match(
      answer.text,
      /not enough memory|resulting string too large|stack overflow|too many results|error in error handling|string length overflow/,
    );
    assert.equal(lua.run("return 1 + 1"), "2");
    lua.run('collectgarbage("restart") collectgarbage("incremental")');
    const after = settledBytes(lua);
    assert.ok(after < before + 16384, `${after - before} bytes stay`);
    assert.equal(lua.run("local t = {} for i = 1, 10000 do t[i] = {i} end return #t"), "10000");
  });
}

test("pcall catches running out of memory, and the program goes on", () => {
  const lua = open(undefined, small);
  const source = `local ok, message = pcall(function() local t = {} for i = 1, 1e9 do t[i] = {} end end)
    return ok, message, #string.rep("x", 500000)`;
  assert.equal(lua.run(source), "false\tnot enough memory\t500000");
});

test("the same exhaustion a hundred times ends in the same figures", () => {
  const lua = open(undefined, small);
  const figures = () => {
    assert.equal(lua.eval("local t = {} for i = 1, 1e9 do t[i] = {} end").ok, false);
    return lua.liveBytes();
  };
  figures();
  const first = figures();
  for (let round = 0; round < 100; round++) assert.equal(figures(), first);
});

test("a state that fills memory to the last byte still answers evals", () => {
  const lua = open(undefined, small);
  lua.eval("t = {} for i = 1, 1e9 do t[i] = {} end");
  for (const unit of ["x", "xxxxxxxxxxxxxxxx"]) lua.eval(`n = #t while true do n = n + 1 t[n] = "${unit}" .. n end`);
  for (let round = 0; round < 20; round++) {
    const { ok, text } = lua.eval("return 1");
    assert.ok(ok ? text === "1" : /not enough memory/.test(text), text);
    lua.exports.run_gc();
  }
  // The table is reachable; dropping it needs next to nothing.
  for (let round = 0; round < 3 && lua.eval("t = nil").ok === false; round++);
  lua.exports.run_gc();
  assert.equal(lua.run("return 1"), "1");
});

test("init without enough memory is -1, and eval an error", () => {
  const exact = new WebAssembly.Module(withMaximumMemory(moduleBytes(), 32));
  const lua = instantiate(exact);
  assert.equal(lua.exports.init(), 0);
  assert.equal(lua.run("return 1"), "1");
  assert.equal(lua.fail('return #string.rep("x", 3000000)'), "not enough memory");
  assert.equal(lua.memory.buffer.byteLength, 32 * PAGE);
});

test("memory grows beyond 2 MiB when a script needs it, and never for what fits", () => {
  const lua = open();
  lua.run("t = {} for i = 1, 5000 do t[i] = {i} end");
  assert.equal(lua.stats().wasmPages, 32);
  lua.run("t = {} for i = 1, 500000 do t[i] = {i} end");
  assert.ok(lua.stats().wasmPages > 32);
  assert.equal(lua.run("return #t, t[500000][1]"), "500000\t500000");
});

test("a heap that grows does not grow page by page", () => {
  const lua = open();
  const sizes = new Set();
  for (let round = 0; round < 400; round++) {
    lua.run("t = t or {} for i = 1, 2000 do t[#t + 1] = {i} end");
    sizes.add(lua.stats().wasmPages);
  }
  const pages = lua.stats().wasmPages;
  assert.ok(pages > 600 && pages < 1400, `${pages} pages`);
  assert.ok(sizes.size < 40, `${sizes.size} sizes up to ${pages} pages`);
});

test("a memory that cannot grow by much is used to its last page", () => {
  for (const most of [33, 48, 100, 333]) {
    const lua = open(undefined, new WebAssembly.Module(withMaximumMemory(moduleBytes(), most)));
    assert.equal(lua.fail("while true do t = { t } end").split("\n")[0], "not enough memory");
    assert.equal(lua.stats().wasmPages, most);
    assert.ok(
      lua.stats().luaMemoryUsed > (most * PAGE) / 2 || most < 64,
      `${lua.stats().luaMemoryUsed} bytes in ${most} pages`,
    );
  }
});

test("after a collection what was small blocks has room for a large one", () => {
  const lua = open(undefined, small);
  lua.run("t = {} for i = 1, 20000 do t[i] = { i } end for i = 1, 20000, 2 do t[i] = nil end collectgarbage()");
  lua.run("for i = 1, 20000 do t[i] = nil end t = nil collectgarbage()");
  assert.equal(lua.run('local s = ("x"):rep(800000) return #s'), "800000");
});

test("lua_memory_used returns to its level after a collection", () => {
  const lua = open();
  lua.run("t = nil");
  const before = lua.liveBytes();
  for (let round = 0; round < 5; round++) {
    lua.run("t = {} for i = 1, 100000 do t[i] = {i, tostring(i)} end");
    assert.ok(lua.liveBytes() > before + 5_000_000);
    lua.run("t = nil");
    assert.ok(settledBytes(lua) < before + 4096);
  }
});

test("memory that was freed is used again: pages do not grow from round to round", () => {
  const lua = open();
  const round = () => {
    lua.run('t = {} for i = 1, 100000 do t[i] = {i, tostring(i)} end t = nil s = string.rep("x", 3000000) s = nil');
    lua.exports.run_gc();
    return lua.stats().wasmPages;
  };
  for (let i = 0; i < 3; i++) round();
  const pages = round();
  for (let i = 0; i < 15; i++) assert.equal(round(), pages);
});

test("a string of 500 MB can be made and let go", () => {
  const lua = open();
  assert.equal(lua.run('return #string.rep("x", 500000000)'), "500000000");
  assert.ok(lua.liveBytes() < 100_000);
  assert.equal(lua.run('return #string.rep("y", 500000000)'), "500000000");
});
