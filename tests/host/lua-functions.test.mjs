// Functions of Lua in JavaScript: called, released, passed back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaFunction } from "../../js/dist/index.js";
import { after, collectGarbage, open, rejection, values } from "./opened.mjs";

test("a function of Lua can be called later, and gives its results", async t => {
  let handler;
  const lua = await open(t, { on: f => void (handler = f) });
  await lua.run("local n = 0 host.on(function(x) n = n + x return n, 'b' end)");
  assert.ok(handler instanceof LuaFunction);
  assert.deepEqual(await handler.call(2), [2, "b"]);
  assert.deepEqual(await handler.call(3), [5, "b"]);
});

test("a function that waits can be called, by a function that is waited for", async t => {
  const lua = await open(t, {
    wait: n => after(1, n),
    map: async (list, f) => Promise.all(list.map(async x => (await f.call(x))[0])),
  });
  assert.deepEqual(await values(lua, "return host.map({1, 2, 3}, function(x) return host.wait(x * 2) end)"), [
    [2, 4, 6],
  ]);
});

test("its error is that of the call, and the cause in the function of the host that waited for it", async t => {
  const lua = await open(t, { call: f => f.call() });
  const error = await rejection(lua.run("host.call(function() error('inside') end)"));
  assert.match(error.message, /^host\.call: run 1:1: inside$/);
  assert.match(error.cause.message, /^run 1:1: inside$/);
});

test("results and errors of runs have functions, too; the same function is the same object", async t => {
  const lua = await open(t);
  const [f, { g }] = await values(lua, "f = function(x) return x end return f, {g = f}");
  assert.equal(f, g);
  assert.deepEqual(await f.call("x"), ["x"]);
  assert.deepEqual(await values(lua, "return ... == f", { args: [f] }), [true]);
  const { value } = await rejection(lua.run("error({f = f})"));
  assert.equal(value.f, f);
});

test("a function that was released cannot be called or passed any more, and Lua may collect it", async t => {
  const lua = await open(t, { give: () => f });
  const [f] = await values(
    lua,
    "weak = setmetatable({}, {__mode = 'v'}) weak[1] = function() return weak end return weak[1]",
  );
  await lua.run("collectgarbage()");
  assert.deepEqual(await values(lua, "return weak[1] ~= nil"), [true]);
  f.release();
  f.release();
  await lua.run("collectgarbage()");
  assert.deepEqual(await values(lua, "return weak[1]"), [undefined]);
  assert.equal((await rejection(f.call())).message, "this function of Lua was released");
  assert.equal((await rejection(lua.run("host.give()"))).message, "host.give: this function of Lua was released");
});

test("Symbol.dispose releases it, where the engine has it", async t => {
  const lua = await open(t);
  const [f] = await values(lua, "return function() end");
  if (Symbol.dispose) f[Symbol.dispose]();
  else f.release();
  assert.equal((await rejection(f.call())).message, "this function of Lua was released");
});

test("a function released while Lua runs is released after that", async t => {
  let f;
  const lua = await open(t, { keep: g => void (f = g), drop: () => f.release() });
  await lua.run("weak = setmetatable({}, {__mode = 'v'}) weak[1] = function() return weak end host.keep(weak[1])");
  await lua.run("host.drop()");
  await lua.run("collectgarbage()");
  assert.deepEqual(await values(lua, "return weak[1]"), [undefined]);
});

test("a function released in JavaScript that came once more meanwhile is held", async t => {
  const lua = await open(t);
  const [f] = await values(lua, "f = function() return 7 end return f");
  f.release();
  const [again] = await values(lua, "return f");
  assert.notEqual(f, again);
  await lua.run("f = nil collectgarbage()");
  assert.deepEqual(await again.call(), [7]);
});

test("functions that nobody keeps are released by the garbage collector", { skip: !collectGarbage }, async t => {
  const lua = await open(t, { take() {} });
  await lua.run("weak = setmetatable({}, {__mode = 'v'}) weak[1] = function() return weak end host.take(weak[1])");
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await after(5);
  }
  await lua.run("collectgarbage()");
  assert.deepEqual(await values(lua, "return weak[1]"), [undefined]);
});

test("a function of another LuaPersistent is refused", async t => {
  const [one, two] = [await open(t), await open(t)];
  const [f] = await values(one, "return function() end");
  const error = await rejection(two.call(f));
  assert.match(error.message, /^cannot pass an object of class LuaFunction to Lua \(the function\)/);
  assert.match((await rejection(two.run("", { args: [{ a: f }] }))).message, /\(argument 1\.a\)/);
});

test("functions of a state that is gone say so", async t => {
  const lua = await open(t);
  const [f] = await values(lua, "return function() end");
  await lua.load();
  assert.match((await rejection(f.call())).message, /this function of Lua is gone: Lua was loaded or put back/);
});

test("eval does not keep the functions that it shows", async t => {
  const lua = await open(t);
  assert.match(
    lua.eval("weak = setmetatable({}, {__mode = 'v'}) weak[1] = function() return weak end return weak[1]"),
    /^function: /,
  );
  lua.eval("collectgarbage()");
  assert.equal(lua.eval("return weak[1]"), "nil");
});
