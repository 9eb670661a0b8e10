// lua.wasm and its twin lua-exnref.wasm, with the newer encoding of exceptions: which of them is taken, and images of one in
// the other. Most of it needs an engine that takes both.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { wasmHash } from "../../js/dist/wasm-hash.js";

const wasm = readFileSync(new URL("../../web/lua.wasm", import.meta.url));
const twin = readFileSync(new URL("../../web/lua-exnref.wasm", import.meta.url));
const takesBoth = WebAssembly.validate(twin) && WebAssembly.validate(wasm);
const skip = takesBoth ? false : "this engine takes one encoding only";

/** @returns the modules that are compiled meanwhile */
async function compiledBy(task) {
  const { compile, compileStreaming, Module } = WebAssembly;
  const modules = [];
  const noting = make => async source => {
    modules.push(await make(source));
    return modules.at(-1);
  };
  const noted = new Proxy(Module, {
    construct(target, args) {
      modules.push(new target(...args));
      return modules.at(-1);
    },
  });
  Object.assign(WebAssembly, { compile: noting(compile), compileStreaming: noting(compileStreaming), Module: noted });
  try {
    await task();
  } finally {
    Object.assign(WebAssembly, { compile, compileStreaming, Module });
  }
  return modules;
}

/** @returns whether the twin is taken when nothing is named */
async function takesTwin() {
  const modules = await compiledBy(() => new LuaPersistent().load());
  assert.equal(modules.length, 1);
  return WebAssembly.Module.customSections(modules[0], "twin").length === 1;
}

test("when nothing is named, lua.wasm is compiled once for all that are open", async () => {
  const first = await LuaPersistent.open();
  const modules = await compiledBy(async () => {
    const others = [await LuaPersistent.open(), await LuaPersistent.open()];
    for (const lua of others) assert.equal(lua.wasmHash, wasmHash);
    for (const lua of [first, ...others]) await lua.close();
  });
  assert.equal(modules.length, 0);
});

test("load takes the twin where the engine takes the newer encoding, and lua.wasm elsewhere", async () => {
  assert.equal(await takesTwin(), WebAssembly.validate(twin));
});

test("an engine that does not know the newer encoding gets lua.wasm", async () => {
  const { validate } = WebAssembly;
  WebAssembly.validate = () => false;
  try {
    assert.equal(await takesTwin(), false);
  } finally {
    WebAssembly.validate = validate;
  }
});

test("the twin has the hash of lua.wasm, as bytes and as a WebAssembly.Module", { skip }, async () => {
  for (const source of [wasm, twin, new WebAssembly.Module(twin)]) {
    assert.equal((await LuaPersistent.open({ wasm: source })).wasmHash, wasmHash);
  }
});

const STATE = `
  Memory.list = { 1, 2, { deep = "x" } }
  function boom(n) if n == 0 then error({ code = 7 }) end return boom(n - 1) end
  counter = coroutine.wrap(function() for i = 1, math.huge do coroutine.yield(i) end end)
  waiting = coroutine.wrap(function() return pcall(string.rep, coroutine.yield()) end)
  counter() counter() waiting()
  sorted = setmetatable({}, { __lt = function(a, b) return a.n < b.n end })
  format = string.format`;
const USE = `
  local ok, raised = pcall(boom, 20)
  local list = { 3, 1, 2 }
  table.sort(list, function(a, b) return a < b end)
  return counter(), ok, raised.code, Memory.list[3].deep, list[1], format("%5.2f", 1.5), select("#", waiting()), pcall(table.concat, { {} })`;
const EXPECTED = [3, false, 7, "x", 1, " 1.50", 2, false, "invalid value (table) at index 1 in table for 'concat'"];

for (const [from, to] of [
  ["lua.wasm", "its twin"],
  ["its twin", "lua.wasm"],
]) {
  test(`an image of ${from} goes on in ${to}: closures, coroutines, C functions, tables`, { skip }, async () => {
    const files = { "lua.wasm": wasm, "its twin": twin };
    const lua = await LuaPersistent.open({ wasm: files[from] });
    await lua.run(STATE);
    const image = await lua.saveImage();
    const fork = await LuaPersistent.openImage(image, { wasm: files[to] });
    assert.deepEqual((await fork.run(USE)).values, EXPECTED);
    const back = await LuaPersistent.openImage(await fork.saveImage(), { wasm: files[from] });
    assert.deepEqual((await back.run("return counter()")).values, [4]);
  });
}

test("the same program leaves the same memory in both, byte for byte", { skip }, async () => {
  const memories = [];
  for (const source of [wasm, twin]) {
    const lua = await new LuaPersistent().load(source);
    lua.eval(STATE);
    assert.throws(() => lua.eval("string.rep()"));
    memories.push(Buffer.from(lua.exports.memory.buffer).toString("latin1"));
  }
  assert.ok(memories[0] === memories[1]);
});
