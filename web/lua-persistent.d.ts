// Types of lua-persistent.js, and with lua-persistent.d.mts those of the ES module. They need the library "dom", or the
// types of Node, for URL, Response, AbortSignal and WebAssembly.

/** `lua.wasm`, or where to find it: a path or URL as text. */
export type WasmSource = string | URL | ArrayBuffer | ArrayBufferView | Response | Blob | WebAssembly.Module;

/** What a run gives back: see {@link LuaSession.run}. `Table`: what stands for an external one. */
export type LuaValue<Table = LuaTable> =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Table
  | LuaOpaque
  | LuaArray<Table>
  | LuaRecord<Table>
  | LuaMap<Table>;
export interface LuaArray<Table = LuaTable> extends Array<LuaValue<Table>> {}
export interface LuaRecord<Table = LuaTable> {
  [name: string]: LuaValue<Table>;
}
export interface LuaMap<Table = LuaTable> extends Map<LuaValue<Table>, LuaValue<Table>> {}

/** What an external table has as values, read by JavaScript. */
export type LuaTableValue = boolean | number | bigint | string | Uint8Array | LuaTable;
export type LuaTableKey = LuaTableValue;
/** What can be stored: also plain objects, arrays and Maps, by value. `undefined` and `null` are absent, as nil is. */
export type LuaStorable =
  | LuaTableValue
  | null
  | undefined
  | readonly LuaStorable[]
  | ReadonlyMap<LuaTableKey, LuaStorable>
  | { readonly [name: string]: LuaStorable };
/** `V` where all of it can be stored: interfaces, too, which are no {@link LuaStorable} for the compiler. */
export type LuaStored<V> = V extends LuaStorable
  ? V
  : V extends Date
    ? LuaUnstorable<"pass a number or a string, for example date.toISOString()">
    : V extends ReadonlyMap<infer Key, infer Value>
      ? ReadonlyMap<Key & LuaTableKey, LuaStored<Value>>
      : V extends ReadonlySet<unknown>
        ? LuaUnstorable<"pass an array, for example [...set]">
        : V extends symbol | ((...args: any) => unknown) | (abstract new (...args: any) => unknown)
          ? LuaUnstorable<"pass data: a table here holds no functions and no symbols">
          : V extends RegExp | Error | PromiseLike<unknown> | ArrayBuffer | ArrayBufferView
            ? LuaUnstorable<"pass a plain object, an array, a Map, a string or a Uint8Array">
            : { readonly [Name in keyof V]: LuaStored<V[Name]> };
/** What the compiler says of a value that cannot be stored. */
export interface LuaUnstorable<Advice extends string> {
  readonly instead: Advice;
}

/**
 * An error raised by Lua code, or by its compiler. When the host refused to store something, `cause` says why, and its message
 * is the end of this one's.
 */
export class LuaError extends Error {
  constructor(text: string);
  readonly name: string;
  /** Begins with `stack traceback:`; empty for a syntax error. */
  readonly traceback: string;
  /** The line in the message's position, when that is in the source that ran; otherwise -1. */
  readonly line: number;
  /**
   * The chunk name in the message's position, also that of another source, such as the run that defined a function; empty
   * when it has none.
   */
  readonly source: string;
  /** What was raised. After `eval` of a plain LuaPersistent: the message. */
  readonly value: LuaValue;
  /** What was printed before. After `eval` of a plain LuaPersistent: empty. */
  readonly output: string;
}

/** A run that was stopped at a limit. The Lua state is usable. */
export class LuaLimitError extends LuaError {
  readonly limit: "memory" | "tables" | "instructions" | "time";
}

/** A Lua value that JavaScript cannot have: a function, a coroutine, a userdata. */
export class LuaOpaque {
  constructor(text: string);
  /** As `tostring` shows it in Lua. */
  readonly text: string;
  toString(): string;
}

