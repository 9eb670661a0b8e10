// A stand-in for lua.wasm that cannot be asked to stop: its `eval` of code that begins with "@" never returns, "#" traps;
// all other code has no results. While it does not return it calls its host, as Lua does: in WebKit a worker whose module
// never does so goes on after it was ended.
import binaryen from "binaryen";

const WAT = `(module
  (import "env" "js_ext_table_size" (func $size (param i32) (result i32)))
  (memory (export "memory") 32)
  (func (export "init") (result i32) (i32.const 0))
  (func (export "get_buffer_ptr") (result i32) (i32.const 1024))
  (func (export "get_buffer_size") (result i32) (i32.const 65536))
  (func (export "get_memory_stats") (param i32))
  (func (export "run_gc"))
  (func (export "eval") (param $length i32) (result i32)
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 35)) (then (unreachable)))
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 64)) (then (loop $again (drop (call $size (i32.const 1))) (br $again))))
    (i32.const 0)))`;

export const endlessWasm = binaryen.parseText(WAT).emitBinary();
