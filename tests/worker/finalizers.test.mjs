// runGc in a worker: a finalizer that does not end is stopped by timeout and signal, and Lua keeps its globals.
import assert from "node:assert/strict";
import { LuaLimitError } from "../../js/dist/index.js";
import { openWorker, rejection, test } from "./helpers.mjs";

const GARBAGE = `x, Memory.n, called = 'global', 1, 0 collectgarbage('stop')
  for i = 1, 20 do setmetatable({}, { __gc = function() called = called + 1 Memory.n = 2
    if called == 1 then print('begun') while true do end end end }) end`;

/** That Lua is at the last committed state, with its globals, and calls all other finalizers. */
async function goesOn(lua) {
  assert.deepEqual((await lua.run("return x, Memory.n, called")).values, ["global", 1, 1]);
  await lua.runGc();
  assert.deepEqual((await lua.run("return x, Memory.n, called")).values, ["global", 2, 20]);
  assert.equal(lua.restarts, 0);
}

test("runGc has the timeout of openWorker, or one of its own", async () => {
  for (const [options, own] of [[{ timeout: 100 }], [{}, { timeout: 100 }]]) {
    const lua = await openWorker(options);
    await lua.run(GARBAGE);
    const error = await rejection(lua.runGc(own));
    assert.ok(error instanceof LuaLimitError, String(error));
    assert.deepEqual([error.limit, error.message, error.output], ["time", "interrupted", "begun\n"]);
    await goesOn(lua);
  }
});

test("runGc is stopped by a signal, with its reason", async () => {
  const stop = new AbortController();
  const lua = await openWorker({ onOutput: () => stop.abort() });
  await lua.run(GARBAGE);
  assert.equal(await rejection(lua.runGc({ signal: stop.signal })), stop.signal.reason);
  await goesOn(lua);
});

test("runGc has the instructionLimit", async () => {
  const lua = await openWorker({ instructionLimit: 1_000_000 });
  await lua.run(GARBAGE);
  const error = await rejection(lua.runGc());
  assert.deepEqual([error.limit, error.message], ["instructions", "instruction limit exceeded"]);
  assert.deepEqual((await lua.run("return x, called")).values, ["global", 1]);
});

test("what nobody waits for calls no finalizer: a run after idle time has its own timeout, and all of Lua", async () => {
  const lua = await openWorker({ timeout: 1000 });
  // Tables of Lua alone, which its garbage may hold: it is collected before they are swept.
  await lua.run(`${GARBAGE} local mark = {} weak = setmetatable({ mark }, { __mode = 'v' })
    for i = 1, 3000 do mark[i] = ext.table() mark[i].x = i end`);
  for (let isCollected = false; !isCollected;) {
    await new Promise(resolve => setTimeout(resolve, 50));
    isCollected = (await lua.run("return weak[1] == nil")).values[0];
  }
  assert.deepEqual((await lua.run("return x, Memory.n, called")).values, ["global", 1, 0]);
  assert.equal((await rejection(lua.runGc())).message, "interrupted");
  await goesOn(lua);
});

test("where memory is not shared a signal ends the worker, and the tables are as committed", async () => {
  const isolated = globalThis.crossOriginIsolated;
  globalThis.crossOriginIsolated = false;
  try {
    const lua = await openWorker();
    await lua.run(GARBAGE);
    const stop = new AbortController();
    const collection = rejection(lua.runGc({ signal: stop.signal }));
    setTimeout(() => stop.abort(), 50);
    assert.equal(await collection, stop.signal.reason);
    assert.deepEqual((await lua.run("return x, Memory.n")).values, [undefined, 1]);
    assert.equal(lua.restarts, 1);
  } finally {
    globalThis.crossOriginIsolated = isolated;
  }
});
