// run with globals of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { after, open, rejection, values } from "./opened.mjs";

const fresh = { env: "fresh" };

test("globals of a fresh run are its own", async t => {
  const lua = await open(t);
  lua.set("shared", 1);
  assert.deepEqual(await values(lua, "x = 1 return shared, x, _G.x, _G == _ENV", fresh), [undefined, 1, 1, true]);
  assert.deepEqual(await values(lua, "return x", fresh), [undefined]);
  assert.deepEqual(await values(lua, "return x"), [undefined]);
});

/** What would spoil it for others, and an error if that is one. */
const POISON = {
  "string.format = nil": /cannot be changed by a run with globals of its own$/,
  "print = nil pairs = nil": null,
  'rawset(string, "format", nil) rawset(math, "floor", 5)': null,
  'getmetatable("").__index.format = nil': /attempt to index a nil value/,
  "local _, t = pairs(string) t.format = nil": /cannot be changed/,
  'require("string").format = nil': /cannot be changed/,
  'require("_G").string.format = nil': /cannot be changed/,
  "getmetatable(io.stdout).__index.write = nil": /attempt to index a nil value/,
  "load('string.format = nil')()": /cannot be changed/,
  "setmetatable(string, {})": /cannot change a protected metatable/,
  "package.loaded.string.format = nil": /attempt to index a nil value/,
  'debug.setmetatable("", nil)': /attempt to call a nil value/,
  "table.insert(string, 1)": /cannot be changed/,
};
for (const [code, expected] of Object.entries(POISON)) {
  test(`${code} does not poison the next run`, async t => {
    const lua = await open(t);
    const error = await lua.run(code, fresh).then(() => null, error => error.message); // prettier-ignore
    if (expected) assert.match(error, expected);
    else assert.equal(error, null);
    const use =
      'print(("%d"):format(1), string.format("%d", math.floor(2.5))) for k in pairs {1} do io.stdout:write(k) end return 7';
    for (const options of [fresh, {}])
      assert.deepEqual(await lua.run(use, options), { output: "1\t2\n1", values: [7] });
  });
}

test("libraries are all there, and can be walked", async t => {
  const lua = await open(t);
  const code = `local n = 0 for _, l in ipairs {coroutine, table, string, utf8, math, os, io, ext} do for k, v in pairs(l) do assert(l[k] == v) n = n + 1 end end
    return n > 70, require("math") == math, debug.traceback("x"):match("^x"), getmetatable(setmetatable({}, {a = 1})).a`;
  assert.deepEqual(await values(lua, code, fresh), [true, true, "x", 1]);
});

test("what a plain run does later to the libraries does not reach fresh ones", async t => {
  const lua = await open(t);
  await lua.run("", fresh);
  await lua.run("string.format = nil print = nil");
  assert.equal((await lua.run("print(string.format('%d', 1))", fresh)).output, "1\n");
});

test("Memory, host and modules are shared; waiting, arguments, names and results are as ever", async t => {
  const lua = await open(t, { wait: x => after(1, x) }, { modules: { m: "return {n = 1}" } });
  assert.deepEqual(
    await values(lua, "Memory.x = host.wait(...) return Memory.x, require('m').n, ...", { ...fresh, args: [5, "b"] }),
    [5, 1, 5, "b"],
  );
  assert.deepEqual(await values(lua, "Memory.x + 1", fresh), [6]);
  const error = await rejection(lua.run("\nlocal x = nil + 1", { ...fresh, name: "rule" }));
  assert.deepEqual([error.message, error.line], ["rule:2: attempt to perform arithmetic on a nil value", 2]);
  assert.match(error.traceback, /^stack traceback:\n\trule:2: in main chunk\n/);
});

test("a syntax error is its message alone", async t => {
  const lua = await open(t);
  const error = await rejection(lua.run("\nx =", { ...fresh, name: "rule" }));
  assert.deepEqual([error.message, error.line, error.traceback], ["rule:2: unexpected symbol near <eof>", 2, ""]);
});

test("a first line with # and a byte order mark are skipped", async t => {
  const lua = await open(t);
  assert.deepEqual(await values(lua, "\ufeff#!/usr/bin/lua\nreturn 1", fresh), [1]);
});

test("fresh runs leave no functions held, also in images", async t => {
  const lua = await open(t);
  await lua.run("", fresh);
  await lua.run("collectgarbage() collectgarbage()");
  const before = lua.getStats().luaBytes;
  for (let i = 0; i < 500; i++)
    await lua.run(`return function() return ${i} end`, fresh).then(({ values }) => values[0].release());
  await lua.run("collectgarbage() collectgarbage()");
  assert.ok(lua.getStats().luaBytes < before + 20_000, `${lua.getStats().luaBytes - before}`);
  const again = await LuaPersistent.openImage(await lua.saveImage());
  t.after(() => again.close());
  assert.deepEqual(await values(again, "return string.format('%d', 1)", fresh), ["1"]);
});

test("env is checked", async t => {
  const lua = await open(t);
  const error = await rejection(lua.run("", { env: "new" }));
  assert.equal(error.message, 'run: env is "new", and must be "fresh", or left out');
});
