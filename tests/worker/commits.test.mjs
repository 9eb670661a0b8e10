// How the answer to a run comes with the commit of its changes: when they are durable, and once. tests/pool/messages.test.mjs
// counts messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { StoreError, memoryStore } from "../../js/dist/stores.js";
import { EarlyAnswers } from "../../js/dist/worker/early-answer.js";

const COUNT = "Memory.n = (Memory.n or 0) + 1 return Memory.n";

test("a run is answered when the store has its changes, and is durable for whoever asks then", async () => {
  let isAllowed = () => {};
  let isTaken = false;
  const store = {
    ...memoryStore(new Map()),
    async commit() {
      await new Promise(resolve => (isAllowed = resolve));
      isTaken = true;
    },
  };
  const lua = await LuaPersistent.openWorker({ store });
  for (let i = 0; i < 20; i++) {
    isTaken = false;
    const run = lua.run(COUNT).then(({ values }) => [isTaken, values[0]]);
    const timer = setInterval(() => isAllowed(), 1);
    assert.deepEqual(await run, [true, i + 1]);
    assert.equal((await lua.getStats()).isDurable, true);
    clearInterval(timer);
  }
  await lua.close({ discard: true });
});

test("what a run has printed, and functions that it gave, are there with its answer", async () => {
  const lua = await LuaPersistent.openWorker({ store: memoryStore(new Map()) });
  for (let i = 0; i < 20; i++) {
    const pieces = [];
    const { output, values } = await lua.run(`print(${i}) Memory.n = ${i} return function(x) return x + ${i} end`, {
      onOutput: text => pieces.push(text),
    });
    assert.deepEqual([output, pieces.join("")], [`${i}\n`, `${i}\n`]);
    await lua.runGc();
    assert.deepEqual(await lua.call(values[0], 1), [i + 1]);
    values[0].release();
  }
  await lua.close();
});

test("a run whose changes the store refuses is an error with its result, and its changes go with the next run", async () => {
  const records = new Map();
  const own = memoryStore(records);
  let isFull = false;
  const store = {
    ...own,
    commit(...args) {
      if (isFull) throw new StoreError("quota", "shelf", "is full");
      return own.commit(...args);
    },
  };
  const lua = await LuaPersistent.openWorker({ store });
  await lua.run(COUNT);
  isFull = true;
  const error = await lua.run(COUNT).catch(error => error);
  assert.deepEqual([error.kind, error.result.values], ["quota", [2]]);
  isFull = false;
  assert.deepEqual((await lua.run(COUNT)).values, [3]);
  await lua.close();
  const again = await LuaPersistent.openWorker({ store: memoryStore(records) });
  assert.deepEqual((await again.run("return Memory.n")).values, [3]);
  await again.close();
});

test("an answer goes with no commit that was captured before it, and with one only", () => {
  const early = new EarlyAnswers();
  early.captured();
  early.done({ id: 1, value: "one" });
  assert.equal(early.take(), null);
  early.captured();
  assert.deepEqual([early.take(), early.take()], [{ id: 1, value: "one" }, null]);
  // That commit was never made.
  early.done({ id: 2, value: "two" });
  early.captured();
  early.captured();
  assert.equal(early.take(), null);
});
