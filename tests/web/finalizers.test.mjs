// runGc: finalizers in it have the limits of a run, and one that is stopped costs nothing but itself. Between runs none is
// called.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaLimitError, LuaPersistent } from "../../js/dist/index.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";

const open = options => LuaPersistent.open(options);
const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );
/** A source of garbage: `count` objects whose finalizers count, and do `source` when they are the first. */
const garbage = (count, source = "while true do end") => `called = 0 collectgarbage('stop')
  for i = 1, ${count} do setmetatable({}, { __gc = function() called = called + 1 if called == 1 then ${source} end end }) end`;

/** That Lua is as before, and that the next collection calls all other finalizers. */
async function goesOn(lua, count) {
  assert.equal((await lua.run("return called")).values[0], 1);
  await lua.runGc();
  assert.deepEqual((await lua.run("return called, Memory.kept")).values, [count, true]);
}

test("runGc has the timeout of open: a LuaLimitError that names the finalizer, and Lua goes on", async () => {
  const lua = await open({ timeout: 50 });
  await lua.run(`Memory.kept = true print('x') ${garbage(20, "print('begun') while true do end")}`, { name: "maker" });
  const error = await rejection(lua.runGc());
  assert.ok(error instanceof LuaLimitError, String(error));
  assert.deepEqual([error.limit, error.message, error.output], ["time", "interrupted", "begun\n"]);
  assert.match(error.traceback, /maker:2: in .*'__gc'/);
  await goesOn(lua, 20);
});

test("runGc has a timeout of its own, in place of that of open", async () => {
  const lua = await open();
  await lua.run(`Memory.kept = true ${garbage(3)}`);
  assert.equal((await rejection(lua.runGc({ timeout: 30 }))).limit, "time");
  await goesOn(lua, 3);
  const patient = await open({ timeout: 1 });
  await patient.run("n = 0 setmetatable({}, { __gc = function() for i = 1, 3e6 do n = n + 1 end end })", {
    timeout: Infinity,
  });
  await patient.runGc({ timeout: Infinity });
  assert.deepEqual((await patient.run("return n")).values, [3e6]);
});

test("runGc has the instructionLimit", async () => {
  const lua = await open({ instructionLimit: 1_000_000 });
  await lua.run(`Memory.kept = true ${garbage(12)}`);
  const error = await rejection(lua.runGc());
  assert.deepEqual(
    [error.name, error.limit, error.message],
    ["LuaLimitError", "instructions", "instruction limit exceeded"],
  );
  await goesOn(lua, 12);
});

test("what interrupt throws ends runGc, and is what it is rejected with", async () => {
  const failure = new RangeError("mine");
  let isOver = false;
  const lua = await open({
    interrupt() {
      if (isOver) throw failure;
    },
  });
  await lua.run(`Memory.kept = true ${garbage(5)}`);
  isOver = true;
  assert.equal(await rejection(lua.runGc()), failure);
  isOver = false;
  await goesOn(lua, 5);
});

test("a signal that a finalizer's output aborts ends runGc with its reason", async () => {
  const stop = new AbortController();
  const lua = await open({ onOutput: () => stop.abort("enough") });
  await lua.run(`Memory.kept = true ${garbage(5, "print('x') io.flush() while true do end")}`);
  assert.equal(await rejection(lua.runGc({ signal: stop.signal })), "enough");
  await goesOn(lua, 5);
});

test("a signal ends the waiting of runGc at once, and it does not begin", async () => {
  const stop = new AbortController();
  let release;
  const store = memoryStore();
  const lua = await open({
    store: {
      ...store,
      commit: changes => new Promise(resolve => (release = resolve)).then(() => store.commit(changes)),
    },
  });
  const run = lua.run(`Memory.kept = true ${garbage(1, "called = 1")}`);
  const collection = rejection(lua.runGc({ signal: stop.signal }));
  setTimeout(() => stop.abort("not any more"), 10);
  assert.equal(await collection, "not any more");
  assert.equal(await rejection(lua.runGc({ signal: AbortSignal.abort("before") })), "before");
  release();
  await run;
  assert.equal((await lua.run("return called")).values[0], 0);
});

