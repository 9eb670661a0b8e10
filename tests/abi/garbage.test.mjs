// Garbage of calls between Lua and its host, and of external tables, is collected as it is made.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hosting, results } from "./functions.mjs";

/** More than what is garbage at one time, less than what the calls below make in all. */
const MOST = 400_000;
const CALLS = 4000;
const TEXT = "x".repeat(1000);

const basic = () => hosting({ text: () => results(TEXT), take: () => results() });

/** What Lua holds when the source has run, garbage and all. */
function bytesAfter(source) {
  const lua = basic();
  const step = lua.ask(source);
  assert.ok(step.ok, step.text);
  return lua.stats().luaMemoryUsed;
}

test("results of the host are collected in a loop that makes nothing itself", () => {
  assert.ok(bytesAfter(`for i = 1, ${CALLS} do host.text() end`) < MOST);
});

test("what arguments are encoded in is collected", () => {
  assert.ok(bytesAfter(`local t = {("x"):rep(1000)} for i = 1, ${CALLS} do host.take(t) end`) < MOST);
});

test("what tables are encoded in is collected in a loop that only stores", () => {
  assert.ok(bytesAfter(`local t = {{}, {}} for i = 1, ${CALLS} do Memory.x = t end`) < MOST);
});

test("tasks that have ended are collected while the host calls one function after the other", () => {
  const lua = basic();
  const [{ held }] = lua.ask("return function(a, b) return a + b end").values;
  for (let i = 0; i < CALLS; i++) assert.deepEqual(lua.request("call", { held }, 1n, 2n).values, [3n]);
  assert.ok(lua.stats().luaMemoryUsed < MOST);
});

test("finalizers run in a loop that makes nothing but calls of the host", () => {
  const source = `local isDone = false
    setmetatable({}, {__gc = function() isDone = true end})
    for i = 1, ${CALLS} do host.text() if isDone then return i end end`;
  assert.equal(basic().ask(source).values.length, 1);
});

test("a collector that the script has stopped stays stopped", () => {
  assert.ok(bytesAfter(`collectgarbage("stop") for i = 1, ${CALLS} do host.text() end`) > CALLS * TEXT.length);
});
