// Functions of the host for Lua in a Worker: they run in the page, every call waits, and no script can tell.
import assert from "node:assert/strict";
import { LuaFunction, LuaPersistent } from "../../js/dist/index.js";
import { PLACES } from "../abi/waiting-places.mjs";
import { before, openWorker, rejection, test } from "../worker/helpers.mjs";
import { after, deferred } from "./opened.mjs";

const thrown = Object.assign(new RangeError("nope"), { code: "E1" });
let answer = deferred();
let call;
const host = {
  now: (...args) => LuaPersistent.results(...args),
  echo: x => x,
  type: value => value?.constructor?.name,
  http: { text: async url => `<${url}>` },
  wait: () => answer.promise,
  fail() {
    throw thrown;
  },
  long: n => "x".repeat(n),
  bad: () => ({ a: [1, new Date()] }),
  map: async (list, f) => Promise.all(list.map(async x => (await f.call(x))[0])),
  hang: LuaPersistent.hostFunction(given => ((call = given), new Promise(() => {}))),
  slow: LuaPersistent.hostFunction(() => new Promise(() => {}), { timeout: 10 }),
};

let [lua, inPage] = [];
before(async () => {
  // One for all: a memory takes gigabytes of address space until the page collects it, and workers get none meanwhile.
  inPage = await LuaPersistent.open({ host });
  lua = await openWorker({ host, modules: { m: "#!x\nreturn {v = host.http.text('mod')}" } });
});
const values = async (code, options) => (await lua.run(code, options)).values;

for (const [place, source] of Object.entries(PLACES)) {
  test(`a run in a worker waits ${place}`, async () => {
    const expected = await inPage.run(`local wait = host.now ${source}`, { name: place });
    const worker = await openWorker({ host });
    assert.deepEqual(await worker.run(`local wait = host.now ${source}`, { name: place }), expected);
    await worker.close();
  });
}

test("a function gives its results, and may be asynchronous", async () => {
  assert.deepEqual(await values("return host.now(1, 'b', nil, {x = {1}}), host.http.text('u')"), [1, "<u>"]);
  assert.deepEqual(await values("return host.now(1, 'b', nil, {x = {1}})"), [1, "b", undefined, { x: [1] }]);
  assert.equal(await lua.eval("print(1) return host.http.text('u')"), "1\n<u>");
});

test("errors are the table in Lua, and the original error is the cause", async () => {
  assert.deepEqual(await values("local ok, e = pcall(host.fail) return ok, e.message, e.name, e.code, tostring(e)"), [
    false,
    "nope",
    "RangeError",
    "E1",
    "host.fail: nope",
  ]);
  const error = await rejection(lua.run("\nhost.fail()"));
  assert.deepEqual([error.name, error.message, error.line], ["LuaError", "host.fail: nope", 2]);
  assert.equal(error.cause, thrown);
  assert.match(
    (await rejection(lua.run("host.bad()"))).message,
    /^host\.bad: cannot pass a Date to Lua \(result\.a\[1\]\)/,
  );
});

test("names that are not given, and options that make no sense, are errors", async () => {
  assert.match((await rejection(lua.run("host.nothing()"))).message, /the host has no 'host\.nothing'$/);
  assert.match((await rejection(LuaPersistent.openWorker({ host: { a: 5 } }))).message, /^openWorker: host\.a is 5/);
  assert.match(
    (await rejection(LuaPersistent.openWorker({ host: { sleep() {} } }))).message,
    /host\.sleep is always there/,
  );
});

test("callLimit and callBytesLimit hold as in the page's own thread", async () => {
  const lua = await openWorker({ host, callLimit: 50, callBytesLimit: 1000 });
  for (const [code, message] of [
    ["for i = 1, 60 do host.echo(i) end", "host.echo: callLimit is 50 calls of one run until it waits"],
    ["host.echo(('x'):rep(2000))", "host.echo: callBytesLimit is 1000 bytes, and the arguments have more"],
    ["host.long(2000)", "host.long: callBytesLimit is 1000 bytes, and the results have more"],
  ]) {
    const error = await rejection(lua.run(code));
    assert.deepEqual([error.name, error.limit, error.message, error.line], ["LuaLimitError", "host", message, 1]);
  }
  const both = "for i = 1, 120 do host.echo(i) if i % 40 == 0 then host.http.text('u') end end return 'all'";
  assert.deepEqual((await lua.run(both)).values, ["all"]);
  await lua.close();
});

