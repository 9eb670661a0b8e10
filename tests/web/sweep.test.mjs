// Sessions sweep by themselves: how large a store is meanwhile and afterwards, what is kept, and what it is asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";

const wasm = new URL("../../web/lua.wasm", import.meta.url);
const open = options => LuaPersistent.open({ wasm, ...options });
const SAVE = "Memory.save = { player = { hp = i, pos = { x = 1, y = 2 }, items = { 'a', 'b', 'c' } } }";
/** Catalogue, Memory and the four tables of a save; and their records, with the header. */
const [TABLES, RECORDS] = [6, 12];

const withRecords = async options => {
  const records = new Map();
  return { records, lua: await open({ store: memoryStore(records), ...options }) };
};
/** Waits some seconds until there are so few. */
async function fewer(records, few) {
  for (let i = 0; i < 200 && records.size > few; i++) await new Promise(resolve => setTimeout(resolve, 20));
}
const count = lua => lua.getStats().externalTableCount;

test("2,000 saves by assignment: as many records as one, never three times as many, and two when it is deleted", async () => {
  const { records, lua } = await withRecords();
  let most = 0;
  for (let i = 1; i <= 2000; i++) {
    await lua.run(`local i = ${i} ${SAVE}`);
    most = Math.max(most, records.size, lua.getStats().externalTableItems);
  }
  assert.ok(most <= 3 * RECORDS, `${most} records at most`);
  assert.ok(records.size <= RECORDS + 2, `${records.size} records at the end`);
  await lua.run("Memory.save = nil collectgarbage()");
  await lua.close();
  assert.deepEqual([...records.keys()].sort(), ["0/next", "header"]);
  const again = await open({ store: memoryStore(records) });
  assert.equal((await again.run("return Memory.save")).values[0], undefined);
});

test("2,000 saves of which each is read: Lua does not hold the old ones for long", async () => {
  const { records, lua } = await withRecords();
  let most = 0;
  for (let i = 1; i <= 2000; i++) {
    await lua.run(`local i = ${i} ${SAVE} local s = Memory.save for k, v in pairs(s.player) do end`);
    most = Math.max(most, records.size);
  }
  assert.ok(most <= 3 * RECORDS + 2000, `${most} records at most`);
  await lua.runGc();
  assert.equal(records.size, RECORDS);
});

for (const store of ["none", "a store", "rollbackOnError"]) {
  test(`100,000 saves in one run keep few tables, and leave nothing for the commit: ${store}`, async () => {
    const options = {
      none: {},
      "a store": { store: memoryStore() },
      rollbackOnError: { store: memoryStore(), rollbackOnError: true },
    }[store];
    let commits = 0;
    if (options.store) {
      const { commit } = options.store;
      options.store.commit = changes => {
        commits = Math.max(commits, changes.length);
        return commit(changes);
      };
    }
    let most = 0;
    const lua = await open({ ...options, interrupt: () => ((most = Math.max(most, count(lua))), false) });
    await lua.run(`for i = 1, 100000 do ${SAVE} end`);
    assert.ok(most > TABLES && most <= 3 * TABLES + 500, `${most} tables`);
    assert.ok(commits < 2500, `${commits} changes in a commit`);
    await lua.runGc();
    assert.equal(count(lua), TABLES);
  });
}

test("a large world of which a part changes is at no time three times as large", async () => {
  const { records, lua } = await withRecords();
  await lua.run('Memory.world = {} for i = 1, 3000 do Memory.world[i] = { at = { x = i }, name = "n" .. i } end');
  const reached = 6003;
  let most = 0;
  for (let i = 1; i <= 300; i++) {
    await lua.run(
      `for i = 1, 300 do local j = (i * 7919 + ${i}) % 3000 + 1 Memory.world[j] = { at = { x = i }, name = "n" } end`,
    );
    most = Math.max(most, count(lua));
  }
  assert.ok(most < 3 * reached, `${most} tables`);
  await lua.close();
  const again = await open({ store: memoryStore(records) });
  assert.equal(count(again), reached, "a closed store has no garbage");
});

test("a whole world that is dropped goes when nothing runs for a while, durably", async () => {
  const { records, lua } = await withRecords();
  await lua.run("Memory.world = {} for i = 1, 3000 do Memory.world[i] = { x = i } end");
  await lua.run("Memory.world = nil");
  assert.ok(records.size > 3000);
  await fewer(records, 2);
  assert.equal(records.size, 2);
});

