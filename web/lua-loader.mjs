// lua.wasm of an opened LuaPersistent: the compiled module, the hash of its bytes, to which images are bound, how much memory
// Lua has in one, and the parts for typed values.
import { checksum64, hex64 } from "./stores/checksum.mjs";

const { parts } = globalThis.LuaPersistent;
const { compile, withWasm, DEFAULT_WASM } = parts;

/**
 * @typedef {{module: WebAssembly.Module, hash: string | null}} LoadedWasm hash: 16 hexadecimal digits; null for a
 * WebAssembly.Module, whose bytes nobody can see, without `wasmHash`
 */

/**
 * Compiles while the bytes come in, where their MIME type is application/wasm.
 * @param {WasmSource | Promise<WasmSource>} [source] as for `LuaPersistent.load`
 * @param {string} [wasmHash] believed for a WebAssembly.Module
 * @returns {Promise<LoadedWasm>}
 * @throws {Error} naming the source
 */
export function loadWasm(source = DEFAULT_WASM, wasmHash = null) {
  return withWasm(source, async (found) => {
    if (found instanceof WebAssembly.Module) return { module: found, hash: wasmHash };
    const [hash, module] = await Promise.all([hashOf(found), compile(found)]);
    return { module, hash };
  });
}

/** What `table` and typed results need, unless the page has it already. */
export async function loadViews() {
  if (!parts.codec) await import("./lua-codec.js");
  if (!parts.Store) await import("./lua-tables.js");
  if (!parts.plain) await import("./lua-plain.js");
}

/** @param {WebAssembly.Exports} exports of lua.wasm @returns {number} bytes that Lua holds */
export function luaBytes({ memory, get_buffer_ptr, get_memory_stats }) {
  const at = get_buffer_ptr() >>> 0;
  get_memory_stats(at);
  return new DataView(memory.buffer).getUint32(at + 4, true);
}

/** To be called first: of a Response it takes a copy, which `compile` would leave nothing of. */
async function hashOf(found) {
  const bytes = typeof found?.arrayBuffer === "function" ? await copyOf(found).arrayBuffer() : found;
  return hex64(checksum64(bytesOf(bytes)));
}

/** A Blob can be read twice, a Response not. */
const copyOf = (found) => (typeof found.clone === "function" ? found.clone() : found);

const bytesOf = (source) =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