/**
 * An external table, live and like a Map: reading shows what Lua wrote last, and Lua sees what is written here in its
 * next run. A view of an opened LuaPersistent keeps its table from the sweep; of a plain one it does not.
 */
export class LuaTable implements Iterable<[LuaTableKey, LuaTableValue]> {
  private constructor();
  /** The number that `ext.id` gives. */
  readonly id: number;
  /** How many keys there are. */
  readonly size: number;
  get(key: LuaTableKey): LuaTableValue | undefined;
  has(key: LuaTableKey): boolean;
  /** @throws {Error} naming the field that cannot be stored; then nothing has changed */
  set<V>(key: LuaTableKey, value: V & LuaStored<V>): this;
  delete(key: LuaTableKey): boolean;
  clear(): void;
  entries(): IterableIterator<[LuaTableKey, LuaTableValue]>;
  keys(): IterableIterator<LuaTableKey>;
  values(): IterableIterator<LuaTableValue>;
  [Symbol.iterator](): IterableIterator<[LuaTableKey, LuaTableValue]>;
  forEach(call: (value: LuaTableValue, key: LuaTableKey, table: LuaTable) => void, self?: unknown): void;
  /** A plain copy of all of it, tables inside too, as a run gives tables back. Cycles are kept. */
  toObject(): LuaValue<never>;
  /**
   * For JSON.stringify: arrays and objects, with keys as text. At most half of an array is missing, and null there.
   * @throws {TypeError} two keys are the same text, or one is a table
   */
  toJSON(): unknown;
}

/** All external tables as plain data that survives JSON: keys and values are base64. */
export interface Snapshot {
  version: 2;
  /** Milliseconds since 1970. */
  timestamp: number;
  tables: { id: number; entries: [string, string][] }[];
}

/** Megabytes are text with two decimals. Tables and items include the catalogue that the module keeps in table 0. */
export interface Statistics {
  linearMemoryMB: string;
  externalTableCount: number;
  externalTableItems: number;
  externalMB: string;
}

export interface SessionStatistics extends Statistics {
  /** Bytes that Lua holds. */
  luaBytes: number;
  /** Bytes of the module's memory. */
  linearBytes: number;
  /** Bytes in all keys and values of external tables. */
  externalBytes: number;
  /** The store's label, such as `IndexedDB store 'default'`. */
  store: string;
  /** Whether the store has all that the tables have. */
  isDurable: boolean;
}

/** What `migrate` did with a store of the earlier, Zig-built lua.wasm. */
export interface Migration<Key = LuaTableKey> {
  /** How many keys became integers. */
  integerKeys: number;
  /** How many became canonical strings. */
  stringKeys: number;
  /** Fields that held nil, and are gone. */
  nils: number;
  /** Fields with functions or damaged values: they stay, and reading one is an Error. */
  unreadable: { table: number; key: Key }[];
  /** Fields whose new key was taken: under the key given here they are now. */
  conflicts: { table: number; key: Key }[];
}

/** The exports of lua.wasm. */
export interface LuaExports {
  readonly memory: WebAssembly.Memory;
  init(): number;
  eval(length: number): number;
  get_buffer_ptr(): number;
  get_buffer_size(): number;
  get_memory_stats(pointer: number): void;
  run_gc(): void;
}

/**
 * Holds records, bytes under names of printable ASCII: all that a database, a file or a service needs to be a store.
 * examples/sqlite-store.mjs is one.
 */
