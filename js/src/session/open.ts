// `LuaPersistent.open` and `openImage`: puts together lua.wasm, a store, host services and options.
import { defaultWasm } from "../core/default-wasm.ts";
import { ExternalTables } from "../core/external-tables.ts";
import { LuaInstance, luaBytes } from "../core/instance.ts";
import { type LoadedWasm, loadWasm } from "../core/loaded-wasm.ts";
import { warmUp } from "../core/warm-up.ts";
import { checkHash, decodeImage, restoreMemory, withLimits } from "../image/image.ts";
import type { CheckedStore } from "../stores/checked-store.ts";
import { openChecked } from "../stores/open-checked.ts";
import type { Persistence } from "../stores/persistence.ts";
import { readSnapshot } from "../values/snapshot.ts";
import type { HostNotes } from "../image/tables.ts";
import type { Entry } from "../host/entries.ts";
import { HostSide } from "../host/side.ts";
import { type OpenOptions, type Settings, readOpenOptions } from "./options.ts";
import { HostServices } from "./services.ts";
import { LuaSession, internalsOf } from "./session.ts";
import type { Messages } from "./types.ts";

/** Where the store comes from. */
export type StoreOf = (options: OpenOptions) => CheckedStore;

/**
 * @returns with the tables that are in the store
 * @throws {TypeError} naming the option that makes no sense
 * @throws {StoreError} the store cannot be opened; nothing in it has changed
 * @throws {Error} lua.wasm cannot be loaded
 */
export async function openWith(
  storeOf: StoreOf,
  options?: OpenOptions,
  messages?: Messages,
  others?: Entry[],
): Promise<LuaSession> {
  const settings = readOpenOptions(options);
  const wasm = await loadWasm(settings.wasm ?? defaultWasm(), settings.wasmHash);
  return start({ settings, wasm, storeOf, messages, others }, async instance => {
    await instance.load(wasm.module);
    if (settings.memoryLimit !== undefined) checkMemoryLimit(settings.memoryLimit, luaBytes(instance.exports!));
  });
}

function checkMemoryLimit(limit: number, bytes: number): void {
  if (bytes >= limit) throw new Error(`open: memoryLimit is ${limit} bytes, and Lua itself holds ${bytes}`);
}

/**
 * Goes on where `saveImage` was called, in a Lua of its own. The image's tables replace those in the store, all at once.
 * `memoryLimit` and `instructionLimit` are those of the image.
 * @throws {Error} damaged bytes, or another lua.wasm than the image's; as from `openWith`; nothing in the store has changed
 */
export async function openImageWith(
  storeOf: StoreOf,
  image: ArrayBuffer | ArrayBufferView,
  options?: OpenOptions,
  messages?: Messages,
  others?: Entry[],
): Promise<LuaSession> {
  const given = readOpenOptions(options);
  const decoded = await decodeImage(image, given.tableLimit);
  const settings = withLimits(decoded, given);
  const wasm = await loadWasm(settings.wasm ?? defaultWasm(), settings.wasmHash);
  checkHash(decoded, wasm.hash);
  const { notes } = decoded;
  return start({ settings, wasm, storeOf, messages, others, notes }, async (instance, persistence, host) => {
    const exports = await instance.instantiate(wasm.module);
    restoreMemory(exports.memory, decoded);
    instance.tables.takeOver(decoded.tables);
    await persistence.commit();
    instance.use(exports);
    // Its functions are those of another host.
    instance.request(host.names());
  });
}

interface Start {
  settings: Settings;
  wasm: LoadedWasm;
  storeOf: StoreOf;
  messages?: Messages;
  /** Of an image. */
  notes?: HostNotes;
  /** Functions of the host that are another's. */
  others?: Entry[];
}

/** @param begin makes an instance to use */
async function start(
  { settings, wasm, storeOf, messages, others, notes }: Start,
  begin: (instance: LuaInstance, persistence: Persistence, host: HostSide) => Promise<void>,
): Promise<LuaSession> {
  const tables = new ExternalTables();
  tables.limit = settings.tableLimit;
  const persistence = await openChecked(storeOf(settings), { ...settings, readSnapshot }, tables);
  try {
    const services = new HostServices(settings);
    const host = new HostSide(settings, others);
    services.host = host.calls;
    const instance = new LuaInstance(tables, services);
    await begin(instance, persistence, host);
    if (settings.warmUp) void warmUp(wasm.module);
    const session = new LuaSession({ instance, services, persistence, wasm, host }, messages);
    if (notes) internalsOf(session).adopt(notes);
    return session;
  } catch (cause) {
    await persistence.close({ discard: true }).catch(() => {});
    throw cause;
  }
}
