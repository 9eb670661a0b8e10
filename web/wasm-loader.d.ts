// Types of wasm-loader.js.
import type { LuaPersistent, WasmSource } from "./lua-persistent.js";

/** A loaded LuaPersistent. */
export function loadWasmModule(path?: WasmSource | Promise<WasmSource>): Promise<LuaPersistent>;

declare global {
  /** From a classic script. */
  var loadWasmModule: typeof import("./wasm-loader.js").loadWasmModule;
}
