// order-functions.js: the same functions in another order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ordered } from "../order-functions.js";
import { readModule } from "../validate/module.js";
import { readFunctionNames } from "../validate/sizes.js";
import { body, changed, encode, leb, name, section, validModule, vector } from "./wasm-builder.mjs";

const FIRST = 5;
/** Numbers in the hundreds, many bytes of which two bodies share. */
const numbers = from => Array.from({ length: 20 }, (_, i) => [0x41, ...leb(from + i), 0x1a]).flat();
/** run_gc calls the buffer's size, and its body is the first one's with one number more. */
const INIT = body([...numbers(200), 0x41, 7]);
const RUN_GC = body([...numbers(200), 0x10, 8, 0x1a]);
const like = module => {
  module.bodies[0] = INIT;
  module.bodies[5] = RUN_GC;
  module.bodies[3] = body([0x41, 42]);
};
const NAMES = ["init", "eval", "ptr", "size", "stats", "gc"];

/** A custom section with the names of functions, and one of locals. */
function named(names) {
  const functions = section(1, vector(names.map((each, i) => [...leb(FIRST + i), ...name(each)])));
  return section(0, [...name("name"), ...functions, ...section(2, vector([]))]);
}

const order = bytes => ordered([Buffer.from(bytes)])[0];
const exportsOf = module => Object.fromEntries(module.exports.map(({ name, index }) => [name, index]));

test("a function follows the one that is most like it, and exports and elements still name the same ones", () => {
  const bytes = order(
    changed(m => {
      like(m);
      m.elements = [[0x00, 0x41, 0, 0x0b, ...vector([5, 10, 6])]];
    }),
  );
  const exports = exportsOf(readModule(bytes));
  assert.deepEqual([exports.init, exports.run_gc, exports.memory], [FIRST, FIRST + 1, 0]);
  const others = [exports.eval, exports.get_buffer_ptr, exports.get_buffer_size, exports.get_memory_stats];
  assert.deepEqual(
    others.toSorted((a, b) => a - b),
    [7, 8, 9, 10],
  );
  const { references } = readModule(bytes);
  assert.deepEqual(
    references.slice(-3).map(({ start }) => bytes[start]),
    [exports.init, exports.run_gc, exports.eval],
  );
});

test("calls name the same functions: a module in another order runs as before", async () => {
  const env = Object.fromEntries(
    ["set", "get", "delete", "size", "keys"].map(each => [`js_ext_table_${each}`, () => 0]),
  );
  const run = async bytes => {
    const { exports } = (await WebAssembly.instantiate(bytes, { env })).instance;
    return [exports.init(), exports.get_buffer_size(), exports.run_gc()];
  };
  const calling = changed(m => {
    like(m);
    // init returns what the buffer's size is, through a call.
    m.bodies[0] = body([...numbers(200), 0x10, 8]);
  });
  assert.deepEqual(await run(order(calling)), [42, 42, undefined]);
  assert.deepEqual(await run(order(calling)), await run(calling));
});

test("functions keep their signatures and their names", () => {
  const bytes = order(
    changed(m => {
      like(m);
      m.appended = [named(NAMES)];
    }),
  );
  const module = readModule(bytes);
  const exports = exportsOf(module);
  assert.deepEqual(module.functions[exports.eval], { params: ["i32"], results: ["i32"] });
  assert.deepEqual(module.functions[exports.run_gc], { params: [], results: [] });
  const names = readFunctionNames(module);
  assert.deepEqual(
    [names.get(exports.init), names.get(exports.eval), names.get(exports.run_gc)],
    ["init", "eval", "gc"],
  );
  assert.equal(names.size, NAMES.length);
});

test("modules that differ in their encoding get one order", () => {
  const plain = Buffer.from(changed(like));
  const padded = Buffer.from(
    changed(m => {
      like(m);
      m.bodies[5] = body([...numbers(200), 0x10, 8, 0x1a, 0x01]);
    }),
  );
  const [ours, theirs] = ordered([plain, padded]).map(each => exportsOf(readModule(each)));
  assert.deepEqual(ours, theirs);
});

test("bytes beside functions stay as they are, and so does a module whose functions are in order", () => {
  const twice = order(order(changed(like)));
  assert.deepEqual(twice, order(changed(like)));
  const plain = Buffer.from(encode(validModule()));
  assert.deepEqual(readModule(order(plain)).data, readModule(plain).data);
});
