// Why the host refused to store: the error that reaches JavaScript says it, from the page and from the worker, and Lua's own
// stays the contract's. Reasons are a store that another has, and tableLimit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaError, LuaLimitError, LuaPersistent, StoreError } from "../../js/dist/index.js";

const rejection = promise =>
  promise.then(
    () => assert.fail("it should have failed"),
    error => error,
  );
const KB = "('x'):rep(1000)";

/** A store of records, which another process has when `readOnly` is true. */
const storeIn = (records, readOnly = false) => ({
  label: "shared store",
  load: () => records,
  commit(changes) {
    for (const { name, bytes } of changes) bytes ? records.set(name, bytes) : records.delete(name);
  },
  clear: () => records.clear(),
  lock: () => ({ readOnly, release() {} }),
});

const READ_ONLY = "shared store is open for reading only: another tab, worker or process writes to it";

for (const where of ["open", "openWorker"]) {
  test(`${where}, read-only: an error of a write says who has the store, whatever is written`, async () => {
    const lua = await LuaPersistent[where]({ store: storeIn(new Map(), true), whenBusy: "readOnly" });
    const writes = {
      "Memory.x = 1": "eval:1: external table 1: the host refused to store key 'x'",
      "Memory.x = { 1 }": /^eval:1: external tables: the host refused to store the catalogue$/,
      "error('wrapped: ' .. select(2, pcall(function() Memory.x = 1 end)), 0)":
        /^wrapped: eval:1: external table 1: the host refused .* 'x'$/,
    };
    for (const [code, own] of Object.entries(writes)) {
      const error = await rejection(lua.run(code, { name: "eval" }));
      assert.ok(error instanceof LuaError && !(error instanceof LuaLimitError));
      assert.ok(error.message.endsWith(`: ${READ_ONLY}`), error.message);
      const lines = error.message.slice(0, -READ_ONLY.length - 2);
      if (typeof own === "string") assert.equal(lines, own);
      else assert.match(lines, own);
      assert.equal(error.value, lines);
      assert.ok(error.cause instanceof StoreError);
      assert.deepEqual([error.cause.kind, error.cause.message], ["readOnly", READ_ONLY]);
      assert.equal(
        (await rejection(Promise.resolve().then(() => lua.eval(code, { name: "eval" })))).message,
        error.message,
      );
    }
    await lua.close({ discard: true });
  });

  test(`${where}: an error after a refusal that was caught has no reason of it`, async () => {
    const lua = await LuaPersistent[where]({ tableLimit: 2000 });
    const error = await rejection(lua.run(`print(pcall(function() Memory.x = ${KB}:rep(3) end)) error('another')`));
    assert.deepEqual([error.message, error.cause, error.limit], ["run 1:1: another", undefined, undefined]);
    assert.equal(error.output, "false\trun 1:1: external table 1: the host refused to store key 'x'\n");
    const later = await rejection(lua.run("error('the host refused to say')"));
    assert.deepEqual([later.message, later.cause], ["run 2:1: the host refused to say", undefined]);
    await lua.close();
  });

  test(`${where}: beyond tableLimit an error is a LuaLimitError that names it, and what was stored stays`, async () => {
    const lua = await LuaPersistent[where]({ tableLimit: 10_000 });
    const error = await rejection(lua.run(`for i = 1, 300 do Memory[i] = ${KB} end`));
    assert.ok(error instanceof LuaLimitError);
    const told = "run 1:1: external table 1: the host refused to store key [10]";
    const reason = "tableLimit is 10000 bytes, and the external tables would have 10780";
    assert.deepEqual([error.limit, error.message, error.value, error.line], ["tables", `${told}: ${reason}`, told, 1]);
    assert.equal(error.cause.message, reason);
    assert.deepEqual((await lua.run("return ext.size(Memory), #Memory[9]")).values, [9, 1000]);
    await lua.close();
  });

  test(`${where}: what frees room works at tableLimit, and then there is room`, async () => {
    const lua = await LuaPersistent[where]({ tableLimit: 10_000 });
    const fill = `local i = #Memory repeat i = i + 1 until not pcall(function() Memory[i] = ${KB} end)
      repeat i = i + 1 until not pcall(function() Memory[i] = i end) return ext.size(Memory)`;
    const [full] = (await lua.run(fill)).values;
    assert.ok(full > 9);
    await lua.run("Memory[1] = ('y'):rep(1000) Memory[2] = 'smaller'");
    await lua.run(`ext.clear(Memory) Memory.t = { ${KB} } Memory.t = nil collectgarbage() ${fill}`);
    await (lua.runGc ? lua.runGc() : lua.exports.run_gc());
    await lua.clear();
    assert.deepEqual((await lua.run(fill)).values, [full]);
    await lua.close();
  });
}

