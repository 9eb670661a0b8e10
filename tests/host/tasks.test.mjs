// host.sleep, spawn, join and all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { memoryStore } from "../../js/dist/stores.js";
import { after, deferred, open, rejection, values } from "./opened.mjs";

test("sleep waits", async t => {
  const lua = await open(t);
  const start = performance.now();
  await lua.run("host.sleep(0.02)");
  assert.ok(performance.now() - start >= 19);
  await lua.run("host.sleep(0)");
  for (const bad of ["", "-1", "'x'", "0/0"])
    assert.match((await rejection(lua.run(`host.sleep(${bad})`))).message, /host\.sleep: it takes a number of seconds/);
});

test("a spawned task runs beside the run that starts it", async t => {
  const lua = await open(t);
  const code = `local t = host.spawn(function(...) print("task", ...) host.sleep(0.001) print("end") return ..., 3.0 end, 1, "b")
    print("run") return host.join(t)`;
  assert.deepEqual(await lua.run(code), { output: "run\ntask\t1\tb\nend\n", values: [1, 3] });
});

test("arguments and results of tasks are exact: floats, bytes, tables, functions", async t => {
  const lua = await open(t);
  const code = `local f = function() end
    local r = table.pack(host.join(host.spawn(function(...) return ... end, 3.0, "\\255", {a = {f}}, Memory, nil, f)))
    return r.n, math.type(r[1]), r[2] == "\\255", r[3].a[1] == f, r[4] == Memory, r[5], r[6] == f`;
  assert.deepEqual(await values(lua, code), [6, "float", true, true, true, undefined, true]);
});

test("a task may end before or after it is joined, and is joined once", async t => {
  const lua = await open(t);
  const code = `local t = host.spawn(function() return 7 end) host.sleep(0.005)
    local r = host.join(t) return r, select(2, pcall(host.join, t)).message`;
  assert.deepEqual(await values(lua, code), [7, "there is no task 1: it was joined, or ended long ago"]);
});

test("an error of a task is that of join", async t => {
  const lua = await open(t, {
    fail() {
      throw Object.assign(new RangeError("deep"), { code: 5 });
    },
  });
  const error = await rejection(lua.run("host.join(host.spawn(function() error('inside') end))"));
  assert.equal(error.message, "host.join: task:1: inside".replace("task", "run 1"));
  assert.equal(error.cause.message, "run 1:1: inside");
});

test("an error that nobody joins is reported", async t => {
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  const lua = await open(t);
  await lua.run("host.spawn(function() error('lost') end)");
  await lua.run("");
  await after(1);
  assert.deepEqual(reported, ["run 1:1: lost"]);
});

test("a run does not wait for its tasks; what they print later is for onOutput", async t => {
  const seen = [];
  const lua = await open(t, {}, { onOutput: text => seen.push(text) });
  const { output } = await lua.run("host.spawn(function() host.sleep(0.005) print('late') end) print('run')");
  assert.equal(output, "run\n");
  await after(20);
  assert.deepEqual(seen, ["run\n", "late\n"]);
});

test("all runs functions beside each other, and gives the first result of each", async t => {
  const lua = await open(t);
  const code = `local log = {}
    local function f(name, seconds) return function() host.sleep(seconds) log[#log + 1] = name return name, "more" end end
    local a, b, c = host.all(f("a", 0.3), f("b", 0.001), function() end) return a, b, c, log[1]`;
  assert.deepEqual(await values(lua, code), ["a", "b", undefined, "b"]);
  assert.deepEqual(await values(lua, "return select('#', host.all())"), [0]);
});

test("the first error of all ends the others", async t => {
  let signal;
  const lua = await open(t, {
    wait: LuaPersistent.hostFunction(call => ((signal = call.signal), new Promise(() => {}))),
  });
  const code = `host.all(function() local c <close> = setmetatable({}, {__close = function() closed = true end}) host.wait() end,
    function() host.sleep(0.001) error("first") end)`;
  assert.match((await rejection(lua.run(code))).message, /^host\.all: run 1:2: first$/);
  await lua.run("");
  assert.ok(signal.aborted);
  assert.deepEqual(await values(lua, "return closed"), [true]);
});

test("a run that is stopped ends the functions of its all", async t => {
  let signal;
  const lua = await open(t, {
    wait: LuaPersistent.hostFunction(call => ((signal = call.signal), new Promise(() => {}))),
  });
  const error = await rejection(lua.run("host.all(function() host.wait() end)", { timeout: 20 }));
  assert.equal(error.limit, "time");
  await lua.run("");
  assert.ok(signal.aborted);
});

test("what is no function is refused", async t => {
  const lua = await open(t);
  assert.match(
    (await rejection(lua.run("host.spawn(5)"))).message,
    /host\.spawn: it takes a function, and arguments for it/,
  );
  assert.match((await rejection(lua.run("host.spawn()"))).message, /host\.spawn: it takes a function/);
  assert.match(
    (await rejection(lua.run("host.spawn(print, coroutine.create(print))"))).message,
    /a coroutine or a userdata cannot be an argument/,
  );
  assert.match((await rejection(lua.run("host.all(print, 5)"))).message, /host\.all: argument 2 is no function/);
});

test("a result that cannot go back is an error that says so", async t => {
  const lua = await open(t);
  const { message } = await rejection(lua.run("host.join(host.spawn(function() return coroutine.create(print) end))"));
  assert.equal(message, "host.join: a coroutine or a userdata cannot be a result of a task");
});

