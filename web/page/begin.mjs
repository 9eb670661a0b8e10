// In the page itself: starts Lua's worker and compiles lua.wasm before the page's own scripts have come, which takes as long as these
// do. They take both over in lua/begun.mjs.
{
  const begun = (globalThis.begunLua = { worker: null, said: [], hasFailed: false, wasm: null });
  /** @returns {Promise<[WebAssembly.Module, ArrayBuffer]>} with its bytes */
  const load = async () => {
    const found = await fetch("lua.wasm");
    const bytes = found.clone().arrayBuffer();
    return [await WebAssembly.compileStreaming(found), await bytes];
  };
  // Whatever fails here is tried again, and explained, by whoever takes it over.
  begun.wasm = load().catch(() => null);
  try {
    const worker = (begun.worker = new Worker("page-worker.mjs", { type: "module", name: "lua" }));
    worker.onmessage = event => begun.said.push(event);
    worker.onerror = () => (begun.hasFailed = true);
  } catch {
    // There are none here.
  }
}