export interface LuaStore {
  /** All records; none for a new store. */
  load(): StoreRecords | Promise<StoreRecords>;
  /**
   * All of the changes, or on an error none. The last one is that of the record `header`.
   * @param known what that record may be in the store: throw when it is something else, for then someone else has written to it
   */
  commit(changes: RecordChange[], known: (Uint8Array | undefined)[]): void | Promise<void>;
  /** Removes every record, readable or not. */
  clear(): void | Promise<void>;
  /** Called before anything else. For "refuse": throw a StoreError of kind "busy". */
  lock?(whenBusy: WhenBusy, signal?: AbortSignal): StoreLock | Promise<StoreLock>;
  /** Called last, before the lock is released. */
  close?(): void | Promise<void>;
  /** Names the store in messages. */
  label?: string;
}
export type StoreRecords = Iterable<[string, Uint8Array]> | AsyncIterable<[string, Uint8Array]>;
/** `null` deletes. */
export interface RecordChange {
  name: string;
  bytes: Uint8Array | null;
}
export interface StoreLock {
  readOnly: boolean;
  release(): void | Promise<void>;
}
/** What to do while someone else has the store. */
export type WhenBusy = "wait" | "readOnly" | "refuse";

export type StoreErrorKind = "quota" | "damaged" | "version" | "busy" | "readOnly" | "failed";

export interface StoreOptions {
  /** Where tables are kept. Default "memory": only in this instance. */
  store?: "memory" | "localStorage" | "indexedDB" | LuaStore;
  /** Of a store in localStorage or IndexedDB. Default "default". */
  name?: string;
  /** Default "wait". */
  whenBusy?: WhenBusy;
  /** false: the caller promises that no other tab uses the store. */
  lock?: boolean;
  /** Ends waiting for another tab. */
  signal?: AbortSignal;
}

export interface RunOptions {
  /** Of the source, for messages and `source` of errors: 1 to 59 bytes. Default `run 1`, `run 2` … */
  name?: string;
  /** Hears what is printed, while the script runs. */
  onOutput?: (text: string) => void;
  /** Milliseconds. */
  timeout?: number;
}

export interface GcOptions {
  /** Milliseconds for finalizers and all else. Default: that of `open`; of a plain LuaPersistent none. */
  timeout?: number;
  /** Stops it with its reason, or its waiting, at once. In the thread that runs Lua only what finalizers print to can abort it meanwhile. */
  signal?: AbortSignal;
}

export interface OpenOptions extends StoreOptions, Omit<RunOptions, "name"> {
  /** Default: as for {@link LuaPersistent.load}. */
  wasm?: WasmSource | Promise<WasmSource>;
  /** Undo the changes of a run that fails: to external tables, not to Lua's globals. Default false. */
  rollbackOnError?: boolean;
  /** Characters of output that `run` and `eval` give back. Default 16 Mi. */
  outputLimit?: number;
  /** Bytes that Lua may hold. */
  memoryLimit?: number;
  /**
   * Bytes in all external tables, of keys and values, and 64 for each key. Default 256 Mi. A store or an image that has more is
   * not opened; what frees room always works.
   */
  tableLimit?: number;
  /** VM instructions of one run. */
  instructionLimit?: number;
  /** Asked every few milliseconds while Lua runs: true stops the run. */
  interrupt?: () => boolean;
  /**
   * Whether some 30 ms of idle time, in pieces, are spent on making later runs faster: engines compile what has run often
   * once more. Default true in a page and its workers, false elsewhere.
   */
  warmUp?: boolean;
  /** For images, when `wasm` is a WebAssembly.Module: the `wasmHash` of one opened from the same bytes. */
  wasmHash?: string;
}

/** `T`: what the caller knows the values to be. */
export interface RunResult<T extends unknown[] = LuaValue[]> {
  /** All that was printed. */
  output: string;
  /** None after `os.exit`. */
  values: T;
  /**
   * Only after `os.exit(code)`, which ends a run at once and is no error: 0 for true and for none, 1 for false. With another
   * code than 0, `rollbackOnError` undoes the run as one that failed.
   */
  exit?: number | bigint;
}

/** A Lua state, and the external tables (`Memory` and its like) that outlive it. */
export class LuaPersistent {
  constructor();

  static readonly LuaError: typeof LuaError;
  static readonly LuaLimitError: typeof LuaLimitError;

