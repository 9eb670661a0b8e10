// LuaPersistent without a store: runs Lua over external tables, gives views and snapshots of them.
import { defaultWasm } from "../core/default-wasm.ts";
import { inPage } from "../core/environment.ts";
import { ExternalTables } from "../core/external-tables.ts";
import { PlainServices } from "../core/host.ts";
import { LuaInstance } from "../core/instance.ts";
import { warmUp } from "../core/warm-up.ts";
import type { LuaExports, WasmSource } from "../core/wasm.ts";
import { type Exposed, type Exposure, expose } from "../host/expose.ts";
import { type HostCall, HostFunction, type HostFunctionOptions } from "../host/host-function.ts";
import { LuaFunction } from "../host/lua-function.ts";
import { LuaResults } from "../host/results.ts";
import { StoreError } from "../stores/store-error.ts";
import { LuaError, LuaLimitError, detailsIn, refusedDetails } from "../values/errors.ts";
import { LuaTable } from "../values/lua-table.ts";
import { type Migration, migrate } from "../values/migrate.ts";
import { LuaOpaque } from "../values/opaque.ts";
import { type Snapshot, readSnapshot, writeSnapshot } from "../values/snapshot.ts";
import { TableViews } from "../values/views.ts";
import { readEntry, saveEntry } from "./local-storage.ts";
import type { GcOptions } from "./options.ts";

const MEGABYTE = 1024 * 1024;

/** Megabytes are text with two decimals. Tables and items include the catalogue that the module keeps in table 0. */
export interface Statistics {
  linearMemoryMB: string;
  externalTableCount: number;
  externalTableItems: number;
  externalMB: string;
}

/** @internal */
export let viewsOf: (lua: LuaPersistent) => TableViews;

/** A Lua state, and the external tables (`Memory` and its like) that outlive it. */
export class LuaPersistent {
  static readonly LuaError: typeof LuaError = LuaError;
  static readonly LuaLimitError: typeof LuaLimitError = LuaLimitError;
  static readonly LuaTable: typeof LuaTable = LuaTable;
  static readonly LuaOpaque: typeof LuaOpaque = LuaOpaque;
  static readonly StoreError: typeof StoreError = StoreError;

  static readonly LuaFunction: typeof LuaFunction = LuaFunction;

  /**
   * A function for the option `host` that gets the call first, `{ id, name, signal }`, then Lua's arguments.
   * @throws {TypeError} naming the option that makes no sense
   */
  static hostFunction(call: (call: HostCall, ...args: any[]) => unknown, options?: HostFunctionOptions): HostFunction {
    return new HostFunction(call, options);
  }

  /** What a function of the host returns that gives Lua several results. */
  static results(...values: unknown[]): LuaResults {
    return new LuaResults(values);
  }

  /**
   * An object that Lua gets as itself, not as a copy: by `set`, `call`, the `args` of `run`, or from another exposed object. Its
   * methods (`p:say("hi")`) and properties (`p.x`, read and written at the time) are those that are listed, and nothing else of
   * it can be reached. Given back to a function of the host it is the object.
   * @throws {TypeError} naming what is no name, or no function
   */
  static expose(object: object, exposure: Exposure): Exposed {
    return expose(object, exposure);
  }

  static {
    viewsOf = lua => lua.#withViews();
  }

  readonly #instance: LuaInstance;
  #views: TableViews | null = null;

  constructor();
  /** @internal for subclasses in our own modules */
  constructor(instance: LuaInstance);
  constructor(instance: LuaInstance = new LuaInstance(new ExternalTables(), new PlainServices())) {
    this.#instance = instance;
  }