test("an error of a call has the source and the line where it is", async () => {
  await lua.run("function f()\n host.fail() end", { name: "lib" });
  for (const callee of ["f", await lua.get("f")]) {
    const { source, line, cause } = await rejection(lua.call(callee));
    assert.deepEqual([source, line, cause], ["lib", 2, thrown]);
  }
});

test("a LuaFunction works across", async () => {
  assert.deepEqual(await values("return host.map({1, 2, 3}, function(x) host.sleep(0.001) return x * 2 end)"), [
    [2, 4, 6],
  ]);
  const [f, { g }] = await values("f = function(...) return select('#', ...), ... end return f, {g = f}");
  assert.ok(f instanceof LuaFunction);
  assert.equal(f, g);
  assert.deepEqual(await f.call(1, null), [2, 1, undefined]);
  assert.deepEqual(await values("return ... == f, host.echo(f) == f, host.echo(...) == f", { args: [f] }), [
    true,
    true,
    true,
  ]);
});

test("a function that was released is released in the worker, when nothing else has it", async () => {
  const [f] = await values(
    "weak = setmetatable({}, {__mode = 'v'}) weak[1] = function() return weak end return weak[1]",
  );
  await lua.run("collectgarbage()");
  const [again] = await values("return weak[1]");
  assert.equal(f, again);
  f.release();
  await lua.run("");
  await lua.run("collectgarbage()");
  assert.deepEqual(await values("return weak[1]"), [undefined]);
  assert.match((await rejection(f.call())).message, /was released$/);
});

test("a function that is on its way back when it is released arrives", async () => {
  const worker = await openWorker({ host: { drop: f => (Promise.resolve().then(() => f.release()), f) } });
  for (let i = 0; i < 50; i++)
    assert.deepEqual((await worker.run("local f = function() return 7 end return host.drop(f)()")).values, [7]);
  await worker.close();
});

test("while one run waits others run, in order", async () => {
  answer = deferred();
  const first = lua.run("n = 1 n = host.wait() + n return n");
  const others = await Promise.all([lua.run("n = n + 1 return n"), lua.run("n = n + 1 return n")]);
  answer.resolve(10);
  assert.deepEqual(others.map(({ values }) => values[0]), [2, 3]); // prettier-ignore
  assert.deepEqual((await first).values, [13]);
});

test("output is that of the run that prints it, and is reported while it waits", async () => {
  const seen = [];
  answer = deferred();
  const first = lua.run("print('a') host.wait() print('b')", { onOutput: text => seen.push(text) });
  const other = await lua.run("print('other')");
  await after(30);
  assert.deepEqual(seen, ["a\n"]);
  answer.resolve();
  assert.equal(other.output, "other\n");
  assert.equal((await first).output, "a\nb\n");
});

test("timeout and signal stop a run that waits: the call is aborted, globals stay", async () => {
  await lua.run("kept = 1");
  const error = await rejection(lua.run("host.hang()", { timeout: 30 }));
  assert.deepEqual([error.limit, error.message], ["time", "interrupted while it waited for host.hang"]);
  await lua.run("");
  assert.ok(call.signal.aborted);
  const stop = new AbortController();
  const run = rejection(lua.run("while true do pcall(host.hang) end", { signal: stop.signal }));
  await lua.run("");
  stop.abort(new Error("enough"));
  assert.equal((await run).message, "enough");
  assert.deepEqual([await values("return kept"), lua.restarts], [[1], 0]);
});

test("hostFunction's timeout", async () => {
  assert.deepEqual(await values("local ok, e = pcall(host.slow) return e.name, e.message"), [
    "TimeoutError",
    "timed out after 10 ms",
  ]);
});

