// What `open` takes as lua.wasm, how it compiles it, and the hash that it has of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LuaPersistent } from "../../js/dist/index.js";

const url = new URL("../../web/lua.wasm", import.meta.url);
const bytes = readFileSync(url);
const types = {
  "/lua.wasm": "application/wasm",
  "/lua.bin": "application/octet-stream",
  "/charset": "application/wasm; charset=utf-8",
};
let server, origin, hash;

before(async () => {
  server = http.createServer((request, response) => {
    const type = types[request.url];
    response.writeHead(type ? 200 : 404, type ? { "Content-Type": type } : {}).end(type ? bytes : "");
  });
  await new Promise(listening => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${server.address().port}`;
  hash = (await LuaPersistent.open({ wasm: bytes })).wasmHash;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

const response = type => new Response(bytes, { headers: { "Content-Type": type } });
const SOURCES = {
  "nothing, and takes the one beside it": () => undefined,
  "a path": () => fileURLToPath(url),
  "a file: URL": () => url,
  "an http: URL": () => `${origin}/lua.wasm`,
  "an http: URL of another MIME type": () => new URL(`${origin}/lua.bin`),
  "an http: URL whose MIME type has parameters": () => `${origin}/charset`,
  "a Response": () => response("application/wasm"),
  "a Response of another MIME type": () => response("text/plain"),
  "a promise of a Response, as fetch gives": () => fetch(`${origin}/lua.wasm`),
  "a promise of bytes": () => Promise.resolve(bytes),
  "a Blob": () => new Blob([bytes]),
  "a Uint8Array in the middle of a buffer": () => new Uint8Array([9, ...bytes, 9]).subarray(1, -1),
  "an ArrayBuffer": () => new Uint8Array(bytes).buffer,
};
for (const [what, source] of Object.entries(SOURCES)) {
  test(`open takes ${what}, and knows its hash`, async () => {
    const lua = await LuaPersistent.open({ wasm: source() });
    assert.equal(lua.wasmHash, hash);
    assert.deepEqual((await lua.run("1 + 1")).values, [2]);
  });
}

test("load of a plain LuaPersistent takes a Response and promises, too", async () => {
  for (const source of [response("application/wasm"), fetch(`${origin}/lua.bin`), Promise.resolve(bytes)]) {
    assert.equal((await new LuaPersistent().load(source)).eval("1 + 1"), "2");
  }
});

test("open of the class that the classic script gives to require is the same", async () => {
  const {
    LuaPersistent: required,
    LuaError,
    StoreError,
  } = createRequire(import.meta.url)("../../web/lua-persistent.js");
  const lua = await required.open();
  assert.ok(lua instanceof required && !(lua instanceof LuaPersistent));
  assert.ok((await lua.run("error('no')").catch(error => error)) instanceof LuaError);
  assert.ok((await required.open({ store: "indexedDB" }).catch(error => error)) instanceof StoreError);
  assert.deepEqual((await lua.run("1 + 1")).values, [2]);
});

test("a WebAssembly.Module runs; its hash is the one given, or unknown", async () => {
  const wasm = new WebAssembly.Module(bytes);
  assert.equal((await LuaPersistent.open({ wasm })).wasmHash, null);
  assert.equal((await LuaPersistent.open({ wasm, wasmHash: hash })).wasmHash, hash);
});

test("the hash is 16 hexadecimal digits, and another one when one bit of the module is", async () => {
  assert.match(hash, /^[0-9a-f]{16}$/);
  // A custom section at the end changes nothing but the bytes.
  const other = await LuaPersistent.open({ wasm: new Uint8Array([...bytes, 0, 2, 1, 97]) });
  assert.notEqual(other.wasmHash, hash);
});

test("it compiles while the bytes come in, when the MIME type allows it", async () => {
  const { compileStreaming } = WebAssembly;
  let count = 0;
  WebAssembly.compileStreaming = source => {
    count++;
    return compileStreaming(source);
  };
  try {
    await LuaPersistent.open({ wasm: `${origin}/lua.wasm` });
    assert.equal(count, 1);
    await LuaPersistent.open({ wasm: `${origin}/lua.bin` });
    assert.equal(count, 1);
  } finally {
    WebAssembly.compileStreaming = compileStreaming;
  }
});

test("what cannot be loaded is an error that names it", async () => {
  const error = wasm =>
    LuaPersistent.open({ wasm }).then(
      () => assert.fail("it was loaded"),
      ({ message }) => message,
    );
  assert.match(await error("no/such.wasm"), /^cannot load 'no\/such.wasm': ENOENT/);
  assert.match(await error(`${origin}/none`), /^cannot load 'http:.*\/none': the server answered 404 Not Found$/);
  assert.match(
    await error(fetch(`${origin}/none`)),
    /^cannot load 'http:.*\/none': the server answered 404 Not Found$/,
  );
  assert.match(await error(Promise.reject(new Error("offline"))), /^cannot load lua.wasm: offline$/);
  assert.match(
    await error(new Uint8Array(3)),
    /^cannot load lua.wasm: it is not WebAssembly: it begins with "\\u0000\\u0000\\u0000" instead of the magic number$/,
  );
  assert.match(await error(7), /^cannot load lua.wasm: wasm must be a path, .*, not number$/);
  const html = new Response("<!DOCTYPE html><title>Home</title>", { headers: { "content-type": "text/html" } });
  assert.match(
    await error(html),
    /: the server answered 200 with text\/html, and it is not WebAssembly: it begins with "<!DOCTYPE html><titl" instead/,
  );
  const used = response("application/wasm");
  await used.arrayBuffer();
  assert.match(await error(used), /^cannot load lua.wasm: .*/);
});

test("an engine without exceptions gets one sentence with versions", async () => {
  const { Tag } = WebAssembly;
  delete WebAssembly.Tag;
  try {
    await assert.rejects(LuaPersistent.open(), {
      message:
        "lua.wasm needs WebAssembly exceptions: Chrome 95, Firefox 100, Safari 15.2, Node 17, or any later version",
    });
  } finally {
    WebAssembly.Tag = Tag;
  }
});
