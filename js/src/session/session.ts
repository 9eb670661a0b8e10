// An opened LuaPersistent: runs scripts one after the other, each a unit of work that its store commits, and answers with
// typed values. How stores, services and images work is known to their own modules.
import type { Bytes } from "../bytes/byte-string.ts";
import { type Answer, type LuaInstance, luaBytes } from "../core/instance.ts";
import { type LoadedWasm, loadWasm } from "../core/loaded-wasm.ts";
import type { Signal } from "../core/platform.ts";
import type { LuaExports, WasmSource } from "../core/wasm.ts";
import { takeImage } from "../image/image.ts";
import type { Persistence } from "../stores/persistence.ts";
import { readOnly } from "../stores/refusals.ts";
import { decodeError, decodeResults, exitCode } from "../values/results.ts";
import type { Snapshot } from "../values/snapshot.ts";
import type { LuaValue } from "../values/types.ts";
import { Commits } from "./commits.ts";
import { IdleSweep } from "./idle-sweep.ts";
import { LuaPersistent } from "./lua-persistent.ts";
import { type GcOptions, type RunOptions, type WorkerRunOptions, readGcOptions, readRunOptions } from "./options.ts";
import { patiently } from "./patience.ts";
import { runError } from "./run-error.ts";
import type { HostServices, Run } from "./services.ts";
import { Collector } from "./sweep.ts";
import { Turns } from "./turns.ts";
import type { Messages, RunResult, SessionStatistics } from "./types.ts";

/** The parts of a session, ready to run. */
export interface Made {
  instance: LuaInstance;
  services: HostServices;
  persistence: Persistence;
  wasm: LoadedWasm;
}

/** The result of a unit of work. */
interface Done {
  run: Run;
  results: Uint8Array;
  text: string;
  exit?: number | bigint;
}

/** With more tables, closing does not wait for a sweep. */
const MANY = 50_000;

/** No values. */
const NO_RESULTS = new Uint8Array(4);

/** A LuaPersistent with a store, as `LuaPersistent.open` gives it: everything that a LuaPersistent has, and the members below. */
export class LuaSession extends LuaPersistent {
  readonly #instance: LuaInstance;
  readonly #tables: LuaInstance["tables"];
  readonly #services: HostServices;
  readonly #persistence: Persistence;
  readonly #commits: Commits;
  #wasm: LoadedWasm;
  readonly #messages: Messages;
  /** Null for a session that only reads. */
  #collector: Collector | null = null;
  #idleSweep: IdleSweep | null = null;
  #turns = new Turns();
  /** The instance's exports as users get them. */
  #shown: LuaExports | null = null;
  #isRunning = false;
  /** How many runs there were: their names. */
  #runs = 0;
  #closing: Promise<void> | null = null;

  /** @internal */
  constructor({ instance, services, persistence, wasm }: Made, messages?: Messages) {
    super(instance);
    this.#messages = messages ?? typed(id => this.table(id));
    this.#instance = instance;
    this.#tables = instance.tables;
    this.#services = services;
    this.#persistence = persistence;
    this.#wasm = wasm;
    this.#commits = new Commits(persistence, () => this.#makeRoom());
    if (this.readOnly) this.#refuseChanges(() => readOnly(persistence.label));
    else this.#sweepAndCommit();
  }

