// An opened LuaPersistent: what its users call. Runs and their order are known to runs.ts, the sweep to sweeping.ts; how stores,
// services and images work to their own modules.
import type { Bytes } from "../bytes/byte-string.ts";
import { type LuaInstance, luaBytes } from "../core/instance.ts";
import { type LoadedWasm, loadWasm } from "../core/loaded-wasm.ts";
import type { LuaExports, WasmSource } from "../core/wasm.ts";
import { LuaFunction } from "../host/lua-function.ts";
import type { Arguments, HostSide, Runner } from "../host/side.ts";
import type { TaskWatch } from "../host/task.ts";
import type { Persistence } from "../stores/persistence.ts";
import { decodeError, decodeResults } from "../values/results.ts";
import type { Migration } from "../values/migrate.ts";
import type { Snapshot } from "../values/snapshot.ts";
import type { LuaValue } from "../values/types.ts";
import { Closing, refuseChanges } from "./closing.ts";
import { Commits } from "./commits.ts";
import type { History, HistoryEntry, HistoryOptions } from "./history.ts";
import { loadLate } from "./later.ts";
import { LuaPersistent, viewsOf } from "./lua-persistent.ts";
import { LuaTask, type TaskState } from "./lua-task.ts";
import {
  type EvalOptions,
  type GcOptions,
  type RunOptions,
  checkTask,
  readEvalOptions,
  readGcOptions,
  readRunOptions,
} from "./options.ts";
import { reporting } from "./output.ts";
import { checkedPath, checkedCallee } from "./paths.ts";
import { type KeptProgram, checkKnown } from "./program.ts";
import { Requests } from "./requests.ts";
import { Runs } from "./runs.ts";
import type { HostServices, MadeOptions } from "./services.ts";
import { Sweeping } from "./sweeping.ts";
import { Turns, closed } from "./turns.ts";
import type { Messages, RunResult, SessionInternals, SessionStatistics } from "./types.ts";
import { type Done, type Made, Units } from "./unit.ts";

/** @internal */
export let internalsOf: (session: LuaSession) => SessionInternals;

/** A LuaPersistent with a store, as `LuaPersistent.open` gives it: everything that a LuaPersistent has, and the members below. */
export class LuaSession extends LuaPersistent {
  readonly #instance: LuaInstance;
  readonly #services: HostServices;
  readonly #persistence: Persistence;
  readonly #host: HostSide;
  readonly #program: KeptProgram | null;
  #wasm: LoadedWasm;
  /** What it was opened with. */
  readonly #given: LoadedWasm;
  readonly #report: (error: unknown) => void;
  readonly #decoding: Messages;
  readonly #units: Units;
  readonly #requests: Requests;
  readonly #turns = new Turns();
  readonly #sweeping: Sweeping;
  readonly #commits: Commits;
  readonly #runs: Runs;
  readonly #closing: Closing;
  /** Makes it when it is asked for. */
  readonly #makeHistory: () => Promise<History>;
  #history: History | null = null;
  /** The instance's exports as users get them. */
  #shown: LuaExports | null = null;

  static {
    internalsOf = session => ({
      run: (code, options, onWait) => session.#runs.code(code, options, done => session.#units.result(done), onWait),
      eval: (code, options, onWait) => session.#runs.code(code, options, done => session.#units.text(done), onWait),
      call: (message, options, onWait) =>
        session.#runs.call(message, options, done => session.#units.result(done), onWait),
      migrate: (code, options) => session.#moveTo(code, options),
      runGc: options => session.#collectInTurn(options),
      task: (name, message) => session.#taskOf(name, () => message),
      tasks: () => session.#named(),
      at: (...args) => session.#at(...args),
      adopt: (noted, by) => session.#runs.adopt(noted, by, session.#reportOpen),
      functions: session.#host.functions,
      get wakesAt() {
        return session.#closing.wakesAt ?? (session.#program ? session.#host.wakesAt : Infinity);
      },
    });
  }

