// `LuaPersistent.open` and `openImage`: puts together lua.wasm, a store, host services and options.
import { ExternalTables } from "../core/external-tables.ts";
import { LuaInstance, luaBytes } from "../core/instance.ts";
import { type LoadedWasm, loadGiven, loadWasm } from "../core/loaded-wasm.ts";
import { warmUp } from "../core/warm-up.ts";
import { type Limits, restoreMemory } from "../image/memory.ts";
import type { CheckedStore } from "../stores/checked-store.ts";
import { openChecked } from "../stores/open-checked.ts";
import { unknownModule } from "../stores/refusals.ts";
import type { Persistence } from "../stores/persistence.ts";
import { readSnapshot } from "../values/snapshot.ts";
import type { Entry, Restored } from "../host/entries.ts";
import { type Noted, decodeNotes } from "../host/notes.ts";
import { HostSide } from "../host/side.ts";
import { loadLate } from "./later.ts";
import { type OpenOptions, type Settings, readOpenOptions } from "./options.ts";
import { KeptProgram, type RestoredProgram, checkKnown, readProgram } from "./program.ts";
import { HostServices } from "./services.ts";
import { LuaSession, internalsOf } from "./session.ts";
import type { Messages } from "./types.ts";

/** Where the store comes from. */
export type StoreOf = (options: OpenOptions) => CheckedStore;

/**
 * @returns with the tables that are in the store, and the program if that is to persist
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
  const wasm = await wasmFor(settings);
  return start({ settings, wasm, storeOf, messages, others }, async (instance, wasm, limits) => {
    await instance.load(wasm.module);
    if (limits.memoryLimit !== undefined) checkMemoryLimit(limits.memoryLimit, luaBytes(instance.exports!));
  });
}

function checkMemoryLimit(limit: number, bytes: number): void {
  if (bytes >= limit) throw new Error(`open: memoryLimit is ${limit} bytes, and Lua itself holds ${bytes}`);
}

async function wasmFor(settings: Settings): Promise<LoadedWasm> {
  const keepsBytes = settings.persist === "everything";
  const wasm = await loadGiven(settings.wasm, settings.wasmHash, { keepsBytes });
  return keepsBytes ? checkKnown(wasm) : wasm;
}

/**
 * Goes on where `saveImage` was called, in a Lua of its own. The image's tables replace those in the store, all at once; a program
 * in it is given up.
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
  const { checkHash, decodeImage, withLimits } = await loadLate();
  const decoded = await decodeImage(image, given.tableLimit, new ExternalTables());
  const settings = { ...withLimits(decoded, given), discardProgram: true };
  const wasm = await wasmFor(settings);
  checkHash(decoded, wasm.hash);
  return start({ settings, wasm, storeOf, messages, others }, async (instance, wasm) => {
    const exports = await instance.instantiate(wasm.module);
    restoreMemory(exports.memory, decoded);
    instance.tables.takeOver(decoded.tables);
    instance.use(exports);
    return { noted: decodeNotes(decoded.notes), by: "image" };
  });
}

interface Start {
  settings: Settings;
  wasm: LoadedWasm;
  storeOf: StoreOf;
  messages?: Messages;
  /** Functions of the host that are another's. */
  others?: Entry[];
}

/** A Lua that is not fresh. */
interface GoingOn {
  /** What waits in it. */
  noted: Noted;
  by: Restored;
}

/** Makes an instance to use. @returns undefined for a fresh one */
type Begin = (instance: LuaInstance, wasm: LoadedWasm, limits: Limits) => Promise<GoingOn | void>;

async function start({ settings, wasm, storeOf, messages, others }: Start, begin: Begin): Promise<LuaSession> {
  const tables = new ExternalTables();
  tables.limit = settings.tableLimit;
  const store = storeOf(settings);
  const persistence = await openChecked(store, { ...settings, readSnapshot }, tables);
  let session: LuaSession | null = null;
  try {
    const found = persistence.program.found && readProgram(persistence.program.found, store.label);
    const services = new HostServices(settings);
    services.kept = found?.limits ?? null;
    const host = new HostSide(settings, others);
    services.host = host.calls;
    const instance = new LuaInstance(tables, services);
    const given = wasm;
    if (found) wasm = await wasmOf(found, given, store.label);
    const goingOn = await (found ? goOn(instance, found, wasm) : begin(instance, wasm, services.limits));
    // Its functions are those of another host.
    if (goingOn) instance.request(host.namesRequest());
    host.announced = goingOn?.noted ?? null;
    if (settings.warmUp) void warmUp(wasm.module);
    const isKept = settings.persist === "everything" && !store.isVolatile && !persistence.readOnly;
    const program = isKept ? new KeptProgram({ instance, host, wasm, services }, found) : null;
    if (program) persistence.program.keep(program);
    session = new LuaSession({ instance, services, persistence, wasm, given, host, program }, messages);
    if (goingOn) await adopt(session, goingOn, persistence);
    return session;
  } catch (cause) {
    await (session ?? persistence).close({ discard: true }).catch(() => {});
    throw cause;
  }
}

async function adopt(session: LuaSession, { noted, by }: GoingOn, persistence: Persistence): Promise<void> {
  const { adopt } = internalsOf(session);
  if (by === "image") {
    // What was in the store is replaced, all at once, before anything goes on.
    await persistence.commit();
    adopt(noted, by);
  } else if (!persistence.readOnly) adopt(noted, by);
}

/** @returns the lua.wasm to which a program belongs: the given one, or that which its store has */
async function wasmOf(found: RestoredProgram, given: LoadedWasm, store: string): Promise<LoadedWasm> {
  if (found.hash === given.hash) return given;
  if (found.module) return loadWasm(found.module, null, { keepsBytes: true });
  throw unknownModule(store, found.hash, given.hash!);
}

/** Goes on with a program. */
async function goOn(instance: LuaInstance, found: RestoredProgram, { module }: LoadedWasm): Promise<GoingOn> {
  const exports = await instance.instantiate(module);
  restoreMemory(exports.memory, found);
  instance.use(exports);
  return { noted: found.journal, by: "store" };
}
