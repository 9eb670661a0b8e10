// Scripts on a localStorage store that is full: deleting, the sweep and clear() succeed, and then there is room.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { FakeStorage } from "../stores/fakes.mjs";

const wasm = new URL("../../web/lua.wasm", import.meta.url);
const openAs = kind => LuaPersistent[kind]({ wasm, store: "localStorage", lock: false });
const isFull = error => assert.equal(error.kind, "quota", String(error));

beforeEach(() => {
  globalThis.localStorage = new FakeStorage();
  globalThis.localStorage.quota = 200_000;
});
afterEach(() => delete globalThis.localStorage);

/** Runs `code` with more and more keys until nothing more fits; texts that do not become smaller by packing. */
async function fill(lua, value) {
  const chunk = from => `for i = ${from}, ${from + 99} do Memory["k" .. i] = ${value} end`;
  for (let from = 0; ; from += 100) {
    const error = await lua.run(chunk(from)).catch(error => error);
    if (error instanceof Error) return isFull(error);
    assert.ok(from < 1e6, "it should have become full");
  }
}

const RANDOM = `(function() local s = {} for j = 1, 40 do s[j] = string.char(math.random(33, 255)) end return table.concat(s) end)()`;
const VALUES = { texts: RANDOM, numbers: "math.random(0)", tables: `{ ${RANDOM}, { math.random(0) } }` };

const KINDS = ["open", "openWorker"];

for (const [what, value, kind] of Object.entries(VALUES).flatMap(pair => KINDS.map(kind => [...pair, kind]))) {
  const open = () => openAs(kind);

  test(`${kind}, full of ${what}: all keys are deleted one by one, and what is stored next is there in the next session`, async () => {
    const lua = await open();
    await fill(lua, value);
    await lua.run("for k in pairs(Memory) do Memory[k] = nil end");
    await lua.run("Memory.after = 1");
    await lua.close();
    const next = await open();
    assert.deepEqual((await next.run("return ext.size(Memory), Memory.after")).values, [1, 1]);
    await next.close();
  });

  test(`${kind}, full of ${what}: a new session deletes single keys, each in a run of its own`, async () => {
    await fillAndLeave(open, value);
    const lua = await open();
    const {
      values: [before],
    } = await lua.run("return ext.size(Memory)");
    for (let i = 0; i < 20; i++) await lua.run("Memory[next(Memory)] = nil");
    await lua.close();
    const next = await open();
    assert.deepEqual((await next.run("return ext.size(Memory)")).values, [before - 20]);
    await next.close();
  });

  test(`${kind}, full of ${what}: clear() as the first call of a new session empties it`, async () => {
    await fillAndLeave(open, value);
    const lua = await open();
    await lua.clear();
    await lua.run("Memory.after = 1");
    await lua.close();
    const next = await open();
    assert.deepEqual((await next.run("return ext.size(Memory)")).values, [1]);
    await next.close();
  });
}

/** Leaves a full store; what did not fit is given up. */
async function fillAndLeave(open, value) {
  const lua = await open();
  await fill(lua, value);
  await lua.close({ discard: true });
}