  /**
   * Starts a fresh Lua state. External tables stay, so this is also the way on after an instance has failed.
   * @param source default: `lua.wasm`, beside the modules of this package
   * @param options warmUp: whether some 30 ms of idle time, in pieces, are spent on making later runs faster; default true
   *   in a page, false elsewhere
   */
  async load(
    source: WasmSource | Promise<WasmSource> = defaultWasm(),
    options: { warmUp?: boolean } = {},
  ): Promise<this> {
    await this.#instance.load(source);
    if (options.warmUp ?? inPage) void warmUp(this.#instance.module!);
    return this;
  }

  /** The exports of lua.wasm, such as `get_memory_stats`, which has no method here. Null before `load` and after `close`. */
  get exports(): LuaExports | null {
    return this.#instance.exports;
  }

  /**
   * Runs `code`, or evaluates it when it is an expression.
   * @returns all output, then the returned values, separated by tabs
   * @throws {LuaError} an error in Lua: `message` is Lua's own, as in `eval:1: boom`; `traceback` is kept apart
   * @throws {Error} an instance that cannot run (any more)
   */
  eval(code: string): string {
    const { isError, text } = this.#instance.run(code);
    if (isError) {
      const refusal = this.#instance.reasonOf(text);
      throw new LuaError(text, refusedDetails(detailsIn(text), refusal), "", refusal);
    }
    return text;
  }

  /**
   * Collects garbage, of external tables too: those that nothing reaches are deleted.
   * @param options timeout: milliseconds, for all of it; without end by default. A signal that is aborted keeps it from
   *   beginning: nothing can abort one while Lua runs in this thread.
   * @throws {LuaLimitError} a finalizer was stopped: all others are called by a later collection
   * @throws {unknown} the reason of the signal
   */
  runGc(options: GcOptions = {}): void {
    const { timeout = Infinity, signal } = options;
    if (!(timeout > 0)) {
      throw new TypeError(`runGc: timeout is ${String(timeout)}, and must be a positive number of milliseconds`);
    }
    signal?.throwIfAborted();
    const { services } = this.#instance;
    const end = performance.now() + timeout;
    let wasStopped = false;
    services.isOver = () => (wasStopped ||= performance.now() >= end);
    try {
      this.#instance.collect();
    } finally {
      services.isOver = () => false;
    }
    if (wasStopped) throw new LuaLimitError("time", "interrupted");
  }

  /**
   * A view of an external table, live and like a Map; see LuaTable. It stands for an id: after
   * restoring other tables, ask for a name again.
   * @param nameOrId "Memory" for `Memory`, another name as in `ext.table(name)`, or an id
   * @returns the same one for the same table
   */
  table(nameOrId: string | number): LuaTable {
    return this.#withViews().table(nameOrId);
  }

  /**
   * Brings tables of the earlier, Zig-built lua.wasm to the keys of this one, once: call it after every load.
   * Integer keys were text then: "7" becomes 7. Whether it was the text once, cannot be known.
   * @returns how many fields were changed, and which of them need a look
   * @throws {Error} a damaged catalogue; then nothing has changed
   */
  migrate(): Migration {
    return migrate(this.#withViews());
  }

  #withViews(): TableViews {
    return (this.#views ??= new TableViews(this.#instance.tables));
  }

  /** @returns all external tables that `Memory` and names reach, in a form that JSON keeps */
  createSnapshot(): Snapshot {
    return writeSnapshot(this.#instance.tables);
  }

  /**
   * Replaces all external tables. Lua sees the new ones in the next `eval`.
   * @param snapshot ours, or one of an earlier page
   * @throws {Error} naming the table and key that is damaged; then nothing has changed
   */
  restoreSnapshot(snapshot: Snapshot | object): void {
    this.#instance.tables.takeOver(readSnapshot(snapshot));
  }

  /**
   * Writes the entry `lua_snapshot_<name>`.
   * @throws {Error} naming the entry and its size, when it is not taken; then the earlier entry is still there
   */
  saveToLocalStorage(name: string = "default"): void {
    saveEntry(name, this.createSnapshot());
  }

  /**
   * Restores the entry `lua_snapshot_<name>`.
   * @returns false when there is no such entry
   * @throws {Error} naming the entry, when it is damaged; then nothing has changed
   */
  loadFromLocalStorage(name: string = "default"): boolean {
    return readEntry(name, snapshot => this.restoreSnapshot(snapshot));
  }

  /** Megabytes are text with two decimals. Tables and items include the catalogue that the module keeps in table 0. */
  getStats(): Statistics {
    const linearBytes = this.#instance.exports?.memory.buffer.byteLength ?? 0;
    return {
      linearMemoryMB: (linearBytes / MEGABYTE).toFixed(2),
      externalTableCount: this.#instance.tables.tableCount,
      externalTableItems: this.#instance.tables.itemCount,
      externalMB: (this.#instance.tables.byteCount / MEGABYTE).toFixed(2),
    };
  }
}