  /** @internal */
  constructor(made: Made, messages?: Messages) {
    super(made.instance);
    const { instance, services, persistence, wasm, host, program } = made;
    this.#instance = instance;
    this.#services = services;
    this.#persistence = persistence;
    this.#wasm = wasm;
    this.#given = made.given;
    this.#host = host;
    this.#program = program;
    this.#report = messages?.report ?? reporting(rethrow);
    const view = (id: number) => this.table(id);
    host.bind(new LuaSession.#Runner(this, view));
    const decoding = (this.#decoding = messages ?? new Typed(host));
    this.#units = new Units(made, decoding);
    this.#requests = new Requests(made, decoding);
    this.#sweeping = new Sweeping(made, () => !this.#turns.closing && !this.#units.isRunning);
    this.#commits = new Commits(persistence, () => this.#sweeping.makeRoom(this.#units.isRunning));
    const parts = {
      units: this.#units,
      requests: this.#requests,
      turns: this.#turns,
      sweeping: this.#sweeping,
      commits: this.#commits,
    };
    const runs = (this.#runs = new Runs(made, parts));
    this.#makeHistory = async () =>
      new (await loadLate()).History({
        ...made,
        ...parts,
        runs,
        messages: decoding,
        views: () => viewsOf(this),
        report: this.#reportOpen,
      });
    this.#closing = new Closing(made, this.#turns, this.#sweeping, this.#runs);
    if (this.readOnly) refuseChanges(instance, () => persistence.refusal());
    else {
      this.#commits.watch(instance.tables);
      this.#sweeping.begin(made);
    }
    if (program) instance.onCall = () => this.#touched(program);
  }

  /** Lua has run: what it did is committed soon, if nothing else does that. */
  #touched(program: KeptProgram): void {
    program.touch();
    this.#commits.soon();
  }

  /** What the host's side has of a session. */
  static readonly #Runner = class implements Runner {
    readonly #session: LuaSession;
    readonly view: Runner["view"];

    constructor(session: LuaSession, view: Runner["view"]) {
      this.#session = session;
      this.view = view;
    }

    idOf(value: object | null): number | undefined {
      return viewsOf(this.#session).idOf(value);
    }

    callFunction(callee: LuaFunction, args: unknown[]): Promise<LuaValue<any>[]> {
      return this.#session.#called(callee, args);
    }

    release(references: number[]): void {
      this.#session.#requests.release(references);
    }

    start(message: Uint8Array, watch: TaskWatch): void {
      this.#session.#runs.spawn(message, watch);
    }

    report(error: unknown): void {
      this.#session.#reportOpen(error);
    }

    changed(): void {
      const program = this.#session.#program;
      if (program) this.#session.#touched(program);
    }
  };

  /** Nobody else hears of this error. */
  readonly #reportOpen = (error: unknown): void => {
    if (!this.#turns.closing) this.#report(error);
  };

  /** Whether someone else writes to the store, so that Lua and views can only read. */
  get readOnly(): boolean {
    return this.#persistence.readOnly;
  }

  /** The hash of lua.wasm, to which images are bound; null when it is not known: see the option of this name. */
  get wasmHash(): string | null {
    return this.#wasm.hash;
  }

  /** Whether it goes on with a program of another lua.wasm than the one it was opened with: {@link migrate} leaves that. */
  get isOlder(): boolean {
    return this.#wasm.hash !== this.#given.hash;
  }

  /** As of every LuaPersistent. Calls of these have the limits of `open`, too. */
  override get exports(): LuaExports | null {
    const { exports } = this.#instance;
    if (this.#shown?.memory !== exports?.memory) {
      this.#shown = exports && { ...exports, run_gc: () => this.#units.outside(exports.run_gc) };
    }
    return this.#shown;
  }

  /** As for every LuaPersistent, and in bytes. `isDurable`: whether the store has all that the tables have. */
  override getStats(): SessionStatistics {
    return {
      ...super.getStats(),
      luaBytes: this.#instance.failure || this.#units.isRunning ? 0 : luaBytes(this.exports!),
      linearBytes: this.exports?.memory.buffer.byteLength ?? 0,
      externalBytes: this.#instance.tables.byteCount,
      store: this.#persistence.label,
      isDurable: !this.#persistence.hasPending,
      waits: Array.from(this.#host.calls.waiting, ([, { call }]) => call.name),
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
  run<T extends unknown[] = LuaValue[]>(code: string, options?: RunOptions): Promise<RunResult<T>> {
    return rejecting(() => {
      if (typeof code !== "string") throw new TypeError(`run takes Lua code as a string, not ${typeof code}`);
      return this.#runs.code(code, readRunOptions(options), done => this.#units.result<T>(done));
    });
  }

  /**
   * Calls a function when everything before it has run, and answers when its changes are durable. It may wait.
   * @param callee a path from a global, such as `game.update`, or a function that Lua gave
   * @param args values: booleans, numbers, strings, Uint8Arrays, tables of this LuaPersistent, functions that Lua knows, and plain
   *   objects, arrays and Maps of these, as copies
   * @returns its results
   * @throws {LuaError | LuaLimitError | StoreError} as from `run`
   */
  call<T extends unknown[] = LuaValue[]>(callee: string | LuaFunction, ...args: unknown[]): Promise<T> {
    return rejecting(() => this.#called<T>(checkedCallee(callee) ?? (callee as LuaFunction), args));
  }

  #called<T extends unknown[]>(callee: string | LuaFunction, args: unknown[]): Promise<T> {
    return this.#runs.callee(callee, args, this.#values as (done: Done) => T);
  }

  readonly #values = (done: Done): unknown[] => this.#units.values(done);

  /**
   * A task that outlives the page when the program does: it begins now, or is found again, waiting, running or ended.
   * @param name of the task
   * @param code source, or a function that Lua gave. It is of no use when there is a task of this name
   * @param args as of `call`
   */
  task(name: string, code: string | LuaFunction, ...args: unknown[]): LuaTask {
    checkTask(name, code);
    return this.#taskOf(name, () => this.#host.taskMessage(code, args));
  }

  #taskOf(name: string, message: () => Uint8Array): LuaTask {
    if (this.readOnly) throw this.#persistence.refusal();
    if (this.#turns.closing) throw closed();
    const task = this.#host.tasks.named(name, () => {
      const what = message();
      this.#units.onBegin?.({ name: `task ${name}` });
      return what;
    });
    return new LuaTask(task, this.#host, this.#decoding);
  }

  #named(): LuaTask[] {
    return this.#host.tasks.allNamed().map(task => new LuaTask(task, this.#host, this.#decoding));
  }

  /** All tasks that have names, with what they wait for. */
  tasks(): TaskState[] {
    return this.#named().map(({ state }) => state);
  }

  /**
   * @param path from a global: `x`, `game.player.hp`
   * @param value as arguments of `call`
   * @throws {LuaError} there is no table on the way
   */
  set(path: string, value: unknown): void {
    this.#at(`set ${path}`, `${checkedPath("set", path)} = ...`, [value]);
  }

  /**
   * @param path from a global: `x`, `game.player.hp`
   * @returns its value, as `run` gives values
   * @throws {LuaError} there is no table on the way
   */
  get(path: string): LuaValue {
    return (this.#at(`get ${path}`, `return ${checkedPath("get", path)}`, []) as LuaValue[])[0];
  }

  /** Does code that a path stands for, at once. @returns as Messages has it */
  #at(name: string, source: string, args: Arguments): unknown {
    return this.#units.result<LuaValue[]>(this.#runs.path(name, source, args)).values;
  }

  /**
   * Runs `code` at once, also before runs that wait, and commits its changes in the background. A function of the host cannot
   * answer with a promise here.
   * @param options as of `run`
   * @returns as of every LuaPersistent: all output, then the returned values, separated by tabs
   * @throws {LuaError} as from `run`
   */
  override eval(code: string, options?: EvalOptions): string {
    if (typeof code !== "string") throw new TypeError(`eval takes Lua code as a string, not ${typeof code}`);
    return this.#units.text(this.#runs.codeNow(code, readEvalOptions(options)));
  }

  /**
   * Collects garbage, of Lua and of external tables, in turn; it is durable then. Finalizers have the limits of a run.
   * @param options timeout in milliseconds, by default that of `open`
   * @throws {LuaLimitError} a finalizer was stopped: all others are called by this or a later collection
   * @throws {StoreError} it is not durable
   * @throws {unknown} the reason of the signal
   */
  override async runGc(options?: GcOptions): Promise<void> {
    await this.#collectInTurn(readGcOptions(options));
  }

  async #collectInTurn(options: MadeOptions): Promise<void> {
    await this.#runs.collect(options, done => this.#units.result(done));
  }

  /**
   * Starts a fresh Lua state, as for every LuaPersistent; it is the way on after an instance has failed.
   * @param source the default is what this one was opened with
   */
  override async load(source?: WasmSource | Promise<WasmSource>): Promise<this> {
    return this.#turns.inTurn(async () => {
      const keepsBytes = this.#program !== null;
      const wasm = source === undefined ? this.#wasm : await loadWasm(source, null, { keepsBytes });
      const begin = await this.#fresh(keepsBytes ? checkKnown(wasm) : wasm, "Lua was loaded anew");
      begin();
      return this;
    });
  }

