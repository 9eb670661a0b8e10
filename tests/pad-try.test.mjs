// The build's last step, pad-try.js: a call that ends a `try` body gets a `nop` behind it, and nothing else changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pad } from "../pad-try.js";
import { check } from "../validate/check.js";
import { body, changed, encode, END, validModule } from "./wasm-builder.mjs";

const RUN_GC = 5;
const NOP = 0x01;
const I32 = 0x7f;
/** `get_memory_stats`, function 9, throws what it is given. */
const THROW = body([0x20, 0, 0x08, 0]);
/** Calls it by the table and directly, and catches both. */
const caught = (...between) =>
  body([
    0x06,
    0x40,
    0x41,
    7,
    0x41,
    0,
    0x11,
    4,
    0,
    ...between,
    0x07,
    0,
    0x1a,
    END,
    0x06,
    0x40,
    0x41,
    7,
    0x10,
    9,
    ...between,
    0x19,
    END,
  ]);

/** A module whose run_gc has calls at the end of try bodies, with `between` behind them. */
function moduleWith(...between) {
  return changed(m => {
    m.bodies[4] = THROW;
    m.bodies[RUN_GC] = caught(...between);
    m.elements = [[0x00, 0x41, 0, END, 1, 9]];
  });
}

test("every call at the end of a try body gets a nop behind it", () => {
  assert.equal(check(moduleWith()).violations.length, 2);
  assert.deepEqual([...pad(moduleWith())], [...moduleWith(NOP)]);
});

test("a padded module keeps the contract, and catches", async () => {
  const bytes = pad(moduleWith());
  assert.deepEqual(check(bytes).violations, []);
  const none = () => 0;
  const env = {
    js_ext_table_set: none,
    js_ext_table_get: none,
    js_ext_table_delete: none,
    js_ext_table_size: none,
    js_ext_table_keys: none,
  };
  const { instance } = await WebAssembly.instantiate(bytes, { env });
  assert.doesNotThrow(() => instance.exports.run_gc());
  assert.throws(() => instance.exports.get_memory_stats(7), WebAssembly.Exception);
});

test("a body whose length then needs one byte more gets it", () => {
  const long = (...between) =>
    changed(m => {
      m.bodies[RUN_GC] = body([...Array(119).fill(NOP), 0x06, 0x40, 0x10, 10, ...between, 0x19, END]);
    });
  assert.equal(long(NOP).length, long().length + 2);
  assert.deepEqual([...pad(long())], [...long(NOP)]);
});

test("a call at the end of a try_table body gets a nop, too", () => {
  const newer = (...between) =>
    changed(m => {
      m.bodies[RUN_GC] = body([0x02, I32, 0x1f, 0x40, 1, 0x00, 0, 0, 0x10, 10, ...between, END, 0x00, END, 0x1a]);
    });
  assert.match(check(newer()).violations.join(), /ends a try body with 'call'/);
  assert.deepEqual([...pad(newer())], [...newer(NOP)]);
  assert.deepEqual(check(newer(NOP)).violations, []);
});

test("a module without such calls stays as it is", () => {
  assert.deepEqual([...pad(encode(validModule()))], [...encode(validModule())]);
  assert.deepEqual([...pad(moduleWith(NOP))], [...moduleWith(NOP)]);
});