  /**
   * Opens Lua with a store, typed results, limits.
   * @throws {TypeError} naming the option that makes no sense
   * @throws {StoreError} the store cannot be opened; nothing in it has changed
   * @throws {Error} lua.wasm cannot be loaded
   */
  static open(options?: OpenOptions): Promise<LuaSession>;

  /**
   * Goes on where `saveImage` was called. The image's tables replace those in the store, all at once.
   * @throws {Error} damaged bytes, or another lua.wasm than the image's; otherwise as `open`
   */
  static openImage(image: ArrayBuffer | ArrayBufferView, options?: OpenOptions): Promise<LuaSession>;

  /** The same as `open` in a worker of its own, where a run can be stopped at any time. */
  static openWorker(options?: WorkerOptions): Promise<LuaWorker>;

  /** Empties a store without reading it: the way on from one that is damaged or of a newer version. */
  static eraseStore(options: StoreOptions): Promise<void>;

  /**
   * Starts a fresh Lua state. External tables stay, so this is also the way on after an instance has failed.
   * @param source default: `lua.wasm`, in Node beside the script, in a browser relative to the page
   * @param options warmUp: as for {@link OpenOptions}
   */
  load(source?: WasmSource | Promise<WasmSource>, options?: { warmUp?: boolean }): Promise<this>;

  /** Null before `load` and after `close`. What `open` gives has its limits in `run_gc` too. */
  readonly exports: LuaExports | null;

  /**
   * Runs `code`, or evaluates it when it is an expression.
   * @returns all output, then the returned values, separated by tabs
   * @throws {LuaError} an error in Lua
   * @throws {Error} an instance that cannot run (any more)
   */
  eval(code: string): string;

  /** A live view of an external table; the same one for the same table. @param nameOrId 1 is `Memory` */
  table(nameOrId: string | number): LuaTable;

  /** Brings tables of the earlier, Zig-built lua.wasm to the keys of this one, once. */
  migrate(): Migration;

  /**
   * Collects garbage, of external tables too: those that nothing reaches are deleted.
   * @throws {LuaLimitError} a finalizer was stopped; all others are called by a later collection
   */
  runGc(options?: GcOptions): void;
  /** The tables that `Memory` and names reach. */
  createSnapshot(): Snapshot;
  /** Replaces all external tables. @throws {Error} naming what is damaged; then nothing has changed */
  restoreSnapshot(snapshot: Snapshot | object): void;
  /** Writes the entry `lua_snapshot_<name>`. @param name default "default" */
  saveToLocalStorage(name?: string): void;
  /** @returns false when there is no such entry */
  loadFromLocalStorage(name?: string): boolean;
  getStats(): Statistics;
}

/** What `LuaPersistent.open` answers with. */
export interface LuaSession extends LuaPersistent {
  /**
   * Runs `code` when everything before it has run and is durable, and answers when its changes are.
   *
   * nil becomes `undefined`; integers a number, beyond 2^53 a bigint; floats a number; strings a string, or a Uint8Array
   * when they are not UTF-8; external tables a {@link LuaTable}; functions and their like a {@link LuaOpaque}. A table is
   * a copy: an array when its keys are 1 to n (an empty one too), an object when all are strings, otherwise a Map.
   * The same table is the same object.
   * @throws {LuaError} with `output`
   * @throws {StoreError} it ran, and `result` of the error is what it gave, but it is not durable yet
   */
  run<T extends unknown[] = LuaValue[]>(code: string, options?: RunOptions): Promise<RunResult<T>>;
  /** As of every LuaPersistent; its changes are committed in the background. @param options as of `run` */
  eval(code: string, options?: RunOptions): string;

  /**
   * As of every LuaPersistent, in turn; durable when it answers. What nothing reaches is also deleted without it, by and by.
   * Finalizers have the limits of a run; between runs none is called.
   * @throws {StoreError} it is not durable
   */
  runGc(options?: GcOptions): Promise<void>;

  /** Whether someone else writes to the store, so that Lua and views can only read. */
  readonly readOnly: boolean;
  /** What images are bound to; null when it is not known. */
  readonly wasmHash: string | null;

