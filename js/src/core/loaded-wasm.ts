// lua.wasm with the hash of its bytes, to which images are bound. Its twin differs from it in code alone, so that an image of
// one goes on in the other: the twin says the hash of lua.wasm in a custom section.
import { byteString, viewBytes } from "../bytes/byte-string.ts";
import { checksum64, hex64 } from "../bytes/checksum.ts";
import { defaultWasm } from "./default-wasm.ts";
import type { WasmModule } from "./platform.ts";
import { type Found, type WasmSource, compile, withWasm } from "./wasm.ts";

/** hash: 16 hexadecimal digits; null for lua.wasm as a WebAssembly.Module, whose bytes nobody can see, without `wasmHash`. */
export interface LoadedWasm {
  module: WasmModule;
  hash: string | null;
  /** Where they were asked for, and are known. */
  bytes?: Uint8Array;
}

/**
 * Compiles while the bytes come in, where their MIME type is application/wasm.
 * @param wasmHash believed for a WebAssembly.Module
 * @param options keepsBytes: the bytes are wanted, too
 * @throws {Error} naming the source
 */
export function loadWasm(
  source: WasmSource | Promise<WasmSource>,
  wasmHash: string | null = null,
  { keepsBytes = false }: { keepsBytes?: boolean } = {},
): Promise<LoadedWasm> {
  return withWasm(source, async found => {
    if (found instanceof WebAssembly.Module) return { module: found, hash: wasmHash ?? hashInTwin(found) };
    const [bytes, module] = await Promise.all([bytesIn(found as Exclude<Found, WasmModule>), compile(found)]);
    return { module, hash: hashInTwin(module) ?? hashBytes(bytes), bytes: keepsBytes ? viewBytes(bytes) : undefined };
  });
}

/** The default lua.wasm, once somebody has asked for it. */
let known: Promise<LoadedWasm> | null = null;

/** As `loadWasm`. @param source undefined: the default one, which is read and compiled once, unless its bytes are wanted */
export async function loadGiven(
  source: WasmSource | Promise<WasmSource> | undefined,
  wasmHash?: string,
  options: { keepsBytes?: boolean } = {},
): Promise<LoadedWasm> {
  if (source !== undefined) return loadWasm(source, wasmHash, options);
  if (options.keepsBytes) return loadWasm(defaultWasm(), null, options);
  known ??= loadWasm(defaultWasm());
  try {
    return await known;
  } catch (error) {
    known = null;
    throw error;
  }
}

/** @returns the hash of lua.wasm that its twin has; null when it is none */
function hashInTwin(module: WebAssembly.Module): string | null {
  const [section] = WebAssembly.Module.customSections(module, "twin");
  const text = section ? byteString(new Uint8Array(section)) : "";
  return /^[0-9a-f]{16}$/.test(text) ? text : null;
}

/** To be called before `compile`, which uses a Response up. */
const bytesIn = async (found: Exclude<Found, WasmModule>): Promise<ArrayBuffer | ArrayBufferView> =>
  isReadable(found) ? copyOf(found).arrayBuffer() : found;

/** @returns the hash of the bytes of lua.wasm, to which images are bound */
export const hashBytes = (bytes: ArrayBuffer | ArrayBufferView): string => hex64(checksum64(viewBytes(bytes)));

const isReadable = (found: unknown): found is Response | Blob =>
  typeof (found as Response | null)?.arrayBuffer === "function";

/** A Blob can be read twice, a Response not. */
const copyOf = (found: Response | Blob) => ("clone" in found ? found.clone() : found);
