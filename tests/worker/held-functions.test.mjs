// Functions that go to the page are held for it, and let go of when it has no use for them: whatever becomes of the run that gave
// them. Lua counts those that are left.
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { StoreError, memoryStore } from "../../js/dist/stores.js";
import { after, collectGarbage } from "../host/opened.mjs";
import { openWorker, rejection, test } from "./helpers.mjs";

// In the worker, too, all is collected when some is.
setFlagsFromString("--gc-global");

const COUNT = 50;
/** How often garbage is collected before what is left counts as held. */
const PATIENCE = 40;

const MAKE = `local f = function() return made ~= nil end
  made[f] = true Memory.n = (Memory.n or 0) + 1 `;
const LEFT = `collectgarbage() local n = 0 for _ in pairs(made) do n = n + 1 end return n`;
/** Makes garbage in the worker's JavaScript. */
const GARBAGE = "for i = 1, 200 do pcall(host.json.encode, ('x'):rep(10000)) end";

/** @returns how many of the functions that Lua has made are still there */
async function left(lua) {
  for (let i = 0; ; i++) {
    collectGarbage();
    await after(5);
    await lua.run(GARBAGE);
    const [count] = (await lua.run(LEFT)).values;
    if (count === 0 || i === PATIENCE) return count;
  }
}

/** A store that does what `commit` says before it takes changes. */
function storeWith(commit) {
  const own = memoryStore(new Map());
  return {
    ...own,
    async commit(...changes) {
      await commit();
      return own.commit(...changes);
    },
  };
}

/** That a run has failed with its result. */
async function hasFunction(run) {
  const { result } = await rejection(run);
  assert.deepEqual(await result.values[0].call().catch(error => error.result.values), [true]);
}

async function openWith(options) {
  const lua = await openWorker(options);
  await lua.run("made = setmetatable({}, { __mode = 'k' })");
  return lua;
}

const full = () => {
  throw new StoreError("quota", "shelf", "is full");
};
const broken = () => {
  throw new Error("no disk");
};
for (const [what, refuse, options] of [
  ["is full", full, {}],
  ["is broken", broken, {}],
  ["is broken, with rollbackOnError", broken, { rollbackOnError: true }],
]) {
  test(`what runs and calls gave whose changes the store refuses is not held: it ${what}`, async () => {
    let commit = () => {};
    const lua = await openWith({ store: storeWith(() => commit()), host: { now: async () => 1 }, ...options });
    await lua.run(`function make(...) ${MAKE} return f end function wait() host.now() return make() end`);
    const { values } = await lua.run("return make");
    commit = refuse;
    for (let i = 0; i < COUNT; i++) {
      await hasFunction(lua.run(`${MAKE} return f`));
      await hasFunction(lua.call(values[0]));
      await hasFunction(lua.call("wait"));
    }
    commit = () => {};
    assert.equal(await left(lua), 0);
  });
}

test("what a run gave whose onOutput has thrown is not held", async () => {
  const lua = await openWith();
  const failure = new Error("no");
  const onOutput = () => {
    throw failure;
  };
  for (let i = 0; i < COUNT; i++) {
    assert.equal(await rejection(lua.run(`${MAKE} print(1) return f, { f }`, { onOutput })), failure);
  }
  assert.equal(await left(lua), 0);
});

test("what a run gave that was aborted while its commit took too long is not held", async () => {
  let commit = () => {};
  const lua = await openWith({ store: storeWith(() => commit()) });
  const stop = new AbortController();
  let go;
  commit = () => {
    stop.abort();
    return new Promise(resolve => (go = resolve));
  };
  const run = lua.run(`${MAKE} return f`, { signal: stop.signal });
  assert.equal(await rejection(run), stop.signal.reason);
  commit = () => {};
  go();
  assert.equal(await left(lua), 0);
});

test("an error of a task that only Lua hears of does not hold what is in it", async () => {
  const lua = await openWith();
  for (let i = 0; i < COUNT; i++) {
    const code = `${MAKE} return pcall(host.join, host.spawn(function() error({ code = f }) end))`;
    assert.equal((await lua.run(code)).values[0], false);
  }
  assert.equal(await left(lua), 0);
});

test("an error that comes to the page as often as it is asked for is held for it", async () => {
  const lua = await openWith();
  const task = await lua.task("fails", `${MAKE} error(f)`);
  const canBeCalled = async () => {
    const errors = [await rejection(task.done), await rejection(task.done)];
    await left(lua);
    for (const { value } of errors) assert.deepEqual(await value.call(), [true]);
  };
  await canBeCalled();
  await task.drop();
  assert.equal(await left(lua), 0);
});
