// A stand-in for lua.wasm that shows what the JavaScript side does: it exports the host functions it imports, and its
// `eval` answers with the code itself; code that begins with "!" is an error with that text, "#" traps.
import binaryen from "binaryen";
import { LuaError, LuaPersistent } from "../../js/dist/index.js";

export { LuaError, LuaPersistent };

const WAT = `(module
  (import "env" "js_ext_table_set" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "js_ext_table_get" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "js_ext_table_delete" (func $delete (param i32 i32 i32) (result i32)))
  (import "env" "js_ext_table_size" (func $size (param i32) (result i32)))
  (import "env" "js_ext_table_keys" (func $keys (param i32 i32 i32) (result i32)))
  (memory (export "memory") 32)
  (export "set" (func $set))
  (export "get" (func $get))
  (export "delete" (func $delete))
  (export "size" (func $size))
  (export "keys" (func $keys))
  (func (export "init") (result i32) (i32.const 0))
  (func (export "get_memory_stats") (param i32))
  (func (export "run_gc"))
  (func (export "get_buffer_ptr") (result i32) (i32.const 1024))
  (func (export "get_buffer_size") (result i32) (i32.const 65536))
  (func (export "eval") (param $length i32) (result i32)
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 35)) (then (unreachable)))
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 33))
      (then (return (i32.sub (i32.const -1) (local.get $length)))))
    (local.get $length)))`;

const module = binaryen.parseText(WAT);
export const fakeWasm = module.emitBinary();

/** A loaded LuaPersistent on the stand-in. */
export const loadFake = () => new LuaPersistent().load(fakeWasm);

const KEY = 100_000;
const VALUE = 200_000;
const asBytes = data => (typeof data === "string" ? new TextEncoder().encode(data) : Uint8Array.from(data));

/** The host functions of `lua`, called from wasm with text or bytes instead of pointers. */
export function hostOf(lua) {
  const { memory, ...call } = lua.exports;
  const put = (pointer, data) => {
    const bytes = asBytes(data);
    new Uint8Array(memory.buffer, pointer).set(bytes);
    return [pointer, bytes.length];
  };
  const taken = length => (length < 0 ? length : [...new Uint8Array(memory.buffer, VALUE, length)]);
  return {
    memory,
    raw: call,
    set: (table, key, value) => call.set(table, ...put(KEY, key), ...put(VALUE, value)),
    get: (table, key, room = 1_000_000) => taken(call.get(table, ...put(KEY, key), VALUE, room)),
    delete: (table, key) => call.delete(table, ...put(KEY, key)),
    size: table => call.size(table),
    keys: (table, room = 1_000_000) => taken(call.keys(table, VALUE, room)),
  };
}

/** @returns {{count: number, keys: number[][]}} what an answer of `keys` says */
export function parseKeys(answer) {
  const words = new DataView(Uint8Array.from(answer).buffer);
  const keys = [];
  for (let at = 4; at < answer.length;) {
    const length = words.getUint32(at, true);
    keys.push(answer.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { count: words.getUint32(0, true), keys };
}
