// loadWasmModule: LuaPersistent in one call. It fetches lua-persistent.js, its neighbour, when the page has not.
(() => {
  "use strict";

  /**
   * @param {string | URL | BufferSource | WebAssembly.Module} [path] as for `LuaPersistent.load`
   * @returns {Promise<LuaPersistent>} loaded and ready to `eval`
   */
  async function loadWasmModule(path) {
    if (!globalThis.LuaPersistent) await import("./lua-persistent.js");
    return new globalThis.LuaPersistent().load(path);
  }

  globalThis.loadWasmModule = loadWasmModule;
  if (typeof module === "object" && module.exports) module.exports = { loadWasmModule };
})();