test("a run that waits and one that does not end: the latter is stopped, the former goes on", async () => {
  answer = deferred();
  const waiting = lua.run("return host.wait()");
  const error = await rejection(lua.run("while true do end", { timeout: 50 }));
  assert.equal(error.limit, "time");
  answer.resolve("still here");
  assert.deepEqual((await waiting).values, ["still here"]);
  assert.equal(lua.restarts, 0);
});

test("tasks, json and modules are there", async () => {
  const code = `local t = host.spawn(function(x) host.sleep(0.001) return x, host.http.text("t") end, 1)
    return host.json.encode({1, {}}), require("m").v, host.join(t)`;
  assert.deepEqual(await values(code), ["[1,[]]", "<mod>", 1, "<t>"]);
});

test("call, set and get", async () => {
  await lua.set("game", { n: 5 });
  assert.deepEqual(await lua.get("game"), { n: 5 });
  await lua.run("function game:add(x) host.sleep(0.001) return self.n + x end");
  assert.deepEqual(await lua.call("game:add", 2), [7]);
  assert.match((await rejection(lua.call("game.no"))).message, /^call game\.no:1: attempt to call a nil value/);
  assert.match((await rejection(lua.get("game.x.y"))).message, /^get game\.x\.y:1: attempt to index a nil value/);
  assert.deepEqual(await values("x = 1 return x", { env: "fresh" }), [1]);
  assert.deepEqual(await values("return x"), [undefined]);
});

test("an external table arrives as its id, and goes back as the table", async () => {
  assert.deepEqual(await values("Memory.t = {} return host.type(Memory.t), host.echo(Memory.t) == Memory.t"), [
    "LuaTableId",
    true,
  ]);
});

test("close ends the runs that wait", async () => {
  const worker = await openWorker({ host });
  const run = rejection(worker.run("host.hang()"));
  await worker.run("");
  await worker.close();
  assert.equal((await run).message, "this LuaPersistent is closed");
  assert.ok(call.signal.aborted);
});

test("terminate ends the runs that wait", async () => {
  const worker = await openWorker({ host });
  const run = rejection(worker.run("host.hang()"));
  await worker.run("");
  await worker.terminate();
  assert.equal((await run).message, "this LuaPersistent was terminated");
});

test("load ends the runs that wait; functions of before say so", async () => {
  const worker = await openWorker({ host });
  const [f] = (await worker.run("return function() end")).values;
  const run = rejection(worker.run("host.hang()"));
  await worker.run("");
  await worker.load();
  assert.equal((await run).message, "Lua was loaded anew, and what waited in it is lost");
  assert.match((await rejection(f.call())).message, /this function of Lua is gone/);
  assert.deepEqual((await worker.run("return host.echo(1)")).values, [1]);
  await worker.close();
});

test("tasks of a run that has come to its end when its signal reaches the worker go on", async t => {
  globalThis.reportError = () => {};
  t.after(() => delete globalThis.reportError);
  const stop = new AbortController();
  answer = deferred();
  const code = `Memory.n = 1 host.wait() Memory.n = 2
    task = host.spawn(function() for i = 1, 1e6 do n = i end host.sleep(0) return n end)`;
  const run = lua.run(code, { signal: stop.signal });
  while ((await lua.run("return Memory.n")).values[0] !== 1) await after(1);
  // The worker has this answer when it is told to stop, and its commit is not here yet.
  answer.resolve();
  for (let i = 0; i < 100; i++) await null;
  stop.abort();
  await run;
  assert.deepEqual(await values("return host.join(task)"), [1e6]);
  assert.equal(lua.restarts, 0);
});

test("a task that does not end is stopped with the run that has begun it, and that waits", async t => {
  globalThis.reportError = () => {};
  t.after(() => delete globalThis.reportError);
  const stop = new AbortController();
  answer = deferred();
  const code = "host.spawn(function() while true do n = 'runs' end end) n = nil print('begun') host.wait()";
  const run = rejection(lua.run(code, { signal: stop.signal, onOutput: () => setTimeout(() => stop.abort(), 50) }));
  assert.equal(await run, stop.signal.reason);
  assert.deepEqual(await values("return n"), ["runs"]);
  assert.equal(lua.restarts, 0);
});
