// Keys of more than 2^20 bytes: an error where one is written, absent where one is read or deleted, and never made a string,
// which would keep the host busy without a question. Those that an older store or a snapshot has are keys like others.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { callsOf } from "../calls-of.mjs";
import { ExternalTables } from "../../js/dist/core/external-tables.js";
import { PlainServices, hostFunctions } from "../../js/dist/core/host.js";
import { LuaPersistent } from "../../js/dist/index.js";
import { folderStore } from "../../js/dist/node.js";
import { encodeHeader } from "../../js/dist/stores/header.js";
import { NOTHING, encodeRecord, recordName, totalAfter } from "../../js/dist/stores/records.js";
import { FakeStorage, bytes, onStorage } from "./fakes.mjs";

const LONGEST = 1 << 20;
const TOO_LONG = /^a key can have 1048576 bytes, and this one has 1048577$/;
const integer = n => bytes(2, n, 0, 0, 0, 0, 0, 0, 0);

/** A store that keeps what it is given. */
function shelf(records = new Map()) {
  return {
    label: "shelf",
    records,
    load: () => [...records],
    commit(changes) {
      for (const { name, bytes } of changes) bytes ? records.set(name, bytes) : records.delete(name);
    },
    clear: () => records.clear(),
  };
}

/** Stores by kind: each call opens the same one. */
function kinds(folder) {
  const storage = onStorage(new FakeStorage());
  const own = shelf();
  return { "a store of one's own": () => own, localStorage: () => storage, "a folder": () => folderStore(folder) };
}

for (const kind of Object.keys(kinds(""))) {
  test(`${kind}: a key that is too long is an error at the write, and changes nothing`, async t => {
    const folder = mkdtempSync(join(tmpdir(), "long-keys-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const store = kinds(folder)[kind];
    const lua = await LuaPersistent.open({ store: store() });
    const write = "Memory[('\\255'):rep(n)] = n";
    await assert.rejects(lua.run(`n = (1 << 20) + 1 Memory.before = 1 ${write}`), error => {
      assert.match(error.message, /the host refused to store key/);
      assert.match(error.cause.message, TOO_LONG);
      return true;
    });
    await lua.run(`n = 1 << 20 ${write}`);
    await lua.close();
    const again = await LuaPersistent.open({ store: store() });
    const read = "return Memory.before, Memory[('\\255'):rep(1 << 20)], ext.size(Memory)";
    assert.deepEqual((await again.run(read)).values, [1, LONGEST, 2]);
    await again.close();
  });
}

/** What an opened instance says to a program in Lua that returns values. */
async function valuesOf(source, prepare = () => {}) {
  const lua = await LuaPersistent.open({ store: shelf() });
  prepare(lua);
  const { values } = await lua.run(source);
  await lua.close();
  return values;
}

test("in Lua that error can be caught, and the run goes on", async () => {
  const [ok, why] = await valuesOf("return pcall(function() Memory[('k'):rep(2000000)] = 1 end)");
  assert.equal(ok, false);
  assert.match(why, /the host refused to store key/);
});

test("reading and deleting a key that is too long finds none", async () => {
  assert.deepEqual(
    await valuesOf(
      "local k = ('k'):rep(10000000) Memory[k] = nil return Memory[k], rawget(Memory, k), next(Memory), pcall(next, Memory, k)",
    ),
    [undefined, undefined, undefined, false, "invalid key to 'next'"],
  );
});

test("a table with such a key is not stored, nor is one with such a name made", async () => {
  const values = await valuesOf(
    `local k = ('k'):rep(2000000)
     local a, why = pcall(function() Memory.t = { x = { [k] = 1 } } end)
     local b, told = pcall(ext.table, k)
     return a, why, b, told, Memory.t, #ext.names()`,
  );
  assert.match(values[1], /the host refused to store key/);
  assert.match(values[3], /external tables: the host refused to store the catalogue$/);
  assert.deepEqual([values[0], values[2], values[4], values[5]], [false, false, undefined, 0]);
});

test("JavaScript gets the same error, and its table is as it was", async () => {
  await valuesOf("return 1", lua => {
    const memory = lua.table(1);
    const long = "k".repeat(LONGEST + 1);
    assert.throws(() => memory.set(long, 1), { message: TOO_LONG });
    assert.throws(() => memory.set("t", { x: { [long]: 1 } }), { message: TOO_LONG });
    assert.throws(() => lua.table(long), { message: /^a key can have 1048576 bytes/ });
    assert.deepEqual([memory.size, memory.get(long), memory.delete(long)], [0, undefined, false]);
  });
});

test("without a store it is the same, also for a plain instance", async () => {
  const opened = await LuaPersistent.open();
  const error = await opened.run("Memory[('k'):rep((1 << 20) + 1)] = 1").catch(error => error);
  assert.match(error.cause.message, TOO_LONG);
  await opened.close();
  const plain = new LuaPersistent();
  await plain.load();
  assert.throws(
    () => plain.eval("Memory[('k'):rep((1 << 20) + 1)] = 1"),
    ({ cause }) => TOO_LONG.test(cause.message),
  );
  assert.equal(plain.eval("local k = ('k'):rep(1 << 20) Memory[k] = 1 return Memory[k]"), "1");
});

test("no byte of a key that is too long is made a character", () => {
  const memory = { buffer: new ArrayBuffer(10_000_000) };
  const tables = new ExternalTables();
  tables.set(1, "x", integer(1));
  const host = hostFunctions(tables, new PlainServices(), () => memory);
  const made = callsOf(String, "fromCharCode", () => {
    assert.equal(host.js_ext_table_get(1, 0, 9_000_000, 9_000_000, 100), -1);
    assert.equal(host.js_ext_table_delete(1, 0, 9_000_000), -1);
    assert.equal(host.js_ext_table_set(1, 0, 9_000_000, 9_000_000, 100), -1);
  });
  assert.equal(made, 0);
  assert.match(tables.refusal.message, /^a key can have 1048576 bytes, and this one has 9000000$/);
});

const OLD_KEY = "k".repeat(LONGEST + 5);
const USE = `local k = ('k'):rep((1 << 20) + 5)
  local before = Memory[k] Memory[k] = 8 local after = Memory[k] Memory[k] = nil return before, after, Memory[k]`;

test("a store of an older version may have a longer key: it is read, written and deleted", async () => {
  const name = recordName(1, OLD_KEY);
  const tables = totalAfter(NOTHING, [{ name, after: integer(7) }]);
  const header = encodeHeader({ tables, program: NOTHING });
  const store = shelf(
    new Map([
      [name, await encodeRecord(name, integer(7))],
      ["header", header],
    ]),
  );
  const lua = await LuaPersistent.open({ store });
  assert.deepEqual((await lua.run(USE)).values, [7, 8, undefined]);
  await lua.close();
  assert.equal(store.records.has(name), false);
});

test("so may a snapshot, and an instance without a store has it then", async () => {
  const lua = new LuaPersistent();
  await lua.load();
  const key = Buffer.from(OLD_KEY).toString("base64");
  lua.restoreSnapshot({ tables: [{ id: 1, entries: [[key, integer(7)]] }] });
  assert.equal(lua.eval(USE), "7\t8\tnil");
});
