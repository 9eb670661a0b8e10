// The smallest client of lua.wasm: instances, texts in and out, and variants of the module's bytes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { leb, readLeb } from "../wasm-builder.mjs";
import { METHODS, latin1, storeHost } from "./hosts.mjs";

const PATH = process.env.LUA_WASM ?? new URL("../../web/lua.wasm", import.meta.url);
const PAGE = 65536;
let built;
let compiled;

/** The bytes of the built module; `LUA_WASM` names another one. */
export function moduleBytes() {
  built ??= readFileSync(PATH);
  return built;
}

/** The built module, compiled once. */
export function builtModule() {
  compiled ??= new WebAssembly.Module(moduleBytes());
  return compiled;
}

/** The imports that call `host`; `memory()` is asked at each call, as it may have grown. */
export function importsOf(host, memory) {
  const view = (at, length) => new Uint8Array(memory().buffer, at >>> 0, length >>> 0);
  const key = (at, length) => latin1(view(at, length));
  const methods = {
    set: (table, at, length, value, size) => host.set(table, key(at, length), view(value, size).slice()),
    get: (table, at, length, value, max) => host.get(table, key(at, length), view(value, max)),
    delete: (table, at, length) => host.delete(table, key(at, length)),
    size: table => host.size(table),
    keys: (table, buffer, max) => host.keys(table, view(buffer, max)),
  };
  return Object.fromEntries(METHODS.map(name => [`js_ext_table_${name}`, methods[name]]));
}

/**
 * An instance of `module` (bytes or compiled) with `host`; `init` has not been called.
 * `moreImports` are further fields of `env`.
 */
export function instantiate(module, host = storeHost(), moreImports = {}) {
  const compiledModule = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module);
  const env = { ...moreImports, ...importsOf(host, () => instance.exports.memory) };
  const instance = new WebAssembly.Instance(compiledModule, { env });
  return new Client(instance.exports, host);
}

/** A ready instance of the built module. */
export function open(host = storeHost(), module = builtModule()) {
  const lua = instantiate(module, host);
  if (lua.exports.init() !== 0) throw new Error("init failed");
  return lua;
}

export class Client {
  constructor(exports, host) {
    this.exports = exports;
    this.host = host;
    this.memory = exports.memory;
  }

  /** The I/O buffer: made anew at each use, as memory may have grown. */
  get buffer() {
    return new Uint8Array(
      this.memory.buffer,
      this.exports.get_buffer_ptr() >>> 0,
      this.exports.get_buffer_size() >>> 0,
    );
  }

  /** Runs source (text or bytes): {ok, n, bytes, text}. */
  eval(source) {
    const bytes = typeof source === "string" ? Buffer.from(source) : source;
    this.buffer.set(bytes);
    return this.answer(this.exports.eval(bytes.length));
  }

  /** What `eval` returned, with the text it left in the buffer. */
  answer(n) {
    const bytes = Buffer.from(this.buffer.slice(0, n < 0 ? -n - 1 : n));
    return { ok: n >= 0, n, bytes, text: bytes.toString() };
  }

  /** The text of source that must succeed. */
  run(source) {
    const { ok, text } = this.eval(source);
    if (!ok) throw new Error(`Lua: ${text}\nin: ${String(source).slice(0, 500)}`);
    return text;
  }

  /** The first line of the error of source that must fail. */
  fail(source) {
    const { ok, text } = this.eval(source);
    if (ok) throw new Error(`no error, but: ${text}\nin: ${String(source).slice(0, 500)}`);
    return text.split("\n")[0];
  }

  /** What `tostring` makes of each of many Lua expressions, as latin1 text. */
  evaluate(expressions) {
    const results = [];
    for (let at = 0; at < expressions.length;) {
      const batch = [];
      for (let size = 0; at < expressions.length && batch.length < 200 && size < 40000; at++) {
        batch.push(`o[#o+1]=tostring((${expressions[at]}))`);
        size += expressions[at].length + 24;
      }
      const source = `local o = {} ${batch.join("\n")} io.write(table.concat(o, "\\0"))`;
      const { ok, bytes } = this.eval(source);
      if (!ok) throw new Error(`Lua: ${bytes}`);
      results.push(...latin1(bytes).split("\0"));
    }
    return results;
  }

  /** Checks what `tostring` makes of Lua expressions; `cases` are [expression, expected text]. */
  compare(cases) {
    const results = this.evaluate(cases.map(([source]) => source));
    cases.forEach(([source, expected], at) => assert.equal(results[at], expected, source));
  }

  /** {ioBufferSize, luaMemoryUsed, wasmPages}; `at` is where the module is to write them. */
  stats(at = this.exports.get_buffer_ptr()) {
    this.exports.get_memory_stats(at);
    const view = new DataView(this.memory.buffer, at >>> 0, 12);
    const [ioBufferSize, luaMemoryUsed, wasmPages] = [0, 4, 8].map(offset => view.getUint32(offset, true));
    return { ioBufferSize, luaMemoryUsed, wasmPages };
  }

  /** Bytes held by Lua after a full collection. */
  liveBytes() {
    this.exports.run_gc();
    return this.stats().luaMemoryUsed;
  }
}

/** Bytes as a Lua string literal of ASCII characters. */
export function quote(bytes) {
  const source = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  return `"${[...source].map(byte => `\\${String(byte).padStart(3, "0")}`).join("")}"`;
}

const MEMORY_SECTION = 5;

/** The module with at most `pages` pages of memory. */
export function withMaximumMemory(bytes, pages) {
  let at = 8;
  while (at < bytes.length) {
    const [size, start] = readLeb(bytes, at + 1);
    if (bytes[at] === MEMORY_SECTION) {
      const [minimum] = readLeb(bytes, start + 2);
      const contents = [1, 1, ...leb(minimum), ...leb(pages)];
      const section = [MEMORY_SECTION, ...leb(contents.length), ...contents];
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(section), bytes.subarray(start + size)]);
    }
    at = start + size;
  }
  throw new Error("the module has no memory section");
}

/** Bytes of the built module's wasm stack, which is the lowest part of memory (`--stack-first`). */
export function stackSize() {
  const flags = readFileSync(new URL("../../build.rs", import.meta.url), "utf8");
  return Number(/-zstack-size=(\d+)/.exec(flags)[1]);
}

export { PAGE };