test("tableLimit counts the names of tables, too", async () => {
  const lua = await LuaPersistent.open({ tableLimit: 100_000 });
  const error = await rejection(lua.run(`for i = 1, 1e6 do ext.table(${KB} .. i) end`));
  assert.deepEqual([error.limit, error.cause.limit], ["tables", "tables"]);
  assert.ok(lua.getStats().externalBytes <= 100_000);
});

test("views: beyond tableLimit nothing of a write is stored, and the error names it", async () => {
  const lua = await LuaPersistent.open({ tableLimit: 3000 });
  const memory = lua.table(1).set("old", "value");
  for (const value of ["x".repeat(3000), { list: [1, "x".repeat(2000), "x".repeat(2000)] }, Array(1000).fill(1)]) {
    assert.throws(() => memory.set("old", value), {
      message: /^tableLimit is 3000 bytes, and the external tables would have \d+$/,
      limit: "tables",
    });
    assert.deepEqual(
      [memory.toObject(), lua.createSnapshot().tables.filter(({ id }) => id !== 0).length],
      [{ old: "value" }, 1],
    );
  }
  memory.set("old", "x".repeat(2500)).set("old", "less").delete("old");
  memory.clear();
});

test("views of a read-only store say who has it", async () => {
  const lua = await LuaPersistent.open({ store: storeIn(new Map(), true), whenBusy: "readOnly" });
  for (const write of [() => lua.table(1).set("x", {}), () => lua.table("new")])
    assert.throws(write, { kind: "readOnly", message: READ_ONLY });
});

test("a run that fails and is rolled back is rolled back at tableLimit", async () => {
  const lua = await LuaPersistent.open({ tableLimit: 5000, rollbackOnError: true });
  await lua.run(`for i = 1, 4 do Memory[i] = ${KB} end`);
  const before = lua.createSnapshot().tables;
  await rejection(lua.run("Memory[1], Memory[2] = nil, nil for i = 1, 20 do Memory['k' .. i] = i end error()"));
  assert.deepEqual(
    lua.createSnapshot().tables.map(({ entries }) => entries.sort()),
    before.map(({ entries }) => entries.sort()),
  );
  await lua.run("Memory[1] = nil");
});

test("a store, an image and a snapshot with more than tableLimit are refused, and opened with more", async () => {
  const records = new Map();
  const first = await LuaPersistent.open({ store: storeIn(records) });
  await first.run(`Memory.x = ${KB} Memory.n = 1`);
  const [image, snapshot] = [await first.saveImage(), first.createSnapshot()];
  await first.close();
  const size = records.size;
  const refused = /tableLimit is 1000 bytes, and the external tables would have 1\d\d\d$/;
  for (const where of ["open", "openWorker"]) {
    assert.match(
      (await rejection(LuaPersistent[where]({ store: storeIn(records), tableLimit: 1000 }))).message,
      refused,
    );
  }
  const fromImage = (await rejection(LuaPersistent.openImage(image, { tableLimit: 1000 }))).message;
  assert.match(fromImage, /^the image was not opened: tableLimit is 1000 bytes, and its tables have 1\d\d\d$/);
  const small = await LuaPersistent.open({ tableLimit: 1000 });
  await small.run("Memory.mine = true");
  assert.throws(() => small.restoreSnapshot(snapshot), { message: refused });
  assert.deepEqual((await small.run("return Memory.mine")).values, [true]);
  assert.equal(records.size, size);
  const again = await LuaPersistent.open({ store: storeIn(records), tableLimit: 10_000 });
  assert.deepEqual((await again.run("return Memory.n")).values, [1]);
});

test("tableLimit is 256 MiB by default", async () => {
  const lua = await LuaPersistent.open();
  const error = await rejection(lua.run("local s = ('x'):rep(2^20) for i = 1, 300 do Memory[i] = s end"));
  assert.match(error.message, /key \[256\]: tableLimit is 268435456 bytes, and the external tables would have/);
});

test("a store of little that would become too much is refused before it has", async () => {
  const records = new Map();
  const first = await LuaPersistent.open({ store: storeIn(records) });
  await first.run("local s = ('x'):rep(20000000) for i = 1, 10 do Memory[i] = s end");
  await first.close();
  let inflated = 0;
  const { read } = ReadableStreamDefaultReader.prototype;
  ReadableStreamDefaultReader.prototype.read = async function () {
    const step = await read.call(this);
    inflated += step.value?.length ?? 0;
    return step;
  };
  try {
    const { message } = await rejection(LuaPersistent.open({ store: storeIn(records), tableLimit: 1e6 }));
    assert.match(
      message,
      /^shared store was not opened: tableLimit is 1000000 bytes, and with record '1\/.*' it has more$/,
    );
  } finally {
    ReadableStreamDefaultReader.prototype.read = read;
  }
  assert.ok(inflated < 5e6, `${inflated} bytes were made`);
  const again = await LuaPersistent.open({ store: storeIn(records) });
  assert.deepEqual((await again.run("return ext.size(Memory)")).values, [10]);
});