test("a close that fails does not end the sweeps between runs", async () => {
  const records = new Map();
  const store = memoryStore(records);
  const { commit } = store;
  const lua = await open({ store });
  await lua.run("Memory.world = {} for i = 1, 3000 do Memory.world[i] = { x = i } end");
  store.commit = () => Promise.reject(new Error("no disk"));
  lua.table("Memory").set("more", 1);
  await assert.rejects(lua.close(), /no disk/);
  store.commit = commit;
  await lua.run("Memory.world, Memory.more = nil");
  await fewer(records, 2);
  assert.equal(records.size, 2);
});

/** A store that is full with more than `most` records, and takes its time to say so. */
function smallStore(records, most, milliseconds) {
  const store = memoryStore(records);
  const { commit } = store;
  store.commit = async changes => {
    await new Promise(resolve => setTimeout(resolve, milliseconds));
    const size = changes.reduce(
      (size, { name, bytes }) => size + (bytes ? !records.has(name) : -records.has(name)),
      records.size,
    );
    if (size > most) throw new DOMException("full", "QuotaExceededError");
    return commit(changes);
  };
  return store;
}

test("a run whose commit a full store refuses late succeeds when a sweep has made room meanwhile", async () => {
  const records = new Map();
  const lua = await open({ store: smallStore(records, 450, 300) });
  for (let i = 0; i < 2; i++) await lua.run("Memory.world = {} for x = 1, 150 do Memory.world[x] = { x = x } end");
  assert.ok(records.size <= 450);
});

test("of two commits that a full store refuses at once, both succeed when a sweep makes room", async () => {
  const records = new Map();
  const lua = await open({ store: smallStore(records, 30, 5) });
  await lua.run("Memory.world = { {x = 1}, {x = 2}, {x = 3}, {x = 4}, {x = 5}, {x = 6}, {x = 7} }");
  const memory = lua.table("Memory");
  memory.set(
    "world",
    Array.from({ length: 8 }, (_, x) => ({ x })),
  );
  await Promise.all([lua.flush(), lua.run("return 1")]);
  assert.ok(records.size <= 30);
  assert.equal(lua.getStats().isDurable, true);
});

test("large values that are dropped leave room below tableLimit", async () => {
  const lua = await open({ tableLimit: 20e6 });
  await lua.run('for i = 1, 300 do Memory.blob = { ("x"):rep(1000000) } end');
  assert.equal((await lua.run("return #Memory.blob[1]")).values[0], 1000000);
});

test("a view keeps its table and what that reaches", async () => {
  const lua = await open();
  const {
    values: [view],
  } = await lua.run("Memory.t = { inner = { x = 1 } } return Memory.t");
  await lua.run("Memory.t = nil");
  await lua.runGc();
  assert.equal(view.get("inner").get("x"), 1);
  lua.table(1).set("back", view);
  assert.equal((await lua.run("collectgarbage() return Memory.back.inner.x")).values[0], 1);
});

test("what a run returns or raises is there for JavaScript", async () => {
  const lua = await open();
  const {
    values: [returned],
  } = await lua.run("local t = ext.table() t.x = 1 collectgarbage() return t");
  assert.equal(returned.get("x"), 1);
  const error = await lua.run("local t = ext.table() t.x = 2 collectgarbage() error(t)").catch(error => error);
  assert.equal(error.value.get("x"), 2);
});

test("what Lua holds stays over many sweeps, also where only a suspended coroutine or a finalizer holds it", async () => {
  const lua = await open();
  await lua.run(`held = ext.table() held.x = { 1 }
    co = coroutine.wrap(function() local t = ext.table() t.x = 2 coroutine.yield() return t.x end) co()
    step = (function() local t = ext.table() t.x = 3 return (pairs(t)) end)()
    setmetatable({ t = (function() local t = ext.table() t.x = 4 return t end)() }, { __gc = function(o) saved = o.t end })`);
  for (let i = 0; i < 5; i++) await lua.run(`for i = 1, 2000 do ${SAVE} end`);
  await lua.runGc();
  const { values } = await lua.run("local k, v = step() return held.x[1], co(), v, saved.x");
  assert.deepEqual(values, [1, 2, 3, 4]);
  await lua.runGc();
  assert.equal((await lua.run("return saved.x")).values[0], 4, "it was brought back to life");
});

