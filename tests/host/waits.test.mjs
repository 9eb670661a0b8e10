// Promises: a run waits for them, and nothing in the script shows it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaLimitError, LuaPersistent } from "../../js/dist/index.js";
import { PLACES, REFUSED } from "../abi/waiting-places.mjs";
import { after, deferred, open, rejection, values } from "./opened.mjs";

const answers = {
  wait: async (...args) => LuaPersistent.results(...args),
  now: (...args) => LuaPersistent.results(...args),
};

for (const [place, source] of Object.entries(PLACES)) {
  test(`a run waits ${place}`, async t => {
    const lua = await open(t, answers);
    const other = await open(t, answers);
    const expected = await other.run(`local wait = host.now ${source}`);
    assert.deepEqual(await lua.run(`local wait = host.wait ${source}`), expected);
  });
}

for (const [what, source] of Object.entries(REFUSED)) {
  test(`a wait inside ${what} is an error that names it`, async t => {
    const signals = [];
    const wait = LuaPersistent.hostFunction(call => (signals.push(call.signal), new Promise(() => {})));
    const lua = await open(t, { wait });
    const { message } = await rejection(lua.run(source));
    assert.ok(message.endsWith(`host.wait: cannot wait here (inside ${what.trim()})`), message);
    assert.ok(signals.every(signal => signal.aborted));
    assert.deepEqual(await values(lua, "return 1"), [1]);
  });
}

test("other runs run while one waits, in order, and it goes on after those before it", async t => {
  const answer = deferred();
  const lua = await open(t, { wait: () => answer.promise });
  const log = [];
  const run = (name, code) => lua.run(code).then(({ values }) => log.push(`${name}:${values}`));
  const all = [
    run("a", "n = 1 n = host.wait() + n return n"),
    run("b", "n = n + 1 return n"),
    run("c", "n = n + 1 return n"),
  ];
  await all[2];
  answer.resolve(10);
  all.push(run("d", "n = n + 1 return n"));
  await Promise.all(all);
  assert.deepEqual(log, ["b:2", "c:3", "d:4", "a:14"]);
});

test("a run that waits keeps its output, and reports it as it comes", async t => {
  const seen = [];
  const lua = await open(t, { wait: () => after(1) });
  const waiting = lua.run("print('a') host.wait() print('b')", { onOutput: text => seen.push(text) });
  const other = await lua.run("print('other')");
  assert.equal(other.output, "other\n");
  assert.equal((await waiting).output, "a\nb\n");
  assert.deepEqual(seen, ["a\n", "b\n"]);
});

test("what a run has changed is committed at each wait", async t => {
  const commits = [];
  const records = new Map();
  const store = {
    label: "test",
    async load() {
      return records;
    },
    async commit(changes) {
      commits.push(changes.length);
      for (const { name, bytes } of changes) bytes ? records.set(name, bytes) : records.delete(name);
    },
    async clear() {
      records.clear();
    },
  };
  const answer = deferred();
  const lua = await open(t, { wait: () => answer.promise }, { store });
  const run = lua.run("Memory.a = 1 host.wait() Memory.b = 2");
  await lua.run("");
  assert.equal(commits.length, 1);
  answer.resolve();
  await run;
  assert.equal(commits.length, 2);
});

test("rollbackOnError undoes what was changed since the wait", async t => {
  const lua = await open(t, { wait: () => after(1) }, { rollbackOnError: true });
  await rejection(lua.run("Memory.a = 1 host.wait() Memory.b = 2 error('x')"));
  assert.deepEqual(await values(lua, "return Memory.a, Memory.b"), [1, undefined]);
});

test("a promise that is rejected is an error in Lua, and the cause in JavaScript", async t => {
  const thrown = Object.assign(new TypeError("late"), { code: "E" });
  const lua = await open(t, { fail: () => Promise.reject(thrown), text: () => Promise.reject("only text") });
  assert.deepEqual(
    await values(lua, "local ok, e = pcall(host.fail) return ok, e.message, e.name, e.code, tostring(e)"),
    [false, "late", "TypeError", "E", "host.fail: late"],
  );
  const error = await rejection(lua.run("\nhost.fail()"));
  assert.equal(error.cause, thrown);
  assert.equal(error.line, 2);
  assert.equal((await rejection(lua.run("host.text()"))).cause, "only text");
});