  /** Waits until everything that was done is durable. */
  flush(): Promise<void>;
  /** Deletes everything in all tables and in the store. */
  clear(): Promise<void>;
  /** Everything there is, as compressed bytes: for `openImage`, with the same lua.wasm. */
  saveImage(): Promise<Uint8Array>;
  /** Makes everything durable, and lets go of the store and of Lua. @param options discard: give up what cannot be, or not within a second */
  close(options?: { discard?: boolean }): Promise<void>;
  getStats(): SessionStatistics;
}

export interface WorkerOptions extends Omit<OpenOptions, "interrupt"> {
  /** Goes on from what `saveImage` made, as {@link LuaPersistent.openImage}. */
  image?: ArrayBuffer | ArrayBufferView;
  /** Hears that the worker was lost and begun anew: Lua's globals are gone, the tables are as committed. */
  onRestart?: (why: unknown) => void;
}

export interface WorkerRunOptions extends RunOptions {
  /** Stops the run, or its waiting, at once. */
  signal?: AbortSignal;
}

/** Stands for an external table in what a worker answers with: a view does not leave the worker. */
export interface LuaTableId {
  /** The number that `ext.id` gives. */
  readonly id: number;
  /** @throws {TypeError} JSON.stringify cannot show the contents: return `ext.copy(t)` from Lua */
  toJSON(): never;
}

/** What `LuaPersistent.openWorker` answers with. Calls are done one after the other. */
export interface LuaWorker {
  /**
   * As `run` of {@link LuaSession}, with {@link LuaTableId} for external tables.
   *
   * `timeout` and `signal` stop anything. A run that is stopped leaves no changes in tables. Where Lua could not be asked to
   * stop, its worker is ended, and the next run begins with the tables as committed and without globals: see `restarts`. A
   * commit under way is not stopped, and after an abort it is waited for one second more.
   * @throws the reason of the signal
   */
  run<T extends unknown[] = LuaValue<LuaTableId>[]>(code: string, options?: WorkerRunOptions): Promise<RunResult<T>>;
  /** The text of output and values, when the changes are durable. @param options as of `run` */
  eval(code: string, options?: WorkerRunOptions): Promise<string>;
  /** As of {@link LuaSession}; `timeout` and `signal` stop it as they stop a run. */
  runGc(options?: GcOptions): Promise<void>;
  /** Starts a fresh Lua state; tables stay. It is the way on after Lua has failed. */
  load(): Promise<this>;

  /** Whether someone else writes to the store, so that Lua can only read. */
  readonly readOnly: boolean;
  /** What images are bound to; null when it is not known. */
  readonly wasmHash: string | null;
  /** How often Lua was lost and begun anew. */
  readonly restarts: number;
  getStats(): Promise<SessionStatistics>;

  createSnapshot(): Promise<Snapshot>;
  /** Replaces all external tables, durably. @throws {Error} naming what is damaged; then nothing has changed */
  restoreSnapshot(snapshot: Snapshot | object): Promise<void>;
  migrate(): Promise<Migration<Exclude<LuaTableKey, LuaTable> | LuaTableId>>;
  /** Everything there is, as compressed bytes: for the option `image`, and for {@link LuaPersistent.openImage}. */
  saveImage(): Promise<Uint8Array>;

  /** Waits until everything that was done is durable. */
  flush(): Promise<void>;
  /** Deletes everything in all tables and in the store. Lua keeps its globals. */
  clear(): Promise<void>;
  /** After all calls: makes everything durable, lets go of the store, ends the worker. @param options as of LuaSession */
  close(options?: { discard?: boolean }): Promise<void>;
  /** Ends the worker at once; a commit under way is waited for, for a second. Calls that wait are rejected. */
  terminate(): Promise<void>;
}

declare global {
  /** From a classic script. */
  var LuaPersistent: typeof import("./lua-persistent.js").LuaPersistent;
}
