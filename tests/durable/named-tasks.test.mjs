// Tasks that have names: they begin once, go on after a reload, and keep what they came to until that is dropped.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { never, rejection, shelf, until, values } from "./kept.mjs";

test("a task runs code with arguments, and its results are those of done", async t => {
  const lua = await shelf(t).open();
  const task = lua.task("sum", "local a, b = ... host.sleep(0.001) return a + b, { a }", 1, 2);
  assert.equal(task.name, "sum");
  assert.deepEqual(await task.done, [3, [1]]);
  assert.deepEqual(await task.done, [3, [1]]);
  assert.equal(task.status, "done");
});

test("a task can be a function of Lua", async t => {
  const lua = await shelf(t).open();
  const [double] = await values(lua, "return function(x) return 2 * x end");
  assert.deepEqual(await lua.task("double", double, 4).done, [8]);
});

test("the same name is the same task, also after a reload, and it goes on there", async t => {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  const code = "count = (count or 0) + 1 local x = host.wait() return x, count";
  lua.task("quest", code);
  assert.equal(lua.task("quest", code).name, "quest");
  await lua.run("");
  assert.deepEqual(
    lua.tasks().map(({ since, ...task }) => [task, since instanceof Date]),
    [[{ name: "quest", status: "waiting", waitsFor: "wait" }, true]],
  );
  const again = await it.killed().open({ host: { wait: async () => "done" } });
  assert.deepEqual(await again.task("quest", code).done, ["done", 1]);
  assert.deepEqual(again.tasks(), [{ name: "quest", status: "done", waitsFor: null, since: null }]);
});

test("a task that had not begun when the page ended begins in the next one", async t => {
  const it = shelf(t);
  const lua = await it.open();
  const moments = [];
  it.refuse = () => moments.push(it.killed());
  await lua.run("id = host.spawn(function(...) began = (began or 0) + 1 return began, ... end, 'x')");
  await lua.run("");
  const isNew = ({ records }) => records.get("host/task 1")?.[1] === 0;
  const again = await moments.find(isNew).open();
  assert.deepEqual(await values(again, "return host.join(id)"), [1, "x"]);
});

test("a result is kept until it is dropped, and the task begins anew then", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.task("t", "n = (n or 0) + 1 return n").done;
  const again = await it.killed().open();
  const task = again.task("t", "n = (n or 0) + 1 return n");
  assert.deepEqual(await task.done, [1]);
  await task.drop();
  assert.deepEqual(again.tasks(), []);
  assert.deepEqual(await again.task("t", "n = (n or 0) + 1 return n").done, [2]);
});

test("an error is that of done, also after a reload, and reported when nobody asks", async t => {
  const it = shelf(t);
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  const lua = await it.open();
  const task = lua.task("bad", "error('no')");
  assert.equal((await rejection(task.done)).message, "bad:1: no");
  assert.equal(task.status, "failed");
  await lua.flush();
  assert.deepEqual(reported, []);
  lua.task("worse", "error('never heard')");
  await until(() => reported.length > 0);
  assert.deepEqual(reported, ["worse:1: never heard"]);
  const again = await it.killed().open();
  const found = await rejection(again.task("bad", "").done);
  assert.deepEqual([found.name, found.message], ["LuaError", "bad:1: no"]);
});

test("cancel ends a task: its variables are closed, its call is aborted", async t => {
  const it = shelf(t);
  let signal;
  const wait = LuaPersistent.hostFunction(call => ((signal = call.signal), never()));
  const lua = await it.open({ host: { wait } });
  const task = lua.task(
    "long",
    "local c <close> = setmetatable({}, { __close = function() closed = true end }) host.wait()",
  );
  await lua.run("");
  await task.cancel();
  assert.equal(signal.aborted, true);
  assert.deepEqual(await values(lua, "return closed"), [true]);
  const error = await rejection(task.done);
  assert.deepEqual([error.name, error.message], ["AbortError", "the task 'long' was cancelled"]);
  await lua.flush();
  const again = await it.killed().open({ host: { wait } });
  assert.equal(again.task("long", "").status, "failed");
});

test("timeout is the time of each step of a task, and does not count what it waits", async t => {
  const lua = await shelf(t).open({ timeout: 200 });
  assert.deepEqual(await lua.task("slow", "host.sleep(0.4) return 1").done, [1]);
  assert.equal((await rejection(lua.task("endless", "while true do end").done)).limit, "time");
});

test("host.at waits until a time, and is due at once after it", async t => {
  const it = shelf(t);
  const lua = await it.open();
  const task = lua.task("at", "host.at(os.time() - 5) host.at(os.time() + 3600) return 1");
  await until(() => task.state.waitsFor === "at" && it.records.has("host/2 at"));
  const error = await rejection(lua.run("host.at('noon')"));
  assert.match(error.message, /host\.at: it takes a time as os\.time gives it/);
});

test("load and migrate end all tasks", async t => {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  const task = lua.task("old", "host.wait()");
  await lua.run("");
  await lua.load();
  assert.match((await rejection(task.done)).message, /Lua was loaded anew/);
  assert.deepEqual(lua.tasks(), []);
  assert.deepEqual(await lua.task("old", "return 2").done, [2]);
});

test("what makes no sense is refused", async t => {
  const lua = await shelf(t).open();
  assert.throws(() => lua.task("", "return 1"), /the name of a task is a text of 1 to 59 bytes/);
  assert.throws(() => lua.task("x", 5), /task takes Lua code as a string, or a function that Lua gave, not number/);
  const exposed = LuaPersistent.expose({}, { properties: [] });
  assert.throws(() => lua.task("x", "return 1", exposed), /an exposed object cannot be an argument of a task/);
  assert.deepEqual(lua.tasks(), []);
});

test("a name is the same after a reload, whatever it begins with", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.task("\ufeffa", "return 1").done;
  await lua.flush();
  const [task] = (await it.killed().open()).tasks();
  assert.equal(task.name, "\ufeffa");
});