test("a signal leaves a runGc whose commit hangs", async () => {
  const stop = new AbortController();
  const store = memoryStore();
  let hangs = false;
  const lua = await open({
    store: { ...store, commit: changes => (hangs ? new Promise(() => {}) : store.commit(changes)) },
  });
  await lua.run("Memory.t = {} setmetatable({}, { __gc = function() Memory.t = nil end })");
  hangs = true;
  const collection = rejection(lua.runGc({ signal: stop.signal }));
  setTimeout(() => stop.abort("enough"), 20);
  assert.equal(await collection, "enough");
  await lua.close({ discard: true });
});

test("what runGc has changed before it is stopped is durable; with rollbackOnError it is undone", async () => {
  for (const rollbackOnError of [false, true]) {
    const store = memoryStore();
    const lua = await open({ store, timeout: 50, rollbackOnError });
    await lua.run("Memory.x = 1 setmetatable({}, { __gc = function() Memory.x = 2 while true do end end })");
    await rejection(lua.runGc());
    await lua.close();
    const again = await open({ store });
    assert.deepEqual((await again.run("return Memory.x")).values, [rollbackOnError ? 1 : 2]);
  }
});

test("os.exit in a finalizer ends runGc, which is no error", async () => {
  const lua = await open();
  await lua.run(`Memory.kept = true ${garbage(5, "os.exit(3)")}`);
  await lua.runGc();
  await goesOn(lua, 5);
});

test("run_gc of the exports has the timeout of open, from when it is called", async () => {
  const lua = await open({ timeout: 300 });
  await lua.run(`Memory.kept = true ${garbage(5)}`);
  await new Promise(resolve => setTimeout(resolve, 350));
  lua.exports.run_gc();
  await goesOn(lua, 5);
});

test("between runs no finalizer is called: not in idle sweeps, not by saveImage, not by close", async () => {
  const lua = await open();
  // Tables of Lua alone, which its garbage may hold: it is collected before they are swept.
  await lua.run(`${garbage(500, "Memory.called = true while true do end")}
    local mark = {} weak = setmetatable({ mark }, { __mode = 'v' })
    for i = 1, 3000 do mark[i] = ext.table() mark[i].x = i end`);
  for (let isCollected = false; !isCollected;) {
    await new Promise(resolve => setTimeout(resolve, 50));
    isCollected = (await lua.run("return weak[1] == nil")).values[0];
  }
  await lua.saveImage();
  assert.equal(lua.table(1).has("called"), false);
  await lua.close();
});

test("an error about an option of runGc that makes no sense says what would", async () => {
  const lua = await open();
  await assert.rejects(lua.runGc({ timeout: 0 }), {
    name: "TypeError",
    message: "runGc: timeout is 0, and must be a positive number of milliseconds",
  });
  await assert.rejects(lua.runGc({ timeOut: 5 }), {
    message: /^runGc: there is no option 'timeOut' \(did you mean timeout\?\), only timeout, signal$/,
  });
  await assert.rejects(lua.runGc({ signal: {} }), {
    message: "runGc: signal is an object, and must be an AbortSignal",
  });
  await assert.rejects(lua.runGc(5), { name: "TypeError" });
});

test("runGc of a plain LuaPersistent takes a timeout, and Lua goes on", async () => {
  const lua = await new LuaPersistent().load();
  lua.eval(`Memory.kept = true ${garbage(20)}`);
  assert.throws(() => lua.runGc({ timeout: 50 }), { name: "LuaLimitError", limit: "time", message: "interrupted" });
  assert.equal(lua.eval("return called"), "1");
  lua.runGc();
  assert.equal(lua.eval("return called, Memory.kept"), "20\ttrue");
  assert.throws(
    () => lua.runGc({ signal: AbortSignal.abort("why") }),
    error => error === "why",
  );
  assert.throws(() => lua.runGc({ timeout: -1 }), {
    name: "TypeError",
    message: "runGc: timeout is -1, and must be a positive number of milliseconds",
  });
});