test("what a failed run dropped is put back, whatever was swept meanwhile", async () => {
  const { records, lua } = await withRecords({ rollbackOnError: true });
  await lua.run(`local i = 7 ${SAVE} for i = 1, 100 do Memory[i] = { { i } } end`);
  await assert.rejects(
    lua.run(`for i = 1, 100 do Memory[i] = nil end for i = 1, 5000 do ${SAVE} end collectgarbage() error("x")`),
  );
  await lua.runGc();
  assert.equal(
    (await lua.run("local s = 0 for i = 1, 100 do s = s + Memory[i][1][1] end return s + Memory.save.player.hp"))
      .values[0],
    5057,
  );
  await lua.close();
  assert.equal(records.size, RECORDS + 300);
});

test("a store without a catalogue, of the older build, is not swept until Lua makes a table", async () => {
  const lua = await open();
  lua.restoreSnapshot({
    version: 2,
    timestamp: 0,
    tables: [{ id: 5, entries: [[btoa("x"), btoa("\x02\x01\0\0\0\0\0\0\0")]] }],
  });
  await lua.run("return 1");
  assert.equal(lua.createSnapshot().tables.length, 1);
  await lua.runGc();
  assert.equal((await lua.run('return ext.table("table:5").x')).values[0], 1);
});

test("a store with a damaged catalogue is not swept", async () => {
  for (const [key, value] of [
    ["next", "\x02"],
    ["name:n", "\x01\x01"],
  ]) {
    const lua = await open();
    await lua.run("Memory.t = {}  ext.table().x = 1");
    const snapshot = lua.createSnapshot();
    snapshot.tables.push({ id: 3, entries: [[btoa("x"), btoa("\x01\x01")]] });
    const catalogue = snapshot.tables.find(({ id }) => id === 0);
    catalogue.entries = [...catalogue.entries.filter(([name]) => atob(name) !== key), [btoa(key), btoa(value)]];
    lua.restoreSnapshot(snapshot);
    await lua.runGc();
    await lua.run("collectgarbage()");
    assert.equal(lua.table(3).get("x"), true, key);
  }
});

test("a snapshot has what Memory and names reach, an image also what Lua holds", async () => {
  const lua = await open();
  await lua.run(`ext.table("n").x = { 1 } held = ext.table() held.x = 1 ${SAVE.replace("hp = i", "hp = 1")}`);
  assert.equal(lua.createSnapshot().tables.length, TABLES + 2);
  const plain = await new LuaPersistent().load(wasm);
  plain.eval('ext.table("n").x = { 1 } held = ext.table() held.x = 1 ext.table().x = 2');
  assert.deepEqual(
    plain
      .createSnapshot()
      .tables.map(({ id }) => id)
      .sort(),
    [0, 2, 3],
  );
  await lua.run("for i = 1, 50 do Memory.save = { i } end");
  const image = await LuaPersistent.openImage(await lua.saveImage(), { wasm });
  assert.equal(count(image), 6, "catalogue, Memory, save, the named one and its x, the one that is held");
  assert.equal((await image.run("return held.x")).values[0], 1);
});

test("runGc of every kind deletes what nothing reaches, durably", async () => {
  const plain = await new LuaPersistent().load(wasm);
  plain.eval("ext.table().x = 1");
  plain.runGc();
  assert.equal(plain.getStats().externalTableCount, 1);
  const { records, lua } = await withRecords();
  await lua.run("for i = 1, 100 do ext.table().x = i end");
  await Promise.all([lua.run("Memory.x = 1"), lua.runGc()]);
  assert.deepEqual([...records.keys()].sort(), ["0/next", "1/x", "header"]);
  const worker = await LuaPersistent.openWorker({ wasm });
  await worker.run("for i = 1, 100 do ext.table().x = i end");
  await worker.runGc();
  assert.equal((await worker.getStats()).externalTableCount, 1);
  await worker.close();
});

test("a worker sweeps by itself", async () => {
  const worker = await LuaPersistent.openWorker({ wasm, store: memoryStore() });
  for (let i = 0; i < 50; i++) await worker.run(`for i = 1, 20 do ${SAVE} end`);
  assert.ok((await worker.getStats()).externalTableCount <= 3 * TABLES + 300);
  await worker.close();
});
