// Images (docs/abi.md section 8): a copy of memory in a fresh instance continues where the first one was.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, builtModule, instantiate, open, stackSize } from "./client.mjs";
import { storeHost } from "./hosts.mjs";

/** A fresh instance, with `lua`'s memory and without init, over the same store. */
function copyOf(lua) {
  const image = new Uint8Array(lua.memory.buffer.slice(0));
  const copy = instantiate(builtModule(), storeHost(lua.host.store));
  const missing = (image.length - copy.memory.buffer.byteLength) / PAGE;
  if (missing > 0) copy.memory.grow(missing);
  new Uint8Array(copy.memory.buffer).set(image);
  return copy;
}

const STATES = {
  globals: ['x = 1 t = {1, {2, "three"}}', "return x, t[1], t[2][1], t[2][2]", "1\t1\t2\tthree"],
  "closures that share upvalues": [
    "local n = 0 function inc() n = n + 1 end function get() return n end inc()",
    "inc() return get()",
    "2",
  ],
  "suspended coroutines": [
    "co = coroutine.create(function(a) while true do a = a + coroutine.yield(a) end end) coroutine.resume(co, 1)",
    "return select(2, coroutine.resume(co, 41)), coroutine.status(co)",
    "42\tsuspended",
  ],
  "coroutines suspended inside pcall, metamethods and iterators": [
    `co = coroutine.wrap(function()
       local t = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end})
       for k in function(_, k) return select(2, pcall(function() return t.x end)) end do coroutine.yield("k " .. k) end end) co()`,
    'return co("one"), co(), co("two")',
    "k one\tx\tk two",
  ],
  metatables: [
    't = setmetatable({}, {__add = function(a, b) return "sum" end, __index = string}) debug.setmetatable(1, {__index = math})',
    'return t + 1, t.rep("x", 3), (2).pi == math.pi',
    "sum\txxx\ttrue",
  ],
  "external proxies": [
    "Memory.a = ext.table() Memory.a.x = 1 a = Memory.a",
    "a.y = 2 return a == Memory.a, a.x, Memory.a.y, Memory == _home",
    "true\t1\t2\ttrue",
  ],
  "weak tables and finalizers": [
    'w = setmetatable({}, {__mode = "k"}) key = {} w[key] = 1 w[{}] = 2 log = "" g = setmetatable({}, {__gc = function() log = log .. "gc" end})',
    "g = nil collectgarbage() local n = 0 for _ in pairs(w) do n = n + 1 end return n, log",
    "1\tgc",
  ],
  "string iterators": ['it = string.gmatch("a b c", "%a") it()', "return it(), it(), (it())", "b\tc\tnil"],
  "random numbers": ["math.randomseed(42) a = math.random(1 << 40)", "return math.random(1 << 40) ~= a", "true"],
  "loaded modules": [
    'package.preload.m = function() return {n = 5} end require "m"',
    'return require("m").n, package.loaded.m.n',
    "5\t5",
  ],
  "grown memory": [
    "big = {} for i = 1, 200000 do big[i] = {i} end",
    'return #big, big[123456][1], #string.rep("x", 3000000)',
    "200000\t123456\t3000000",
  ],
};

for (const [what, [before, after, expected]] of Object.entries(STATES)) {
  test(`${what} continue in a copy of memory`, () => {
    const lua = open();
    lua.run(before);
    const copy = copyOf(lua);
    assert.equal(copy.run(after), expected);
    // The first instance is not touched by what the copy did.
    assert.equal(lua.run(after), expected);
    assert.equal(copy.exports.init(), 0);
    copy.exports.run_gc();
    assert.deepEqual(copy.stats(), { ...lua.stats(), luaMemoryUsed: copy.stats().luaMemoryUsed });
  });
}

test("a copy made after errors, exhausted stacks and collections continues", () => {
  const lua = open();
  lua.eval('x = 1 error("boom")');
  lua.eval('local function f() return (string.gsub("x", "x", f)) end f()');
  lua.eval("y = = 1");
  lua.exports.run_gc();
  const copy = copyOf(lua);
  assert.equal(copy.run("return x"), "1");
  assert.match(copy.fail('error("again")'), /^eval:1: again$/);
});

test("a copy of a copy of a copy counts on", () => {
  let lua = open();
  lua.run("n = 0");
  for (let round = 1; round <= 5; round++) {
    lua = copyOf(lua);
    assert.equal(lua.run("n = n + 1 return n"), String(round));
  }
});

test("two copies with the same calls stay equal to the last byte above the stack", () => {
  const lua = open();
  lua.run('t = {} for i = 1, 1000 do t["k" .. i] = {i} end');
  const [a, b] = [copyOf(lua), copyOf(lua)];
  for (const source of [
    "for k in pairs(t) do t[k] = nil end return 1",
    'error("x")',
    "return tostring({}), math.random()",
  ]) {
    assert.deepEqual(a.eval(source).text, b.eval(source).text);
  }
  assert.ok(Buffer.from(a.memory.buffer, stackSize()).equals(Buffer.from(b.memory.buffer, stackSize())));
});

test("a copy of an instance that was never initialised is one, too", () => {
  const copy = copyOf(instantiate(builtModule()));
  assert.equal(copy.eval("return 1").ok, false);
  assert.equal(copy.exports.init(), 0);
  assert.equal(copy.run("return 1"), "1");
});
