// Finds lua.wasm, compiles it, and checks that its imports and exports are those of the contract.
import { byteString } from "../bytes/byte-string.ts";
import { builtin, inNode, inPage } from "./environment.ts";
import type { BlobObject, ResponseObject, UrlObject, WasmMemory, WasmModule } from "./platform.ts";

/** `lua.wasm`, or where to find it: a path or URL as text. */
export type WasmSource = string | UrlObject | ArrayBuffer | ArrayBufferView | ResponseObject | BlobObject | WasmModule;

/** The exports of lua.wasm. */
export interface LuaExports {
  readonly memory: WasmMemory;
  init(): number;
  eval(length: number): number;
  get_buffer_ptr(): number;
  get_buffer_size(): number;
  get_memory_stats(pointer: number): void;
  run_gc(): void;
}

/** A source, once it is found. */
export type Found = ArrayBuffer | ArrayBufferView | ResponseObject | BlobObject | WasmModule;

const EXPORTS = ["memory", "init", "eval", "get_buffer_ptr", "get_buffer_size", "get_memory_stats", "run_gc"];
const IMPORTS = /* @__PURE__ */ ["set", "get", "delete", "size", "keys"].map(name => `env.js_ext_table_${name}`);

/** Finds `source`, and calls `use` with it. @throws {Error} naming the source */
export async function withWasm<T>(
  source: WasmSource | Promise<WasmSource>,
  use: (found: Found) => Promise<T>,
): Promise<T> {
  if (typeof WebAssembly !== "object" || !("Tag" in WebAssembly)) {
    throw new Error(
      "lua.wasm needs WebAssembly exceptions: Chrome 95, Firefox 100, Safari 15.2, Node 17, or any later version",
    );
  }
  let found: Found | undefined;
  try {
    found = await reach(source);
    return await use(found);
  } catch (cause) {
    const url = typeof source === "string" || source instanceof URL ? source : (found as Response | undefined)?.url;
    throw new Error(`cannot load ${url ? `'${url}'` : "lua.wasm"}: ${(cause as Error).message}`, { cause });
  }
}

async function reach(source: WasmSource | Promise<WasmSource>): Promise<Found> {
  const found = await source;
  if (typeof found !== "string" && !(found instanceof URL)) return found as Found;
  return inNode && !/^(https?|data|blob):/.test(String(found)) ? readFile(found) : fetch(found);
}

async function readFile(source: string | URL): Promise<ArrayBufferView> {
  const fs = await builtin<{ readFile(path: string | URL): Promise<ArrayBufferView> }>("fs/promises");
  return fs.readFile(/^file:/.test(String(source)) ? new URL(source) : source);
}

/** Those that were found to be lua.wasm: a program makes many instances of one. */
const checked = new WeakSet<WasmModule>();

/** @throws {Error} it is not lua.wasm */
export async function compile(found: Found): Promise<WasmModule> {
  const module = found instanceof WebAssembly.Module ? found : await compiled(found as Response);
  if (checked.has(module)) return module;
  check(module);
  checked.add(module);
  return module;
}

function check(module: WebAssembly.Module): void {
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  const lacks = EXPORTS.filter(name => !exported.includes(name));
  if (lacks.length > 0)
    throw new Error(`it is another WebAssembly module than lua.wasm: it has no export ${lacks.join(", ")}`);
  const imported = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
  const wants = imported.filter(name => !IMPORTS.includes(name));
  if (wants.length > 0)
    throw new Error(`it is another WebAssembly module than lua.wasm: it needs the import ${wants.join(", ")}`);
}

async function compiled(found: Response): Promise<WebAssembly.Module> {
  if (typeof found?.arrayBuffer !== "function") return compileBytes(found);
  if (found.ok === false) throw new Error(`the server answered ${found.status} ${found.statusText}`.trimEnd());
  const type = found.headers?.get("content-type");
  // Streaming refuses every other MIME type, and some servers do not know this one.
  if (type === "application/wasm") return WebAssembly.compileStreaming(found);
  return compileBytes(
    await found.arrayBuffer(),
    found.status ? `the server answered ${found.status} with ${type}, and ` : "",
  );
}

/** @param how they came */
function compileBytes(source: unknown, how = ""): WebAssembly.Module | Promise<WebAssembly.Module> {
  const given = source as Partial<ArrayBufferView<ArrayBuffer>> | null | undefined;
  if (!ArrayBuffer.isView(source) && !(given && given.byteLength! >= 0)) {
    throw new TypeError(
      `wasm must be a path, a URL, bytes, a Response or a WebAssembly.Module, not ${given && typeof given}`,
    );
  }
  const { byteOffset = 0, byteLength = 0 } = given!;
  const start = new Uint8Array(given!.buffer ?? (source as ArrayBuffer), byteOffset, Math.min(byteLength, 20));
  if (!byteString(start).startsWith("\0asm")) {
    throw new Error(
      `${how}it is not WebAssembly: it begins with ${JSON.stringify(byteString(start))} instead of the magic number`,
    );
  }
  // It takes 2 ms, as functions are compiled when they are called. A page must not wait for that. Elsewhere it is sooner than
  // in a thread: in Node the threads have other things to do first, for 15 ms at the start of a program.
  return inPage ? WebAssembly.compile(source as ArrayBuffer) : new WebAssembly.Module(source as ArrayBuffer);
}