test("what a promise gives and cannot be converted is an error that names the path", async t => {
  const lua = await open(t, { bad: async () => ({ a: new Set() }) });
  assert.equal(
    (await rejection(lua.run("host.bad()"))).message,
    "host.bad: cannot pass a Set to Lua (result.a): pass an array, for example [...set]",
  );
});

test("any thenable is waited for", async t => {
  const lua = await open(t, { wait: () => ({ then: resolve => void setTimeout(resolve, 1, 5) }) });
  assert.deepEqual(await values(lua, "return host.wait()"), [5]);
});

test("in eval a promise is an error that says to use run, and the call is aborted", async t => {
  let signal;
  const wait = LuaPersistent.hostFunction(async call => {
    signal = call.signal;
    await after(1);
    throw new Error("nobody hears of it");
  });
  const lua = await open(t, { wait });
  const message = "host.wait: it answers with a promise, for which eval does not wait: use run";
  assert.throws(() => lua.eval("host.wait()"), { message });
  assert.ok(signal.aborted);
  await after(5);
});

test("timeout covers the waiting: a LuaLimitError that says for what, variables are closed, the call is aborted", async t => {
  let signal;
  const wait = LuaPersistent.hostFunction(call => ((signal = call.signal), new Promise(() => {})));
  const lua = await open(t, { wait });
  const code = "print('x') local c <close> = setmetatable({}, {__close = function() closed = true end}) host.wait()";
  const error = await rejection(lua.run(code, { timeout: 20 }));
  assert.ok(error instanceof LuaLimitError);
  assert.deepEqual([error.limit, error.output], ["time", "x\n"]);
  assert.equal(error.message, "interrupted while it waited for host.wait");
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason, error);
  assert.deepEqual(await values(lua, "return closed"), [true]);
});

test("a run whose time is over while it waits says in which line it waited, and through which functions", async t => {
  const lua = await open(t, { wait: () => new Promise(() => {}) });
  const code = `local function inner()
      coroutine.wrap(function()
        host.wait()
      end)()
    end
    inner()`;
  const error = await rejection(lua.run(code, { timeout: 20, name: "game" }));
  assert.deepEqual([error.limit, error.line], ["time", 3]);
  assert.match(error.traceback, /^stack traceback:\n\t\[C\]: in field 'wait'\n\tgame:3: in /);
});

test("a timeout is not caught by the script", async t => {
  const lua = await open(t, { wait: () => new Promise(() => {}) });
  const error = await rejection(lua.run("while true do pcall(host.wait) end", { timeout: 20 }));
  assert.equal(error.limit, "time");
});

test("a signal stops a run that waits", async t => {
  let call;
  const wait = LuaPersistent.hostFunction(given => ((call = given), new Promise(() => {})));
  const lua = await open(t, { wait });
  const stop = new AbortController();
  const run = rejection(lua.run("host.wait()", { signal: stop.signal }));
  await lua.run("");
  stop.abort(new Error("enough"));
  assert.equal((await run).message, "enough");
  assert.ok(call.signal.aborted);
  assert.deepEqual(await values(lua, "return 1"), [1]);
  assert.equal((await rejection(lua.run("", { signal: AbortSignal.abort(new Error("before")) }))).message, "before");
});

test("a function of the host can stop the run that calls it", async t => {
  const stop = new AbortController();
  const lua = await open(t, { stop: () => stop.abort(new Error("stopped")) });
  const run = lua.run("host.stop() while true do end", { signal: stop.signal });
  assert.equal((await rejection(run)).message, "stopped");
});

test("a late answer is dropped", async t => {
  const answer = deferred();
  const lua = await open(t, { wait: () => answer.promise });
  await rejection(lua.run("host.wait() n = 1", { timeout: 10 }));
  answer.resolve(5);
  await after(5);
  assert.deepEqual(await values(lua, "return n"), [undefined]);
});

test("a call has an id, its name and a signal", async t => {
  const calls = [];
  const f = LuaPersistent.hostFunction((call, ...args) => {
    calls.push([call.id, call.name, call.signal instanceof AbortSignal, call.signal.aborted, args]);
  });
  const lua = await open(t, { a: { f } });
  await lua.run("host.a.f() host.a.f(1, 'x')");
  assert.deepEqual(calls, [
    [1, "a.f", true, false, []],
    [2, "a.f", true, false, [1, "x"]],
  ]);
});

