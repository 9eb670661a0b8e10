// The drop-in script wasm-loader.js: LuaPersistent in one call. It fetches lua-persistent.js, its neighbour, when the page
// has not.
import type { WasmSource } from "../src/core/wasm.ts";
import type { LuaPersistent } from "../src/session/lua-persistent.ts";

declare const module: { exports: unknown } | undefined;

/** @param path as for `LuaPersistent.load` @returns loaded and ready to `eval` */
async function loadWasmModule(path?: WasmSource | Promise<WasmSource>): Promise<LuaPersistent> {
  const scope = globalThis as { LuaPersistent?: typeof LuaPersistent };
  if (!scope.LuaPersistent) await import("./lua-persistent.js");
  return new scope.LuaPersistent!().load(path);
}

Object.assign(globalThis, { loadWasmModule });
if (typeof module === "object" && module.exports) module.exports = { loadWasmModule };