/** What nobody else hears of. @returns messages */
function reports(t) {
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  return reported;
}

/** Tasks that wait for ever: one of the run, and one of a task that has ended. */
const TWO_WAIT = `
  host.spawn(function() host.wait() end)
  host.join(host.spawn(function() host.spawn(function() host.wait() end) end))`;

/** @returns Lua that has such tasks, their calls, and what aborts the signal of a run */
async function withTasks(t, more) {
  const calls = [];
  const stop = new AbortController();
  const host = {
    wait: LuaPersistent.hostFunction(call => (calls.push(call), new Promise(() => {}))),
    stop: () => stop.abort(new Error("enough")),
    ...more,
  };
  return { lua: await open(t, host), calls, stop };
}

const stopped = calls => calls.map(({ signal }) => signal.aborted);

test("the signal that stops a run while it waits stops its tasks, too, and theirs", async t => {
  const { lua, calls, stop } = await withTasks(t);
  const reported = reports(t);
  const run = rejection(lua.run(`${TWO_WAIT} host.wait()`, { signal: stop.signal }));
  while (calls.length < 3) await after(1);
  stop.abort(new Error("enough"));
  assert.equal((await run).message, "enough");
  await lua.run("");
  assert.deepEqual(stopped(calls), [true, true, true]);
  assert.deepEqual(reported, ["enough", "enough"]);
});

test("the signal that stops a run while Lua runs stops its tasks, too, and what it has not begun", async t => {
  const { lua, calls, stop } = await withTasks(t);
  const reported = reports(t);
  const code = `${TWO_WAIT} host.spawn(function() begun = true end) host.stop() while true do end`;
  assert.equal((await rejection(lua.run(code, { signal: stop.signal }))).message, "enough");
  assert.deepEqual(await values(lua, "return begun"), [undefined]);
  assert.deepEqual(stopped(calls), [true, true]);
  assert.deepEqual(reported, ["enough", "enough", "enough"]);
});

test("tasks go on when the signal of their run is aborted after that has ended", async t => {
  const answer = deferred();
  const { lua, stop } = await withTasks(t, { answer: () => answer.promise });
  await lua.run("task = host.spawn(function() return host.answer() end)", { signal: stop.signal });
  await lua.run("");
  stop.abort();
  answer.resolve("it");
  assert.deepEqual(await values(lua, "return host.join(task)"), ["it"]);
});

test("tasks of a run that comes to its end though its signal is aborted go on", async t => {
  const { lua, stop } = await withTasks(t);
  const code = "task = host.spawn(function() for i = 1, 1e6 do n = i end return n end) host.stop() return 1";
  assert.deepEqual(await values(lua, code, { signal: stop.signal }), [1]);
  assert.deepEqual(await values(lua, "return host.join(task)"), [1e6]);
});

test("tasks of a run whose signal is aborted while its changes are committed go on, as they are in the store", async t => {
  const stop = new AbortController();
  const { commit, ...others } = memoryStore();
  const store = { ...others, commit: (...args) => (stop.abort(), commit(...args)) };
  const lua = await open(t, {}, { store });
  const code = "task = host.spawn(function() host.sleep(0) return 2 end) Memory.n = 1 return 1";
  assert.deepEqual(await values(lua, code, { signal: stop.signal }), [1]);
  assert.deepEqual(await values(lua, "return host.join(task)"), [2]);
});

test("eval can spawn", async t => {
  const lua = await open(t);
  lua.eval("host.spawn(function() n = 5 end)");
  await lua.run("");
  assert.equal(lua.eval("return n"), "5");
});

test("tasks can start tasks and join them, many at once", async t => {
  const lua = await open(t);
  const code = `local function tree(n) if n == 0 then return 1 end
      local a, b = host.spawn(tree, n - 1), host.spawn(tree, n - 1) return host.join(a) + host.join(b) end
    return tree(7)`;
  assert.deepEqual(await values(lua, code), [128]);
});

test("results that a stopped run had asked for are forgotten like others, when a thousand tasks have ended since", async t => {
  const lua = await open(t);
  await lua.run("t = host.spawn(function() host.sleep(0.02) return 1 end)");
  const stop = new AbortController();
  const joining = rejection(lua.run("host.join(t)", { signal: stop.signal }));
  await after(1);
  stop.abort(new Error("enough"));
  assert.equal((await joining).message, "enough");
  await after(40);
  await lua.run("for _ = 1, 1000 do host.spawn(function() end) end");
  await after(1);
  await lua.run("host.join(host.spawn(function() end))");
  const { message } = await rejection(lua.run("host.join(t)"));
  assert.equal(message, "host.join: there is no task 1: it was joined, or ended long ago");
});

test("a signal that outlives the tasks of its run keeps nothing of them", async t => {
  const lua = await open(t);
  const { signal } = new AbortController();
  const kept = new Set();
  signal.addEventListener = function (type, listener, options) {
    kept.add(listener);
    options?.signal?.addEventListener("abort", () => kept.delete(listener));
    AbortSignal.prototype.addEventListener.call(this, type, listener, options);
  };
  signal.removeEventListener = function (type, listener) {
    kept.delete(listener);
    AbortSignal.prototype.removeEventListener.call(this, type, listener);
  };
  const code = "for i = 1, 20 do host.join(host.spawn(function() host.sleep(0) end)) end";
  await lua.run(code, { signal });
  await after(5);
  assert.equal(kept.size, 0);
});
