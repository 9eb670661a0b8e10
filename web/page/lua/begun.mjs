// What begin.mjs has begun: the first worker, which is taken over once, and lua.wasm.

/** @returns {Worker | null} null: another one is to be started; it says why it fails */
export function takeWorker() {
  const { worker = null, said, hasFailed } = globalThis.begunLua ?? {};
  if (!worker || hasFailed) return null;
  globalThis.begunLua.worker = null;
  const hear = receive => {
    delete worker.onmessage;
    worker.onmessage = receive;
    queueMicrotask(() => said.forEach(event => receive(event)));
  };
  Object.defineProperty(worker, "onmessage", { set: hear, configurable: true });
  return worker;
}

/**
 * lua.wasm with its hash, which takes longer here than all else: where it is the file that the build had, that is known.
 * @returns {Promise<{wasm?: WebAssembly.Module | ArrayBuffer, wasmHash?: string}>} options; none: it is to be loaded again
 */
export async function begunWasm() {
  const loaded = await globalThis.begunLua?.wasm;
  if (!loaded) return {};
  const [module, bytes] = loaded;
  const digest = await crypto.subtle?.digest("SHA-256", bytes);
  const isKnown = digest && btoa(String.fromCharCode(...new Uint8Array(digest))) === WASM_DIGEST;
  return isKnown ? { wasm: module, wasmHash: WASM_HASH } : { wasm: bytes };
}