  /** @param why what waits is lost @returns begins with a fresh Lua state, at once */
  async #fresh(wasm: LoadedWasm, why: string): Promise<() => void> {
    const exports = await this.#instance.instantiate(wasm.module);
    return () => {
      this.#history?.restart();
      this.#host.clear(new Error(`${why}, and what waited in it is lost`));
      this.#requests.clear();
      this.#decoding.forget?.();
      this.#services.kept = null;
      this.#instance.start(exports);
      this.#wasm = wasm;
      this.#program?.load(wasm);
    };
  }

  /** Brings a store written by the older Zig build to today's keys: as of every LuaPersistent. */
  override migrate(): Migration;
  /**
   * Leaves a program behind that a store has kept (`persist: "everything"`), for the lua.wasm and the limits that this was opened
   * with: tables stay, and `code` begins in a fresh Lua state. When it fails nothing changes in the store, and tables are as they were.
   * @param options as of `run`
   * @returns as `run`
   * @throws {LuaError | LuaLimitError | StoreError} as from `run`
   */
  override migrate(code: string, options?: RunOptions): Promise<RunResult>;
  override migrate(code?: string, options?: RunOptions): Migration | Promise<RunResult> {
    return code === undefined ? super.migrate() : this.#moveTo(code, readRunOptions(options, "migrate"));
  }

  async #moveTo(code: string, options: RunOptions & MadeOptions): Promise<RunResult> {
    if (this.readOnly) throw this.#persistence.refusal();
    const prepare = () => this.#fresh(this.#given, "Lua was begun anew by migrate");
    return this.#runs.anew(prepare, code, options, done => this.#units.result(done));
  }

  /**
   * Keeps the last moments of Lua from now on, in memory, for {@link rewind}: as Lua is after each unit of work (a run, a step of
   * one that has waited, a call, `eval`, `set`), with its tables and with what waits.
   * @param options keep: how many beside the present one; default: as it is. 0 keeps none, as at first
   * @returns all that there are in turn, from the oldest to the present
   */
  history(options?: HistoryOptions): Promise<HistoryEntry[]> {
    return this.#turns.inTurn(async () => (await this.#withHistory()).list(options));
  }

  /**
   * Goes back to a moment of {@link history}, in turn: globals, tables, and what waited then waits again, its calls made again with the
   * same `id`. What waits now is lost, and functions of Lua that JavaScript holds are gone. The store gets it as one commit.
   * @param n of that moment
   * @throws {RangeError} there is no such moment
   * @throws {StoreError} Lua has gone back, and that is not durable: the next commit tries that again
   */
  rewind(n: number): Promise<void> {
    return this.#turns.inTurn(async () => (await this.#withHistory()).rewind(n));
  }

  async #withHistory(): Promise<History> {
    return (this.#history ??= await this.#makeHistory());
  }

  /** @throws {StoreError} the store is open for reading only; otherwise as for every LuaPersistent */
  override restoreSnapshot(snapshot: Snapshot | object): void {
    this.#units.refuseIfRunning("a snapshot cannot be restored");
    super.restoreSnapshot(snapshot);
  }

  /** Waits until everything that was done is durable. @throws {StoreError} it is not */
  flush(): Promise<void> {
    return this.#turns.inTurn(() => this.#commits.commit());
  }

  /** Deletes everything in all tables and in the store. Lua keeps its globals. @throws {StoreError} */
  clear() {
    return this.#turns.inTurn(() => {
      this.#sweeping.abort();
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
    this.#units.refuseIfRunning("an image cannot be saved");
    const pack = await this.#turns.inTurn(async () => {
      const { takeImage } = await loadLate();
      if (this.#instance.failure) throw this.#instance.failure;
      this.#sweeping.all({ collects: false });
      return takeImage(
        this.exports!.memory,
        this.#instance.tables,
        this.#wasm.hash,
        this.#services.limits,
        this.#host.notes,
      );
    });
    return pack();
  }

  /**
   * After everything that was asked for before: makes it durable, lets go of the store and of Lua. Later calls are errors.
   * @param options discard: changes that cannot be made durable soon are given up
   * @throws {StoreError} something is not durable; then nothing is closed, and it can be tried again
   */
  close({ discard = false }: { discard?: boolean } = {}): Promise<void> {
    return this.#closing.close(discard);
  }
}

/** Messages as values. */
class Typed implements Messages {
  readonly #host: HostSide;

  constructor(host: HostSide) {
    this.#host = host;
  }

  results(bytes: Uint8Array): unknown {
    return decodeResults(bytes, this.#host.view, this.#host);
  }

  error(bytes: Uint8Array): ReturnType<Messages["error"]> {
    return decodeError(bytes, this.#host.view, this.#host);
  }
}

const rethrow = (error: unknown): never => {
  throw error;
};

/** @returns as `begin`; errors of the call itself, too, as a promise */
function rejecting<T>(begin: () => Promise<T>): Promise<T> {
  try {
    return begin();
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
