// lua.wasm with the hash of its bytes, to which images are bound. Its twin differs from it in code alone, so that an image of
// one goes on in the other: the twin says the hash of lua.wasm in a custom section.
import { byteString, viewBytes } from "../bytes/byte-string.ts";
import { checksum64, hex64 } from "../bytes/checksum.ts";
import type { WasmModule } from "./platform.ts";
import { type Found, type WasmSource, compile, withWasm } from "./wasm.ts";

/** hash: 16 hexadecimal digits; null for lua.wasm as a WebAssembly.Module, whose bytes nobody can see, without `wasmHash`. */
export interface LoadedWasm {
  module: WasmModule;
  hash: string | null;
}

/**
 * Compiles while the bytes come in, where their MIME type is application/wasm.
 * @param wasmHash believed for a WebAssembly.Module
 * @throws {Error} naming the source
 */
export function loadWasm(
  source: WasmSource | Promise<WasmSource>,
  wasmHash: string | null = null,
): Promise<LoadedWasm> {
  return withWasm(source, async found => {
    if (found instanceof WebAssembly.Module) return { module: found, hash: wasmHash ?? hashInTwin(found) };
    const [hash, module] = await Promise.all([hashOf(found as Exclude<Found, WasmModule>), compile(found)]);
    return { module, hash: hashInTwin(module) ?? hash };
  });
}

/** @returns the hash of lua.wasm that its twin has; null when it is none */
function hashInTwin(module: WebAssembly.Module): string | null {
  const [section] = WebAssembly.Module.customSections(module, "twin");
  const text = section ? byteString(new Uint8Array(section)) : "";
  return /^[0-9a-f]{16}$/.test(text) ? text : null;
}

/** To be called before `compile`, which uses a Response up. */
async function hashOf(found: Exclude<Found, WasmModule>): Promise<string> {
  const bytes = isReadable(found) ? await copyOf(found).arrayBuffer() : found;
  return hashBytes(bytes);
}

/** @returns the hash of the bytes of lua.wasm, to which images are bound */
export const hashBytes = (bytes: ArrayBuffer | ArrayBufferView): string => hex64(checksum64(viewBytes(bytes)));

const isReadable = (found: unknown): found is Response | Blob =>
  typeof (found as Response | null)?.arrayBuffer === "function";

/** A Blob can be read twice, a Response not. */
const copyOf = (found: Response | Blob) => ("clone" in found ? found.clone() : found);
