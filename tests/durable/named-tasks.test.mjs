// Tasks that have names: they begin once, go on after a reload, and keep what they came to until that is dropped. In the page's thread
// and in a worker.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { never, rejection, shelf, until, values } from "./kept.mjs";

for (const how of ["open", "openWorker"]) {
  const each = (name, body) => test(name + (how === "open" ? "" : ", in a worker"), t => body(t, shelf(t, how)));

  each("a task runs code with arguments, and its results are those of done", async (t, it) => {
    const lua = await it.open();
    const task = await lua.task("sum", "local a, b = ... host.sleep(0.001) return a + b, { a }", 1, 2);
    assert.equal(task.name, "sum");
    assert.deepEqual(await task.done, [3, [1]]);
    assert.deepEqual(await task.done, [3, [1]]);
    assert.equal(await task.status, "done");
  });

  each("a task can be a function of Lua", async (t, it) => {
    const lua = await it.open();
    const [double] = await values(lua, "return function(x) return 2 * x end");
    assert.deepEqual(await (await lua.task("double", double, 4)).done, [8]);
  });

  each("the same name is the same task, also after a reload, and it goes on there", async (t, it) => {
    const lua = await it.open({ host: { wait: never } });
    const code = "count = (count or 0) + 1 local x = host.wait() return x, count";
    await lua.task("quest", code);
    assert.equal((await lua.task("quest", code)).name, "quest");
    await lua.run("");
    assert.deepEqual(
      (await lua.tasks()).map(({ since, ...task }) => [task, since instanceof Date]),
      [[{ name: "quest", status: "waiting", waitsFor: "wait" }, true]],
    );
    const again = await it.killed().open({ host: { wait: async () => "done" } });
    assert.deepEqual(await (await again.task("quest", code)).done, ["done", 1]);
    assert.deepEqual(await again.tasks(), [{ name: "quest", status: "done", waitsFor: null, since: null }]);
  });

  each("a task that had not begun when the page ended begins in the next one", async (t, it) => {
    const lua = await it.open();
    const moments = [];
    it.refuse = () => moments.push(it.killed());
    await lua.run("id = host.spawn(function(...) began = (began or 0) + 1 return began, ... end, 'x')");
    await lua.run("");
    const isNew = ({ records }) => records.get("host/task 1")?.[1] === 0;
    const again = await moments.find(isNew).open();
    assert.deepEqual(await values(again, "return host.join(id)"), [1, "x"]);
  });

  each("a result is kept until it is dropped, and the task begins anew then", async (t, it) => {
    const lua = await it.open();
    await (
      await lua.task("t", "n = (n or 0) + 1 return n")
    ).done;
    const again = await it.killed().open();
    const task = await again.task("t", "n = (n or 0) + 1 return n");
    assert.deepEqual(await task.done, [1]);
    await task.drop();
    assert.deepEqual(await again.tasks(), []);
    assert.deepEqual(await (await again.task("t", "n = (n or 0) + 1 return n")).done, [2]);
  });

  each("an error is that of done, also after a reload, and reported when nobody asks", async (t, it) => {
    const reported = [];
    globalThis.reportError = error => reported.push(error.message);
    t.after(() => delete globalThis.reportError);
    const lua = await it.open();
    const task = await lua.task("bad", "error('no')");
    assert.equal((await rejection(task.done)).message, "bad:1: no");
    assert.equal(await task.status, "failed");
    await lua.flush();
    assert.deepEqual(reported, []);
    await lua.task("worse", "error('never heard')");
    await until(() => reported.length > 0);
    assert.deepEqual(reported, ["worse:1: never heard"]);
    const again = await it.killed().open();
    const found = await rejection((await again.task("bad", "")).done);
    assert.deepEqual([found.name, found.message], ["LuaError", "bad:1: no"]);
  });

  each("cancel ends a task: its variables are closed, its call is aborted", async (t, it) => {
    let signal;
    const wait = LuaPersistent.hostFunction(call => ((signal = call.signal), never()));
    const lua = await it.open({ host: { wait } });
    const task = await lua.task(
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
    assert.equal(await (await again.task("long", "")).status, "failed");
  });

  each("timeout is the time of each step of a task, and does not count what it waits", async (t, it) => {
    const lua = await it.open({ timeout: 200 });
    assert.deepEqual(await (await lua.task("slow", "host.sleep(0.4) return 1")).done, [1]);
    assert.equal((await rejection((await lua.task("endless", "while true do end")).done)).limit, "time");
  });

  each("host.at waits until a time, and is due at once after it", async (t, it) => {
    const lua = await it.open();
    const task = await lua.task("at", "host.at(os.time() - 5) host.at(os.time() + 3600) return 1");
    await until(async () => (await task.state).waitsFor === "at" && it.records.has("host/2 at"));
    const error = await rejection(lua.run("host.at('noon')"));
    assert.match(error.message, /host\.at: it takes a time as os\.time gives it/);
  });

  each("load and migrate end all tasks", async (t, it) => {
    const lua = await it.open({ host: { wait: never } });
    const task = await lua.task("old", "host.wait()");
    await lua.run("");
    const done = rejection(task.done);
    await lua.load();
    assert.match((await done).message, /Lua was loaded anew/);
    assert.deepEqual(await lua.tasks(), []);
    assert.deepEqual(await (await lua.task("old", "return 2")).done, [2]);
  });

  each("what makes no sense is refused", async (t, it) => {
    const lua = await it.open();
    const refused = async (...args) => (await rejection((async () => lua.task(...args))())).message;
    assert.match(await refused("", "return 1"), /the name of a task is a text of 1 to 59 bytes/);
    assert.match(await refused("x", 5), /task takes Lua code as a string, or a function that Lua gave, not number/);
    const exposed = LuaPersistent.expose({}, { properties: [] });
    assert.match(await refused("x", "return 1", exposed), /an exposed object cannot be an argument of a task/);
    assert.deepEqual(await lua.tasks(), []);
  });

  each("a name is the same after a reload, whatever it begins with", async (t, it) => {
    const lua = await it.open();
    await (
      await lua.task("\ufeffa", "return 1")
    ).done;
    await lua.flush();
    const [task] = await (await it.killed().open()).tasks();
    assert.equal(task.name, "\ufeffa");
  });

  each("a task that was dropped is gone, and dropping it again does not drop another of its name", async (t, it) => {
    const lua = await it.open();
    const task = await lua.task("t", "return 1");
    await task.done;
    await task.drop();
    const other = await lua.task("t", "return 2");
    await task.drop();
    await task.cancel();
    assert.deepEqual(await other.done, [2]);
    assert.equal((await lua.tasks()).length, 1);
  });
}

test("a worker that is lost goes on with its tasks in the next one", async t => {
  const it = shelf(t, "openWorker");
  globalThis.crossOriginIsolated = false; // as on pages where a signal does not reach Lua
  t.after(() => delete globalThis.crossOriginIsolated);
  const answers = [];
  const lua = await it.open({ host: { wait: () => new Promise(resolve => answers.push(resolve)) } });
  const task = await lua.task("quest", "return host.wait()");
  await until(async () => (await task.status) === "waiting");
  const lost = rejection(task.done);
  const stop = new AbortController();
  const endless = lua.run("print('now') io.flush() while true do end", {
    signal: stop.signal,
    onOutput: () => stop.abort(),
  });
  await rejection(endless);
  await lost;
  await until(() => answers.length === 2);
  answers[1]("answer");
  assert.deepEqual(await task.done, ["answer"]);
});
