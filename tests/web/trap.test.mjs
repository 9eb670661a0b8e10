// A trap inside lua.wasm (there should be none): the instance says that it is dead, and its store is at a whole run.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import binaryen from "binaryen";
import { LuaPersistent } from "../../js/dist/index.js";
import { trappingModule } from "../fault/instrument.mjs";
import { SlowStore } from "./slow-store.mjs";

// A stand-in for lua.wasm: `eval` stores the code's second byte under the key "k" of table 1, as an integer's first byte;
// code that begins with "#" traps then.
const WAT = `(module
  (import "env" "js_ext_table_set" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 32)
  (data (i32.const 16) "k")
  (data (i32.const 32) "\\02\\00\\00\\00\\00\\00\\00\\00\\00")
  (func (export "init") (result i32) (i32.const 0))
  (func (export "get_buffer_ptr") (result i32) (i32.const 1024))
  (func (export "get_memory_stats") (param i32))
  (func (export "run_gc"))
  (func (export "get_buffer_size") (result i32) (i32.const 65536))
  (func (export "eval") (param $length i32) (result i32)
    (i32.store8 (i32.const 33) (i32.load8_u (i32.const 1025)))
    (drop (call $set (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 32) (i32.const 9)))
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 35)) (then (unreachable)))
    (i32.const 0)))`;
const wasm = binaryen.parseText(WAT).emitBinary();

let store;
beforeEach(() => {
  store = new SlowStore();
});

const open = options => LuaPersistent.open({ store, wasm, ...options });
const DEAD =
  /this Lua instance failed \(RuntimeError: .*unreachable.*\) and is unusable: call load\(\) again; the external tables are kept/i;
const code = letter => letter.charCodeAt(0);

for (const rollbackOnError of [false, true]) {
  test(`with rollbackOnError ${rollbackOnError}: a trap undoes its run, and every later call says that the instance is dead`, async () => {
    const lua = await open({ rollbackOnError });
    await lua.run("=a");
    await assert.rejects(lua.run("#b"), DEAD);
    await assert.rejects(lua.run("=c"), DEAD);
    await assert.rejects(lua.saveImage(), DEAD);
    assert.throws(() => lua.eval("=c"), DEAD);
    assert.equal(lua.table(1).get("k"), code("a"));
    await lua.close();
    const again = await open();
    assert.equal(again.table(1).get("k"), code("a"));
    await again.run("=d");
    assert.equal(again.table(1).get("k"), code("d"));
  });
}

test("after a trap the store opens with the real lua.wasm, too", async () => {
  const lua = await open();
  await lua.run("=a");
  await assert.rejects(lua.run("#b"), DEAD);
  await lua.close();
  const real = await open({ wasm: undefined });
  assert.deepEqual((await real.run("return Memory.k")).values, [code("a")]);
});

test("a trap in the middle of a run of the real lua.wasm: the store is at the run before, and opens", async () => {
  const lua = await open({ wasm: trappingModule(/^luaB_collectgarbage$/), rollbackOnError: true });
  await lua.run("Memory.n = {1}");
  await assert.rejects(lua.run("Memory.n = {2} pcall(collectgarbage) Memory.n = {3}"), DEAD);
  await assert.rejects(lua.run("return 1"), DEAD);
  assert.equal(lua.table(1).get("n").get(1), 1);
  await lua.close();
  const again = await open({ wasm: undefined });
  assert.deepEqual((await again.run("return Memory.n[1]")).values, [1]);
});

test("load is the way on without closing", async () => {
  const lua = await open();
  assert.throws(() => lua.eval("#a"), DEAD);
  await lua.load();
  await lua.run("=b");
  assert.equal(lua.table(1).get("k"), code("b"));
});

test("statistics of a dead instance can be had", async () => {
  const lua = await open();
  assert.throws(() => lua.eval("#a"), DEAD);
  assert.equal(lua.getStats().luaBytes, 0);
});
