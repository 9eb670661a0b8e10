// The drop-in scripts of web/: the ways to get hold of LuaPersistent, and the ways to give it a module.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import binaryen from "binaryen";
import * as esModule from "../../web/lua-persistent.mjs";
import { loadWasmModule } from "../../web/wasm-loader.mjs";
import { createServer } from "../../serve.js";
import { fakeWasm } from "./fake-lua.mjs";

const require = createRequire(import.meta.url);
const { LuaError, LuaPersistent, LuaTable } = require("../../web/lua-persistent.js");
let folder, file, server, origin;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "lua-persistent-"));
  file = path.join(folder, "fake lua.wasm");
  fs.writeFileSync(file, fakeWasm);
  fs.writeFileSync(path.join(folder, "fake.bin"), fakeWasm);
  fs.writeFileSync(path.join(folder, "text.wasm"), "not wasm");
  server = createServer(folder);
  await new Promise(listening => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
  fs.rmSync(folder, { recursive: true });
});

test("require, import and the global are the same class", () => {
  assert.equal(esModule.LuaPersistent, LuaPersistent);
  assert.equal(esModule.LuaError, LuaError);
  assert.equal(esModule.LuaTable, LuaTable);
  assert.equal(LuaPersistent.LuaError, LuaError);
  assert.equal(globalThis.LuaPersistent, LuaPersistent);
});

/** The classic scripts `names`, run in this order in a page of their own. @returns {LuaPersistent} */
function inPage(...names) {
  const page = vm.createContext({ TextEncoder, TextDecoder, WebAssembly, atob, btoa });
  for (const name of names)
    vm.runInContext(fs.readFileSync(new URL(`../../web/${name}`, import.meta.url), "utf8"), page);
  return vm.runInContext("new LuaPersistent()", page);
}

test("the classic script is all that a page without a store needs", () => {
  const lua = inPage("lua-persistent.js");
  assert.equal(lua.table("n").set("x", [1]).get("x").get(1), 1);
  assert.equal(JSON.stringify(lua.table("n")), '{"x":[1]}');
  assert.equal(lua.migrate().integerKeys, 0);
});

test("a page that includes the files that were its parts goes on", () => {
  const all = inPage("lua-persistent.js", "lua-codec.js", "lua-tables.js", "lua-plain.js", "lua-migrate.js");
  assert.equal(JSON.stringify(all.table("n").set("x", [1])), '{"x":[1]}');
});

const sources = {
  "a Uint8Array": () => fakeWasm,
  "an ArrayBuffer": () => fakeWasm.slice().buffer,
  "a WebAssembly.Module": () => new WebAssembly.Module(fakeWasm),
  "a path": () => file,
  "a relative path": () => path.relative(process.cwd(), file),
  "a file: URL": () => pathToFileURL(file),
  "a file: URL as text": () => pathToFileURL(file).href,
  "an http: URL": () => `${origin}/fake%20lua.wasm`,
  "an http: URL with another MIME type": () => new URL(`${origin}/fake.bin`),
};
for (const [kind, source] of Object.entries(sources)) {
  test(`load takes ${kind} and answers with the same object`, async () => {
    const lua = new LuaPersistent();
    assert.equal(await lua.load(source()), lua);
    assert.equal(lua.eval("ready"), "ready");
  });
}

test("loadWasmModule answers with a loaded LuaPersistent", async () => {
  const lua = await loadWasmModule(file);
  assert.ok(lua instanceof LuaPersistent);
  assert.equal(lua.eval("ready"), "ready");
});

test("what cannot be loaded is an error with its name", async () => {
  const load = source => new LuaPersistent().load(source);
  await assert.rejects(load("no/such.wasm"), /cannot load 'no\/such.wasm': ENOENT/);
  await assert.rejects(load(`${origin}/no.wasm`), /cannot load 'http.*\/no.wasm': the server answered 404 Not Found/);
  await assert.rejects(load(`${origin}/text.wasm`), /cannot load 'http.*\/text.wasm': .*magic/);
  await assert.rejects(load(new Uint8Array(3)), /cannot load lua.wasm: /);
});

test("another module than lua.wasm is an error that says what it lacks, or what it wants", async () => {
  const module = text => binaryen.parseText(text).emitBinary();
  const told = "cannot load lua.wasm: it is another WebAssembly module than lua.wasm: it";
  const error = wasm =>
    LuaPersistent.open({ wasm }).then(
      () => assert.fail("it was opened"),
      ({ message }) => message,
    );
  const some = `(memory (export "memory") 1) (func (export "init") (result i32) (i32.const 0))`;
  for (const wasm of [module(`(module ${some})`), new WebAssembly.Module(module(`(module ${some})`))]) {
    assert.equal(
      await error(wasm),
      `${told} has no export eval, get_buffer_ptr, get_buffer_size, get_memory_stats, run_gc`,
    );
  }
  const all = ["eval", "get_buffer_ptr", "get_buffer_size", "get_memory_stats", "run_gc"].map(
    name => `(func (export "${name}"))`,
  );
  const wasi = `(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))`;
  assert.equal(
    await error(module(`(module ${wasi} ${some} ${all.join("")})`)),
    `${told} needs the import wasi_snapshot_preview1.proc_exit`,
  );
});

test("a failed load leaves the running instance", async () => {
  const lua = await new LuaPersistent().load(fakeWasm);
  await assert.rejects(lua.load("no/such.wasm"));
  assert.equal(lua.eval("still here"), "still here");
});

test("an engine without exceptions gets one sentence with versions", async () => {
  const { Tag } = WebAssembly;
  delete WebAssembly.Tag;
  try {
    await assert.rejects(new LuaPersistent().load(fakeWasm), /Chrome 95, Firefox 100, Safari 15.2, Node 17/);
  } finally {
    WebAssembly.Tag = Tag;
  }
});
