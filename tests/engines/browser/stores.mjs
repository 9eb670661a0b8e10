// What a browser has and Node has not: its own localStorage, IndexedDB, locks, workers and streaming compilation, as a page
// uses them.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { LuaError, LuaPersistent } from "/js/dist/index.js";

const WASM = "/web/lua.wasm";
const OPEN = {
  "a page": options => LuaPersistent.open(options),
  "a worker": options => LuaPersistent.openWorker(options),
};
const opened = [];

async function open(where, options) {
  const lua = await OPEN[where]({ wasm: WASM, ...options });
  opened.push(lua);
  return lua;
}
after(() => Promise.all(opened.map(lua => lua.close().catch(() => {}))));

const SAVE = "Memory.save = { name = 'one', items = { 'a', { at = 2.5 } } } Memory.n = (Memory.n or 0) + 1";
const CASES = [
  ["a page", "localStorage"],
  ["a page", "indexedDB"],
  ["a worker", "indexedDB"],
];
for (const [where, store] of CASES) {
  const options = { store, name: `${where} ${store}` };

  test(`${store} in ${where}: what a run stores is there when it is opened again`, async () => {
    await LuaPersistent.eraseStore(options);
    for (let visit = 1; visit <= 3; visit++) {
      const lua = await open(where, options);
      const { values } = await lua.run(`${SAVE} return Memory.n, Memory.save.items[2].at`);
      assert.deepEqual(values, [visit, 2.5]);
      await lua.close();
    }
  });

  test(`${store} in ${where}: a second one is refused while the first is open, and then not`, async () => {
    const first = await open(where, options);
    const error = await open(where, { ...options, whenBusy: "refuse" }).then(
      () => assert.fail("it was opened"),
      reason => reason,
    );
    assert.equal(error.kind, "busy");
    await first.close();
    await (await open(where, { ...options, whenBusy: "refuse" })).close();
  });

  test(`${store} in ${where}: a run that fails and rolls back leaves the store as it was`, async () => {
    await LuaPersistent.eraseStore(options);
    const lua = await open(where, { ...options, rollbackOnError: true });
    await lua.run("Memory.x = 'kept'");
    await assert.rejects(lua.run("Memory.x = { 'lost' } error('no')"), LuaError);
    await lua.close();
    assert.deepEqual((await (await open(where, options)).run("return Memory.x")).values, ["kept"]);
  });
}

for (const where of Object.keys(OPEN)) {
  test(`${where}: errors of every origin are caught, and leave Lua usable`, async () => {
    const lua = await open(where);
    const source = `return pcall(string.rep), pcall(error, 7), pcall(load("x ="  ) or error),
      select(2, pcall(function() local t = nil; return t.x end)), select(2, coroutine.resume(coroutine.create(function() error("inside", 0) end)))`;
    const { values } = await lua.run(source);
    assert.deepEqual([values.at(-2), values.at(-1)], [`${values.at(-2)}`, "inside"]);
    assert.match(values.at(-2), /attempt to index a nil value/);
    await assert.rejects(lua.run("error({ code = 7 })"), error => error.value.code === 7);
    assert.deepEqual((await lua.run("return 1 + 1")).values, [2]);
  });

  test(`${where}: an image goes on where the first one was`, async () => {
    const lua = await LuaPersistent.open({ wasm: WASM });
    await lua.run("n = 41 function f() n = n + 1 return n end");
    const image = await lua.saveImage();
    const fork =
      where === "a page" ? await LuaPersistent.openImage(image, { wasm: WASM }) : await open(where, { image });
    assert.deepEqual((await fork.run("return f()")).values, [42]);
  });

  test(`${where}: an endless run is stopped by its timeout, and globals stay`, async () => {
    const lua = await open(where);
    await lua.run("kept = 1");
    const error = await lua.run("while true do end", { timeout: 50 }).then(
      () => assert.fail("it ended"),
      reason => reason,
    );
    assert.equal(error.limit, "time");
    assert.deepEqual((await lua.run("return kept")).values, [1]);
  });
}
