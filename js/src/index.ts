// The package: LuaPersistent with all that opens it, the classes of values and errors, and types.
import { eraseStore, open, openImage, openWorker } from "./open.ts";
import { LuaPersistent as Plain } from "./session/lua-persistent.ts";
import type { OpenOptions, WorkerOptions } from "./session/options.ts";
import type { LuaSession } from "./session/session.ts";
import type { StoreOptions } from "./stores/store.ts";
import type { LuaWorker } from "./worker/lua-worker.ts";

/** Static methods of LuaPersistent. */
export interface LuaPersistentStatics {
  /**
   * Opens Lua with a store, typed results, limits.
   * @throws {TypeError} naming the option that makes no sense
   * @throws {StoreError} the store cannot be opened; nothing in it has changed
   * @throws {Error} lua.wasm cannot be loaded
   */
  open(options?: OpenOptions): Promise<LuaSession>;

  /**
   * Goes on where `saveImage` was called. The image's tables replace those in the store, all at once.
   * @throws {Error} damaged bytes, or another lua.wasm than the image's; otherwise as `open`
   */
  openImage(image: ArrayBuffer | ArrayBufferView, options?: OpenOptions): Promise<LuaSession>;

  /** The same as `open` in a worker of its own, where a run can be stopped at any time. */
  openWorker(options?: WorkerOptions): Promise<LuaWorker>;

  /** Empties a store without reading it: the way on from one that is damaged or of a newer version. */
  eraseStore(options: StoreOptions): Promise<void>;
}

/** A Lua state, and the external tables (`Memory` and its like) that outlive it. */
export const LuaPersistent: typeof Plain & LuaPersistentStatics = /* @__PURE__ */ Object.assign(Plain, {
  open,
  openImage,
  openWorker,
  eraseStore,
});
export type LuaPersistent = Plain;

export type { LuaExports, WasmSource } from "./core/wasm.ts";
export type { HostFunctions } from "./host/entries.ts";
export type { ExposeError, Told } from "./host/errors.ts";
export type { Exposed, Exposure } from "./host/expose.ts";
export type { HostCall, HostFunction, HostFunctionOptions } from "./host/host-function.ts";
export { LuaFunction } from "./host/lua-function.ts";
export type { LuaModules } from "./host/modules.ts";
export type { LuaResults } from "./host/results.ts";
export type { Statistics } from "./session/lua-persistent.ts";
export type {
  EvalOptions,
  GcOptions,
  OpenOptions,
  RunOptions,
  WorkerOptions,
  WorkerRunOptions,
} from "./session/options.ts";
export type { HistoryEntry, HistoryOptions } from "./session/history.ts";
export type { LuaTask, TaskState, TaskStatus } from "./session/lua-task.ts";
export type { LuaSession } from "./session/session.ts";
export type { RunResult, SessionStatistics } from "./session/types.ts";
export { StoreError, type StoreErrorKind } from "./stores/store-error.ts";
export type { LuaStore, RecordChange, StoreLock, StoreOptions, StoreRecords, WhenBusy } from "./stores/store.ts";
export { LuaError, LuaLimitError } from "./values/errors.ts";
export { LuaTable } from "./values/lua-table.ts";
export type { Migration } from "./values/migrate.ts";
export { LuaOpaque } from "./values/opaque.ts";
export type { Snapshot } from "./values/snapshot.ts";
export type * from "./values/types.ts";
export type { LuaWorker } from "./worker/lua-worker.ts";
export type { LuaTableId } from "./worker/values.ts";
export type { WorkerTask } from "./worker/worker-task.ts";
