// Images: saveImage and openImage with the real lua.wasm. Damaged ones are in image-damage.test.mjs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { LuaPersistent, StoreError } from "../../js/dist/index.js";
import { SlowStore } from "./slow-store.mjs";

const bytes = readFileSync(new URL("../../web/lua.wasm", import.meta.url));
let lua;
beforeEach(async () => {
  lua = await LuaPersistent.open();
});

const openImage = (image, options) => LuaPersistent.openImage(image, options);
const valuesOf = async (lua, code) => (await lua.run(code)).values;
const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );

const STATES = {
  globals: ["x, t = 1, {1, {2, 'three'}}", "return x, t", [1, [1, [2, "three"]]]],
  "closures that share an upvalue": [
    "local n = 0 function inc() n = n + 1 end function get() return n end inc()",
    "inc() return get()",
    [2],
  ],
  "a suspended coroutine": [
    "co = coroutine.wrap(function(a) while true do a = a + coroutine.yield(a) end end) co(1)",
    "return co(41)",
    [42],
  ],
  "a coroutine suspended inside pcall and an iterator": [
    "co = coroutine.wrap(function() for k in pairs{a = 1} do pcall(function() coroutine.yield(k) error('x') end) coroutine.yield('after') end end) co()",
    "return co()",
    ["after"],
  ],
  "a cyclic table with a metatable": [
    "c = setmetatable({}, {__index = function(_, k) return k .. '!' end}) c.self = c",
    "return c.self.self == c, c.missing",
    [true, "missing!"],
  ],
  "open external tables": [
    "Memory.a = {list = {1}} a = Memory.a n = ext.table('n') loose = ext.table() loose.x = 'kept'",
    "a.list[2] = 'new' n.x = 1 return a == Memory.a, a.list[1], Memory.a.list[2], ext.table('n').x, loose.x",
    [true, 1, "new", 1, "kept"],
  ],
  "an open pairs of an external table": [
    "for i = 1, 3 do Memory[i] = ('abc'):sub(i, i) end co = coroutine.wrap(function() for _, v in pairs(Memory) do coroutine.yield(v) end end) co()",
    "return co(), co(), co()",
    ["b", "c"],
  ],
};
for (const [what, [before, after, expected]] of Object.entries(STATES)) {
  test(`${what} go on in an image, and in the Lua that it was taken of`, async () => {
    await lua.run(before);
    const copy = await openImage(await lua.saveImage());
    assert.deepEqual(await valuesOf(copy, after), expected);
    assert.deepEqual(await valuesOf(lua, after), expected);
  });
}

test("fork: two Luas of one image go their own ways", async () => {
  await lua.run("n = 10 Memory.n = 10");
  const image = await lua.saveImage();
  const [a, b] = await Promise.all([openImage(image), openImage(image)]);
  await a.run("n = n + 1 Memory.n = 'a'");
  await b.run("n = n * 2 Memory.n = 'b'");
  const state = "return n, Memory.n";
  assert.deepEqual(
    [await valuesOf(a, state), await valuesOf(b, state), await valuesOf(lua, state)],
    [
      [11, "a"],
      [20, "b"],
      [10, 10],
    ],
  );
});

test("undo and redo: a list of images, one before each run", async () => {
  const past = [];
  const future = [];
  const state = async () => (await valuesOf(lua, "return text, Memory.text"))[0];
  const edit = async code => {
    past.push(await lua.saveImage());
    future.length = 0;
    await lua.run(code);
  };
  const travel = async (from, to) => {
    to.push(await lua.saveImage());
    lua = await openImage(from.pop());
  };
  await lua.run("text = '' Memory.text = '' function add(s) text = text .. s Memory.text = text end");
  for (const letter of "abc") await edit(`add('${letter}')`);
  assert.equal(await state(), "abc");
  await travel(past, future);
  await travel(past, future);
  assert.equal(await state(), "a");
  await travel(future, past);
  assert.equal(await state(), "ab");
  await edit("add('x')");
  assert.equal(await state(), "abx");
  assert.equal(future.length, 0);
});

test("an image of an image of an image goes on", async () => {
  await lua.run("n = 0");
  for (let round = 1; round <= 5; round++) {
    lua = await openImage(await lua.saveImage());
    assert.deepEqual(await valuesOf(lua, "n = n + 1 return n"), [round]);
  }
});

test("an image has the runs that were asked for before it, and not those after", async () => {
  lua.run("x = 'before'");
  const image = lua.saveImage();
  lua.run("x = 'after'");
  assert.deepEqual(await valuesOf(await openImage(await image), "return x"), ["before"]);
});

test("services work in an image: output, typed errors, the clock", async () => {
  const heard = [];
  const copy = await openImage(await lua.saveImage(), { onOutput: text => heard.push(text) });
  const { output, values } = await copy.run("print('hi') return os.time()");
  assert.deepEqual([output, heard], ["hi\n", ["hi\n"]]);
  assert.ok(Math.abs(values[0] - Date.now() / 1000) < 5);
  assert.deepEqual((await rejection(copy.run("error({code = 1})"))).value, { code: 1 });
});

test("an image can be any bytes: an ArrayBuffer, a part of one, a Buffer", async () => {
  await lua.run("x = 1");
  const image = await lua.saveImage();
  const framed = new Uint8Array(image.length + 2);
  framed.set(image, 1);
  for (const source of [
    image.slice().buffer,
    framed.subarray(1, -1),
    Buffer.from(image),
    new DataView(image.buffer, image.byteOffset, image.length),
  ]) {
    assert.deepEqual(await valuesOf(await openImage(source), "return x"), [1]);
  }
});

