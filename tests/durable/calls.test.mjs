// Calls of the host that waited when a program ended: what becomes of them when it goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { after, never, shelf, until, values } from "./kept.mjs";

const CODE = "local ok, a, b = pcall(host.wait, 'x', { 1 }) got = { tostring(ok), tostring(a), b }";

/** A program in which `code` waits, opened again with another `wait`. */
async function reopened(t, wait, code = CODE, options = {}) {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  lua.run(code).catch(() => {});
  await lua.run("");
  const again = await it.killed().open({ host: wait && { wait }, ...options });
  return again;
}

const got = async lua => {
  await until(async () => (await values(lua, "return got ~= nil"))[0]);
  return (await values(lua, "return got"))[0];
};

test("a call is made again with the same id and arguments", async t => {
  const seen = [];
  const wait = LuaPersistent.hostFunction(async (call, ...args) => {
    seen.push([call.id, call.name, args]);
    return LuaPersistent.results("again", "b");
  });
  assert.deepEqual(await got(await reopened(t, wait)), ["true", "again", "b"]);
  assert.deepEqual(seen, [[1, "wait", ["x", [1]]]]);
});

test("functions without options are called again, too", async t => {
  assert.deepEqual(await got(await reopened(t, (x, list) => `${x} ${list}`)), ["true", "x 1"]);
});

test("onRestore: fail is an error in Lua that says so", async t => {
  const wait = LuaPersistent.hostFunction(never, { onRestore: "fail" });
  assert.deepEqual(await got(await reopened(t, wait)), [
    "false",
    "host.wait: it was waiting when the program ended, and is not called again",
  ]);
});

test("a function as onRestore is called instead", async t => {
  const wait = LuaPersistent.hostFunction(never, { onRestore: async (call, x, list) => `${call.id} ${x} ${list}` });
  assert.deepEqual(await got(await reopened(t, wait)), ["true", "1 x 1"]);
});

test("a function that is not there any more is an error in Lua", async t => {
  assert.deepEqual(await got(await reopened(t, undefined)), [
    "false",
    "host.wait: the host has no such function any more",
  ]);
});

test("a call that was answered is not made again, and one that was not is until it is answered", async t => {
  const it = shelf(t);
  const asked = [];
  const answers = new Map();
  const ask = LuaPersistent.hostFunction(
    ({ id }, what) => new Promise(resolve => (asked.push(what), answers.set(what, () => resolve(id)))),
  );
  const lua = await it.open({ host: { ask } });
  lua.run("a = host.ask('a') b = host.ask('b')").catch(() => {});
  await lua.run("");
  answers.get("a")();
  await until(() => asked.length === 2);
  await lua.run("");
  const again = await it.killed().open({ host: { ask } });
  const third = await it.killed().open({ host: { ask } });
  assert.deepEqual(asked, ["a", "b", "b", "b"]);
  answers.get("b")();
  await until(async () => (await values(third, "return b"))[0] === 2);
  assert.deepEqual(await values(again, "return a, b"), [1, undefined]);
});

test("host.sleep wakes at the time that was meant, at once when that is over", async t => {
  const it = shelf(t);
  const lua = await it.open();
  lua.run("host.sleep(0.05) got = 'soon'").catch(() => {});
  lua.run("host.sleep(3600) got = 'late'").catch(() => {});
  await lua.run("");
  const left = it.killed();
  await after(60);
  const start = performance.now();
  const again = await left.open();
  assert.equal(await got(again), "soon");
  assert.ok(performance.now() - start < 3000);
  assert.deepEqual(
    [...left.records.keys()].filter(name => name.startsWith("host/")),
    ["host/2 sleep"],
  );
});

test("what a program prints and raises when it goes on is told to the options of open", async t => {
  let printed = "";
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  await reopened(t, async () => {}, "host.wait() print('on') error('no')", { onOutput: text => (printed += text) });
  await until(() => reported.length > 0);
  assert.equal(printed, "on\n");
  assert.deepEqual(reported, ["run 1:1: no"]);
});

test("arguments that are functions can be called, others that were held are released", async t => {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  await values(lua, "weak = setmetatable({}, {__mode = 'v'}) weak[1] = function() return weak end return weak[1]");
  lua.run("host.wait(function(x) return x + 1 end)").catch(() => {});
  await lua.run("");
  let given;
  const wait = LuaPersistent.hostFunction(never, { onRestore: (call, f) => ((given = f), never()) });
  const again = await it.killed().open({ host: { wait } });
  assert.deepEqual(await given.call(1), [2]);
  await again.run("collectgarbage() collectgarbage()");
  assert.deepEqual(await values(again, "return weak[1]"), [undefined]);
});

test("a second opening that only reads has the program, and calls nothing", async t => {
  const it = shelf(t);
  let calls = 0;
  const host = { wait: () => (calls++, never()) };
  const lua = await it.open({ host });
  lua.run("x = 1 Memory.x = 1 host.wait()").catch(() => {});
  await lua.run("");
  const store = { ...it.store(), lock: () => ({ readOnly: true, release() {} }) };
  const reader = await LuaPersistent.open({ store, persist: "everything", host });
  t.after(() => reader.close());
  assert.deepEqual(await values(reader, "return x, Memory.x"), [1, 1]);
  await assert.rejects(reader.run("x = 2 Memory.x = 2"), /is open for reading only: another tab/);
  assert.equal(calls, 1);
  assert.deepEqual(await values(await it.killed().open({ host }), "return x"), [1]);
});