  #sweepAndCommit(): void {
    this.#commits.watch(this.#tables);
    this.#collector = this.#services.collector = this.#tables.collector = new Collector(this.#tables);
    this.#idleSweep = new IdleSweep(this.#collector, {
      isPossible: () => !this.#closing && !this.#isRunning && !this.#instance.failure,
      ask: () => this.#askLua(),
    });
  }

  #refuseChanges(error: () => Error): void {
    this.#tables.journal = () => {
      throw error();
    };
  }

  /** Sweeps all tables that nothing reaches. @returns whether there may have been such tables, and nothing ran */
  #makeRoom(): boolean {
    if (this.#isRunning || this.#instance.failure || !this.#collector?.mayHaveGarbage) return false;
    this.#sweepAll({ collects: true });
    return true;
  }

  /** Whether someone else writes to the store, so that Lua and views can only read. */
  get readOnly(): boolean {
    return this.#persistence.readOnly;
  }

  /** The hash of lua.wasm, to which images are bound; null when it is not known: see the option of this name. */
  get wasmHash(): string | null {
    return this.#wasm.hash;
  }

  /** As of every LuaPersistent. Calls of these have the limits of `open`, too. */
  override get exports(): LuaExports | null {
    const { exports } = this.#instance;
    if (this.#shown?.memory !== exports?.memory) {
      this.#shown = exports && { ...exports, run_gc: () => this.#outside(exports.run_gc) };
    }
    return this.#shown;
  }

  #outside(call: () => void): void {
    if (this.#isRunning) return;
    this.#services.beginOutside();
    try {
      call();
    } finally {
      this.#services.end();
    }
  }

  /** As for every LuaPersistent, and in bytes. `isDurable`: whether the store has all that the tables have. */
  override getStats(): SessionStatistics {
    return {
      ...super.getStats(),
      luaBytes: this.#instance.failure || this.#isRunning ? 0 : luaBytes(this.exports!),
      linearBytes: this.exports?.memory.buffer.byteLength ?? 0,
      externalBytes: this.#tables.byteCount,
      store: this.#persistence.label,
      isDurable: !this.#persistence.hasPending,
    };
  }

  /**
   * Runs `code` when everything before it has run and is durable, and answers when its changes are.
   *
   * nil becomes `undefined`; integers a number, beyond 2^53 a bigint; floats a number; strings a string, or a Uint8Array
   * when they are not UTF-8; external tables a {@link LuaTable}; functions and their like a {@link LuaOpaque}. A table is
   * a copy: an array when its keys are 1 to n (an empty one too), an object when all are strings, otherwise a Map.
   * The same table is the same object.
   * @returns all that was printed, and the returned values
   * @throws {LuaError} with `output`; unless `rollbackOnError` is set the changes up to the error are committed
   * @throws {LuaLimitError} a limit was reached
   * @throws {StoreError} it ran, and `error.result` is its result, but it is not durable: the next run, and `flush`, try that
   *   again
   */
  async run<T extends unknown[] = LuaValue[]>(code: string, options?: RunOptions): Promise<RunResult<T>> {
    if (typeof code !== "string") throw new TypeError(`run takes Lua code as a string, not ${typeof code}`);
    const ownOptions = readRunOptions(options);
    return this.#inTurn(() => this.#durably(() => this.#result<T>(this.#chunk(code, ownOptions))));
  }

  #result<T extends unknown[]>({ run, results, exit }: Done): RunResult<T> {
    const result: RunResult<T> = { output: run.output.finish(), values: this.#messages.results(results) as T };
    if (exit !== undefined) result.exit = exit;
    if (run.output.failure) throw run.output.failure.error;
    return result;
  }

  /** Does one unit of work, and commits it. */
  async #durably<T>(task: () => T): Promise<T> {
    let result: T;
    try {
      result = task();
    } catch (error) {
      // The caller needs to know Lua's error first. An error of the commit comes again with the next one.
      this.#idleSweep?.ran();
      await this.#commits.commit().catch(() => {});
      throw error;
    }
    await this.#commitResult(result);
    return result;
  }

  async #commitResult(result: unknown): Promise<void> {
    this.#idleSweep?.ran();
    try {
      await this.#commits.commit();
    } catch (error) {
      throw Object.assign(error, { result });
    }
  }

  /**
   * Runs `code` at once, also before runs that wait, and commits its changes in the background.
   * @param options as of `run`
   * @returns as of every LuaPersistent: all output, then the returned values, separated by tabs
   * @throws {LuaError} as from `run`
   */
  override eval(code: string, options?: RunOptions): string {
    if (typeof code !== "string") throw new TypeError(`eval takes Lua code as a string, not ${typeof code}`);
    if (this.#closing) throw closed();
    const { run, results, text } = this.#chunk(code, readRunOptions(options));
    this.#idleSweep?.ran();
    const output = run.output.finish();
    if (run.output.failure) throw run.output.failure.error;
    const hasValues = results.subarray(0, 4).some(byte => byte !== 0);
    return output + (hasValues && output !== "" && !output.endsWith("\n") ? "\n" : "") + text;
  }

  /** One eval. */
  #chunk(code: string, options: RunOptions): Done {
    this.#refuseIfRunning("Lua code cannot be run");
    this.#runs++;
    const { name = `run ${this.#runs}` } = options;
    return this.#unit(() => this.#instance.run(code, name), name, options);
  }

  /**
   * One unit of work. For `rollbackOnError` it has failed if it ends with an error, or with a code that is not 0.
   * @param name of the chunk
   */
  #unit(work: (run: Run) => Answer, name: string, options: WorkerRunOptions): Done {
    if (this.#instance.failure) throw this.#instance.failure;
    const run = this.#services.begin(options);
    this.#isRunning = true;
    this.#persistence.begin();
    let isDone = false;
    try {
      const { isError, text } = work(run);
      const exit = isError && run.error ? exitCode(run.error) : undefined;
      isDone = !isError || exit === 0;
      if (isError && exit === undefined) throw runError(run, text, name, this.#messages, this.#instance);
      return { run, results: run.results ?? NO_RESULTS, text: isError ? "" : text, exit };
    } finally {
      if (isDone) this.#persistence.succeed();
      else if (this.#persistence.fail({ undo: this.#instance.failure !== null || this.#isUndone(run) }))
        this.#collector?.abort();
      this.#services.end();
      this.#isRunning = false;
    }
  }

  #isUndone(run: Run): boolean {
    return run.wasStopped && this.#messages.undoesStopped === true;
  }

  #refuseIfRunning(what: string): void {
    if (this.#isRunning) throw new Error(`${what} while Lua is running: wait until the call that runs it has returned`);
  }

  /** Has Lua say which tables it holds: an empty chunk does nothing else. */
  #askLua(): void {
    if (!this.#instance.failure) this.#instance.run("");
  }

  /** Sweeps all tables that nothing reaches. @param options whether Lua collects its garbage first */
  #sweepAll(options: { collects: boolean }) {
    this.#collector?.sweepAll(options);
    this.#askLua();
  }

  /**
   * Collects garbage, of Lua and of external tables, in turn; it is durable then. Finalizers have the limits of a run.
   * @param options timeout in milliseconds, by default that of `open`
   * @throws {LuaLimitError} a finalizer was stopped: all others are called by this or a later collection
   * @throws {StoreError} it is not durable
   * @throws {unknown} the reason of the signal
   */
  override async runGc(options?: GcOptions): Promise<void> {
    const { signal, ...others } = readGcOptions(options);
    const collect = () => this.#result(this.#unit(run => this.#collect(run), "", { ...others, signal }));
    await this.#inTurn(() => this.#durably(collect), signal);
  }

  #collect(run: Run): Answer {
    this.#instance.collect();
    return { isError: run.error !== null || run.wasStopped, text: "interrupted" };
  }

  /** Does `task` after everything that was asked for before. @param signal ends waiting */
  #inTurn<T>(task: () => T | Promise<T>, signal?: Signal): Promise<T> {
    return this.#closing ? Promise.reject(closed()) : this.#turns.inTurn(task, signal);
  }

  /**
   * Starts a fresh Lua state, as for every LuaPersistent; it is the way on after an instance has failed.
   * @param source the default is what this one was opened with
   */
  override async load(source?: WasmSource | Promise<WasmSource>): Promise<this> {
    return this.#inTurn(async () => {
      const wasm = source === undefined ? this.#wasm : await loadWasm(source);
      await this.#instance.load(wasm.module);
      this.#wasm = wasm;
      return this;
    });
  }

  /** @throws {StoreError} the store is open for reading only; otherwise as for every LuaPersistent */
  override restoreSnapshot(snapshot: Snapshot | object): void {
    this.#refuseIfRunning("a snapshot cannot be restored");
    super.restoreSnapshot(snapshot);
  }

  /** Waits until everything that was done is durable. @throws {StoreError} it is not */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#commits.commit());
  }

  /** Deletes everything in all tables and in the store. Lua keeps its globals. @throws {StoreError} */
  clear() {
    return this.#inTurn(() => {
      this.#collector?.abort();
      return this.#persistence.clear();
    });
  }

  /**
   * Everything there is (globals, closures, suspended coroutines, tables) as compressed bytes, after all runs asked for
   * before. They are code: open images only of those whom you would let run Lua here.
   * @returns for `openImage`, with the same lua.wasm
   * @throws {Error} while Lua is running, or when the bytes of lua.wasm are not known
   */
  async saveImage(): Promise<Bytes> {
    this.#refuseIfRunning("an image cannot be saved");
    const pack = await this.#inTurn(async () => {
      if (this.#instance.failure) throw this.#instance.failure;
      this.#sweepAll({ collects: false });
      return takeImage(this.exports!.memory, this.#tables, this.#wasm.hash, this.#services.limits);
    });
    return pack();
  }

  /**
   * After everything that was asked for before: makes it durable, lets go of the store and of Lua. Later calls are errors.
   * @param options discard: changes that cannot be made durable soon are given up
   * @throws {StoreError} something is not durable; then nothing is closed, and it can be tried again
   */
  close({ discard = false }: { discard?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#turns.next(() => this.#close(discard));
    return discard ? this.#giveUp(this.#closing) : this.#turns.waiting.until(this.#closing);
  }

  /** Closes in spite of a store that does not answer. Its lock is kept until it does, because it may still write. */
  async #giveUp(closing: Promise<void>): Promise<void> {
    await patiently(closing);
    this.#end();
    this.#closing = Promise.resolve();
    this.#turns.waiting.giveUp(closed());
  }

  async #close(discard: boolean): Promise<void> {
    this.#idleSweep?.pause();
    try {
      if (this.#collector?.mayHaveGarbage && this.#tables.tableCount <= MANY) this.#sweepAll({ collects: true });
      await this.#persistence.close({ discard });
    } catch (error) {
      // While there is a journal the store is open. Without one only closing it failed, and it has all changes.
      if (this.#tables.journal) this.#closing = null;
      else this.#end();
      throw error;
    }
    this.#end();
  }

  #end(): void {
    this.#instance.exports = null;
    this.#instance.failure = closed();
    this.#refuseChanges(closed);
  }
}

const typed = (view: (id: number) => unknown): Messages => ({
  results: bytes => decodeResults(bytes, view),
  error: bytes => decodeError(bytes, view),
});

const closed = () => new Error("this LuaPersistent is closed");