test("hostFunction's timeout is an error in Lua that scripts can catch", async t => {
  let signal;
  const wait = LuaPersistent.hostFunction(call => ((signal = call.signal), new Promise(() => {})), { timeout: 10 });
  const lua = await open(t, { wait });
  assert.deepEqual(await values(lua, "local ok, e = pcall(host.wait) return ok, e.name, e.message"), [
    false,
    "TimeoutError",
    "timed out after 10 ms",
  ]);
  assert.ok(signal.aborted);
});

test("hostFunction's options are checked", () => {
  for (const [options, message] of [
    [{ timeout: 0 }, "hostFunction: timeout is 0, and must be a positive number of milliseconds"],
    [{ onRestore: 5 }, 'hostFunction: onRestore must be "fail", "retry" or a function'],
    [{ timeOut: 5 }, "hostFunction: there is no option 'timeOut', only timeout, onRestore"],
  ]) {
    assert.throws(() => LuaPersistent.hostFunction(() => {}, options), { name: "TypeError", message });
  }
  assert.throws(() => LuaPersistent.hostFunction(5), { message: "hostFunction takes a function, not number" });
});

test("close ends the runs that wait: their variables are closed, their calls are aborted", async t => {
  let signal;
  const wait = LuaPersistent.hostFunction(call => ((signal = call.signal), new Promise(() => {})));
  const records = new Map();
  const lua = await open(t, { wait });
  const run = rejection(
    lua.run("local c <close> = setmetatable({}, {__close = function() Memory.closed = true end}) host.wait()"),
  );
  await lua.run("");
  await lua.close();
  assert.equal((await run).message, "this LuaPersistent is closed");
  assert.ok(signal.aborted);
  assert.equal(lua.table("Memory").get("closed"), true);
  assert.equal(records.size, 0);
});

test("load ends the runs that wait, and says why", async t => {
  const lua = await open(t, { wait: () => new Promise(() => {}) });
  const run = rejection(lua.run("host.wait()"));
  await lua.run("");
  await lua.load();
  assert.equal((await run).message, "Lua was loaded anew, and what waited in it is lost");
  assert.deepEqual(await values(lua, "return 1"), [1]);
});

test("no more than waitingLimit calls wait", async t => {
  const lua = await open(t, { wait: () => new Promise(() => {}) }, { waitingLimit: 2 });
  for (let i = 0; i < 2; i++) lua.run("host.wait()").catch(() => {});
  const error = await rejection(lua.run("host.wait()"));
  assert.equal(error.message, "host.wait: waitingLimit is 2 calls");
  assert.equal(error.limit, "host");
});

test("many runs wait at once, and each goes on with its own answer", async t => {
  const lua = await open(t, { wait: async n => (await after(n % 5), n) });
  const runs = Array.from({ length: 200 }, (_, i) =>
    lua.run("local a = host.wait(...) return a + host.wait(1)", { args: [i] }),
  );
  const all = await Promise.all(runs);
  assert.deepEqual(
    all.map(({ values }) => values[0]),
    all.map((_, i) => i + 1),
  );
});

test("a run that waits may end by os.exit", async t => {
  const lua = await open(t, { wait: () => after(1) });
  assert.deepEqual(await lua.run("print('x') host.wait() os.exit(3)"), { output: "x\n", values: [], exit: 3 });
});

test("stdin is what host.stdin gives, and may be waited for", async t => {
  const lines = ["first\nsec", "ond\n", null];
  const lua = await open(t, { stdin: async () => (await after(1), lines.shift()) });
  assert.deepEqual(await values(lua, "return io.read(), io.read('l'), io.read()"), ["first", "second", undefined]);
});

const INSIDE = {
  "a callback of a C function": "table.sort({ 1, 2 }, function() coroutine.wrap(forever)() end)",
  "a metamethod":
    "local _ = setmetatable({}, { __index = function() coroutine.resume(coroutine.create(forever)) end }).x",
};

for (const [place, source] of Object.entries(INSIDE)) {
  test(`after a stop in a coroutine inside ${place} other runs wait`, async t => {
    const lua = await open(t, { wait: () => after(1, 7) }, { instructionLimit: 100_000 });
    await lua.run("function forever() while true do end end");
    const { message } = await rejection(lua.run(source));
    assert.match(message, /instruction limit exceeded/);
    assert.deepEqual(await values(lua, "return host.wait()"), [7]);
  });
}
