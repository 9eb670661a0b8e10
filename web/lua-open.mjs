// `LuaPersistent.open` and `openImage`: puts together lua.wasm, a store, host services and options.
import { readOpenOptions } from "./lua-options.mjs";
import { loadViews, loadWasm, luaBytes } from "./lua-loader.mjs";
import { HostServices } from "./lua-services.mjs";
import { openStore } from "./stores/open-store.mjs";

const { parts } = globalThis.LuaPersistent;

/**
 * @typedef {object} OpenOptions
 * @property {WasmSource | Promise<WasmSource>} [wasm] `lua.wasm`, or where to find it; the default is that of `load`
 * @property {"memory" | "localStorage" | "indexedDB" | Store} [store] where tables are kept; default "memory", not at all
 * @property {string} [name] of the store; default "default"
 * @property {"wait" | "readOnly" | "refuse"} [whenBusy] what to do while another tab has the store; default "wait"
 * @property {boolean} [lock] false: the caller promises that no other tab uses the store
 * @property {AbortSignal} [signal] ends waiting for another tab
 * @property {boolean} [rollbackOnError] undo the changes of a run that fails: to tables, not to Lua's globals
 * @property {(text: string) => void} [onOutput] hears what is printed while a script runs
 * @property {number} [outputLimit] characters of output that `run` and `eval` give back; default 16 Mi
 * @property {number} [memoryLimit] bytes that Lua may hold
 * @property {number} [tableLimit] bytes in all external tables, of keys and values, and 64 for each key; default 256 Mi
 * @property {number} [instructionLimit] VM instructions of one run
 * @property {number} [timeout] milliseconds of one run
 * @property {() => boolean} [interrupt] asked every few milliseconds while Lua runs: true stops the run
 * @property {boolean} [warmUp] whether some 30 ms of idle time, in pieces, are spent on making later runs faster; default
 *   true in a page and its workers, false elsewhere
 * @property {string} [wasmHash] of a WebAssembly.Module, for images: the `wasmHash` of one opened from the same bytes
 */

/**
 * @param {OpenOptions} [options]
 * @param {Messages} [messages] for a worker: see LuaSession
 * @returns {Promise<LuaSession>} with the tables that are in the store
 * @throws {TypeError} naming the option that makes no sense
 * @throws {StoreError} the store cannot be opened; nothing in it has changed
 * @throws {Error} lua.wasm cannot be loaded
 */
export async function open(options, messages) {
  const settings = readOpenOptions(options);
  const wasm = await loadWasm(settings.wasm, settings.wasmHash);
  return start({ settings, wasm, messages }, async (instance) => {
    await instance.load(wasm.module);
    if (settings.memoryLimit !== undefined) checkMemoryLimit(settings.memoryLimit, luaBytes(instance.exports));
  });
}

function checkMemoryLimit(limit, bytes) {
  if (bytes >= limit) throw new Error(`open: memoryLimit is ${limit} bytes, and Lua itself holds ${bytes}`);
}

/**
 * Goes on where `saveImage` was called, in a Lua of its own. The image's tables replace those in the store, all at once.
 * `memoryLimit` and `instructionLimit` are those of the image.
 * @param {Uint8Array | ArrayBuffer} image
 * @param {OpenOptions} [options]
 * @param {Messages} [messages] for a worker: see LuaSession
 * @returns {Promise<LuaSession>}
 * @throws {Error} damaged bytes, or another lua.wasm than the image's; as from `open`; nothing in the store has changed
 */
export async function openImage(image, options, messages) {
  const given = readOpenOptions(options);
  const { checkHash, decodeImage, restoreMemory, withLimits } = await import("./lua-image.mjs");
  const decoded = await decodeImage(image, given.tableLimit);
  const settings = withLimits(decoded, given);
  const wasm = await loadWasm(settings.wasm, settings.wasmHash);
  checkHash(decoded, wasm.hash);
  return start({ settings, wasm, messages }, async (instance, persistence) => {
    const exports = await instance.instantiate(wasm.module);
    restoreMemory(exports.memory, decoded);
    instance.tables.takeOver(decoded.tables);
    await persistence.commit();
    instance.use(exports);
  });
}

/** @param {(instance: LuaInstance, persistence: Persistence) => Promise<void>} begin makes an instance to use */
async function start({ settings, wasm, messages }, begin) {
  await loadViews();
  const { LuaSession } = await import("./lua-session.mjs");
  const tables = new parts.ExternalTables();
  tables.limit = settings.tableLimit;
  const persistence = await openStore({ ...settings, readSnapshot: parts.readSnapshot }, tables);
  try {
    const services = new HostServices(settings);
    const instance = new parts.LuaInstance(tables, services);
    await begin(instance, persistence);
    if (settings.warmUp) parts.warmUp(wasm.module);
    return new LuaSession({ instance, services, persistence, wasm }, messages);
  } catch (cause) {
    await persistence.close({ discard: true }).catch(() => {});
    throw cause;
  }
}