test("an image is compressed", async () => {
  assert.ok((await lua.saveImage()).length < 64 * 1024);
});

test("without CompressionStream images are larger, and open everywhere", async () => {
  await lua.run("x = 1");
  const { CompressionStream } = globalThis;
  delete globalThis.CompressionStream;
  const image = await lua.saveImage().finally(() => (globalThis.CompressionStream = CompressionStream));
  assert.ok(image.length > 2 ** 21);
  assert.deepEqual(await valuesOf(await openImage(image), "return x"), [1]);
});

test("without DecompressionStream a compressed image is an error that says so", async () => {
  const image = await lua.saveImage();
  const { DecompressionStream } = globalThis;
  delete globalThis.DecompressionStream;
  const error = await rejection(openImage(image)).finally(() => (globalThis.DecompressionStream = DecompressionStream));
  assert.match(error.message, /this engine cannot decompress/);
});

test("the tables of an image replace those of the store, in one commit", async () => {
  const store = new SlowStore();
  const first = await LuaPersistent.open({ store });
  await first.run("Memory.old = 1 Memory.both = 'store' ext.table('gone').x = 1");
  await first.close();
  await lua.run("Memory.both = 'image' Memory.new = {1}");
  store.commits.length = 0;
  const copy = await openImage(await lua.saveImage(), { store });
  assert.equal(store.commits.length, 1);
  const state = "return Memory.old, Memory.both, Memory.new[1], #ext.names()";
  assert.deepEqual(await valuesOf(copy, state), [undefined, "image", 1, 0]);
  await copy.close();
  assert.deepEqual(await valuesOf(await LuaPersistent.open({ store }), state), [undefined, "image", 1, 0]);
});

test("a store that does not take the tables of an image keeps its own, and is let go of", async () => {
  const store = new SlowStore();
  const first = await LuaPersistent.open({ store });
  await first.run("Memory.old = 1");
  await first.close();
  const before = new Map(store.records);
  const image = await lua.saveImage();
  store.refusal = new DOMException("full", "QuotaExceededError");
  assert.equal((await rejection(openImage(image, { store }))).kind, "quota");
  store.refusal = null;
  store.readOnly = true;
  const error = await rejection(openImage(image, { store }));
  assert.ok(error instanceof StoreError);
  assert.equal(error.kind, "readOnly");
  assert.equal(store.released, 3);
  assert.deepEqual(store.records, before);
});

test("another lua.wasm is refused by its hash, and nothing in the store changes", async () => {
  const store = new SlowStore();
  const image = await lua.saveImage();
  const other = new Uint8Array([...bytes, 0, 2, 1, 97]);
  const { message } = await rejection(openImage(image, { wasm: other, store }));
  assert.match(
    message,
    /^the image was made with another lua\.wasm: that had the hash [0-9a-f]{16}, and this one has [0-9a-f]{16}$/,
  );
  assert.ok(message.includes(lua.wasmHash));
  assert.equal(store.released, 0);
});

test("a WebAssembly.Module needs wasmHash, to save and to open", async () => {
  const wasm = new WebAssembly.Module(bytes);
  const fromModule = await LuaPersistent.open({ wasm });
  assert.match(
    (await rejection(fromModule.saveImage())).message,
    /opened from a WebAssembly\.Module: open it from bytes or a URL, or with the option wasmHash/,
  );
  const image = await lua.saveImage();
  assert.match(
    (await rejection(openImage(image, { wasm }))).message,
    /instead of a WebAssembly\.Module, or with the option wasmHash/,
  );
  const copy = await openImage(image, { wasm, wasmHash: lua.wasmHash });
  assert.deepEqual(await valuesOf(copy, "return 1"), [1]);
  assert.ok((await copy.saveImage()).length > 0);
});

test("limits are the image's: other ones are an error that names them", async () => {
  const image = await lua.saveImage();
  const message = async (image, options) => (await rejection(openImage(image, options))).message;
  assert.equal(
    await message(image, { memoryLimit: 1e6 }),
    "openImage: memoryLimit is 1000000, but the image was made with none, and keeps that",
  );
  assert.match(
    await message(image, { instructionLimit: 5 }),
    /instructionLimit is 5, but the image was made with none/,
  );
  const limited = await LuaPersistent.open({ memoryLimit: 5e6 });
  const limitedImage = await limited.saveImage();
  assert.match(
    await message(limitedImage, { memoryLimit: 1e6 }),
    /memoryLimit is 1000000, but the image was made with 5000000/,
  );
  const copy = await openImage(limitedImage, { memoryLimit: 5e6 });
  assert.deepEqual((await copy.run("return 1")).values, [1]);
});

test("a heap of 30 MB with a suspended coroutine and a cycle goes through", async () => {
  await lua.run(`
    big = {} for i = 1, 180000 do big[i] = {i, tostring(i) .. ("x"):rep(60)} end big.self = big
    co = coroutine.wrap(function() for i = 1, #big do coroutine.yield(big[i][1]) end end) co()`);
  assert.ok(lua.getStats().luaBytes > 30e6, String(lua.getStats().luaBytes));
  const copy = await openImage(await lua.saveImage());
  const state = "local n = 0 for i = 1, #big do n = n + big[i][1] + #big[i][2] end return n, big.self == big, co()";
  assert.deepEqual(await valuesOf(copy, state), await valuesOf(lua, state));
});
