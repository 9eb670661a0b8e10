// `LuaPersistent.openWorker`: Lua in a worker, where a run can be stopped at any time. It keeps the queue, and starts a new
// worker when one is lost. Other modules know how a worker is started and stopped, and where its store is.
import type { Bytes } from "../bytes/byte-string.ts";
import type { LuaFunction } from "../host/lua-function.ts";
import { type LoadedWasm, loadGiven } from "../core/loaded-wasm.ts";
import type { Signal } from "../core/platform.ts";
import type { HistoryEntry, HistoryOptions } from "../session/history.ts";
import {
  OF_PAGE,
  type GcOptions,
  type Settings,
  type WorkerOptions,
  type WorkerRunOptions,
} from "../session/options.ts";
import { checkTask, readGcOptions, readOpenOptions, readRunOptions } from "../session/options.ts";
import type { TaskState } from "../session/lua-task.ts";
import { reporting } from "../session/output.ts";
import { checkedCallee, checkedPath } from "../session/paths.ts";
import { patiently, untilAborted } from "../session/patience.ts";
import type { RunResult, SessionStatistics } from "../session/types.ts";
import type { LuaTable } from "../values/lua-table.ts";
import type { Migration } from "../values/migrate.ts";
import type { Snapshot } from "../values/snapshot.ts";
import type { LuaTableKey, LuaValue } from "../values/types.ts";
import { NeverBegun, WorkerHandle } from "./handle.ts";
import type { Opened } from "./protocol.ts";
import { type StoreHost, hostStore } from "./store-host.ts";
import { PageFunctions } from "./page-functions.ts";
import { type StartThread, startThread } from "./thread.ts";
import type { LuaTableId, WorkerAnswer } from "./values.ts";
import { type OfTask, WorkerTask } from "./worker-task.ts";

/** The parts of a worker. */
interface Made {
  settings: Settings;
  wasm: LoadedWasm;
  host: StoreHost;
  startThread: StartThread;
  onRestart(why: unknown): void;
  onClosed?: OnClosed;
}

/**
 * Called when Lua is closed, before its store is let go of.
 * @param wakesAt when what waits in a program that is kept goes on, as Date.now(): 0 when that is up to the host, Infinity when
 *   nothing waits
 */
export type OnClosed = (wakesAt: number) => void | Promise<void>;

type PlainMigration = Migration<Exclude<LuaTableKey, LuaTable> | LuaTableId>;

/** What lets go of a call's turn before it has ended. */
type Release = () => void;

/**
 * @throws {TypeError} naming the option that makes no sense
 * @throws {StoreError | Error} as from `open` and `openImage`; also when the worker cannot be started
 */
export const openWorker = (options?: WorkerOptions): Promise<LuaWorker> => openIn(startThread, options);

/** @internal The same in a thread that is started in another way. */
export async function openIn(
  startThread: StartThread,
  options: WorkerOptions = {},
  onClosed?: OnClosed,
): Promise<LuaWorker> {
  const { image, onRestart = () => {}, ...others } = (options ?? {}) as WorkerOptions;
  refuse(others, "interrupt", "give run a signal");
  refuse(others, "onOutputBytes", "a worker's output comes as text, to onOutput");
  if (typeof onRestart !== "function") throw new TypeError("openWorker: onRestart must be a function");
  const isBytes = image instanceof ArrayBuffer || ArrayBuffer.isView(image);
  if (image !== undefined && !isBytes) throw new TypeError("openWorker: image must be the bytes that saveImage gave");
  const settings = readOpenOptions(others, "openWorker", ["image", "onRestart"]);
  const keepsBytes = settings.persist === "everything";
  const wasm = await loadGiven(settings.wasm, settings.wasmHash, { keepsBytes });
  return LuaWorker.open(
    { settings, wasm, host: hostStore(settings), startThread, onRestart: reporting(onRestart), onClosed },
    image,
  );
}

function refuse(options: object, name: string, advice: string): void {
  if ((options as Record<string, unknown>)[name] === undefined) return;
  throw new TypeError(`openWorker: there is no option '${name}': ${advice}`);
}

/** The options that a worker gets. */
function settingsFor(settings: Settings, wasm: LoadedWasm): object {
  const sent = Object.entries(settings).filter(([name]) => !(OF_PAGE as string[]).includes(name));
  // A store keeps the bytes with a program.
  return { ...Object.fromEntries(sent), wasm: wasm.bytes ?? wasm.module, wasmHash: wasm.hash ?? undefined };
}

/** What `OnClosed` would be called with now. */
export let wakesAtOf: (worker: LuaWorker) => Promise<number>;

/** Lua in a worker. Its calls are done one after the other; each waits for the commit of the one before. */
export class LuaWorker {
  readonly #made: Made;
  readonly #functions: PageFunctions;
  #handle: Promise<WorkerHandle> | null = null;
  #opened!: Opened;
  #restarts = 0;
  #limits = {};
  /** Of its history. */
  #keep: HistoryOptions | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  /** How many calls wait or are under way. */
  #calls = 0;
  #closing: Promise<void> | null = null;
  /** Why there is no Lua any more. */
  #end: Error | null = null;

  static {
    wakesAtOf = worker => worker.#inTurn(handle => handle.call("wakesAt"));
  }

  /** How often Lua was restarted: its globals were lost, its tables were not. */
  get restarts(): number {
    return this.#restarts;
  }

  /** @internal */
  static async open(made: Made, image?: WorkerOptions["image"]): Promise<LuaWorker> {
    const worker = new LuaWorker(made);
    try {
      await worker.#current(image);
      return worker;
    } catch (error) {
      await made.host.close().catch(() => {});
      made.settings.signal?.throwIfAborted();
      throw error;
    }
  }

  private constructor(made: Made) {
    this.#made = made;
    this.#functions = new PageFunctions(made.settings, {
      callFunction: (callee, args) => this.call(callee, ...args),
      release: references => this.#release(references),
    });
  }

  /** Whether someone else writes to the store, so that Lua can only read. */
  get readOnly(): boolean {
    return this.#opened.readOnly;
  }

  /** The hash of lua.wasm, to which images are bound; null when it is not known. */
  get wasmHash(): string | null {
    return this.#opened.wasmHash;
  }

  /** As of a session. */
  get isOlder(): boolean {
    return this.#opened.isOlder;
  }

  /** @returns the present worker, or a new one with the contents of the store */
  #current(image?: WorkerOptions["image"]): Promise<WorkerHandle> {
    this.#handle ??= this.#start(image).catch(error => {
      this.#handle = null;
      throw error;
    });
    return this.#handle;
  }

  async #start(image?: WorkerOptions["image"]): Promise<WorkerHandle> {
    const { host, settings, wasm, startThread } = this.#made;
    const functions = this.#functions;
    // The first commit gave the earlier program up: from then on, it is that of this worker.
    const discardProgram = settings.discardProgram && !host.hasChanges;
    const opening = {
      settings: { ...settingsFor(settings, wasm), ...this.#limits, discardProgram },
      label: host.label,
      functions: functions.names,
      image,
    };
    const onOutput = reporting(settings.onOutput);
    const { handle, opened } = await WorkerHandle.start({
      host,
      opening,
      functions,
      startThread,
      onOutput,
      report: reporting(rethrow),
      onLoss: error => this.#restart(error),
    });
    if (this.#end) handle.end(this.#end);
    this.#opened = opened;
    this.#limits = image ? opened.limits : this.#limits;
    if (this.#keep) await handle.call("history", [this.#keep]);
    handle.hold(this.#calls > 0);
    return handle;
  }

  #restart(error: unknown): void {
    if (this.#end) return;
    this.#restarts++;
    this.#handle = null;
    this.#functions.forget();
    // A start that fails is tried again by the next call, which says why.
    this.#current().catch(() => {});
    this.#made.onRestart(error);
  }

  /**
   * Runs `code` when everything before it has run and is durable, and answers when its changes are: as `run` of a session,
   * with LuaTableId for external tables.
   * @param options for this run; timeout in milliseconds, from its beginning. A run that is stopped leaves no changes; if
   *   Lua does not stop by itself, its globals are lost: see `restarts`. A commit under way is not stopped, and after an
   *   abort not waited for long.
   * @throws {LuaError | LuaLimitError | StoreError} as from `run` of a session
   * @throws {unknown} the reason of the signal
   */
  async run<T extends unknown[] = LuaValue<LuaTableId>[]>(
    code: string,
    options?: WorkerRunOptions,
  ): Promise<RunResult<T>> {
    if (typeof code !== "string") throw new TypeError(`run takes Lua code as a string, not ${typeof code}`);
    const { args = [], ...others } = readRunOptions(options);
    return this.#execute("run", () => [code, this.#functions.encode(args)], others, this.#result);
  }

  /**
   * Calls a function, as `call` of what `open` gives.
   * @param callee a path from a global, or a function that Lua gave
   * @returns its results
   * @throws {LuaError | LuaLimitError | StoreError} as from `run`
   */
  async call<T extends unknown[] = LuaValue<LuaTableId>[]>(
    callee: string | LuaFunction,
    ...args: unknown[]
  ): Promise<T> {
    const path = checkedCallee(callee);
    const { values } =
      path === undefined
        ? await this.#execute("call", () => [this.#functions.encode(args, callee as LuaFunction)], {}, this.#result)
        : await this.#execute(
            "run",
            () => [`return ${path}(...)`, this.#functions.encode(args)],
            { name: `call ${path}`, isCall: true },
            this.#result,
          );
    return values;
  }

  /** As of what `open` gives, when everything before it has run. @param path from a global: `x`, `game.player.hp` */
  async set(path: string, value: unknown): Promise<void> {
    const source = `${checkedPath("set", path)} = ...`;
    await this.#inTurn(async handle => handle.call("set", [`set ${path}`, source, this.#functions.encode([value])]));
  }

  /** As of what `open` gives, when everything before it has run. @param path from a global: `x`, `game.player.hp` */
  async get(path: string): Promise<LuaValue<LuaTableId>> {
    const source = `return ${checkedPath("get", path)}`;
    return this.#functions.decode(await this.#inTurn(handle => handle.call("get", [`get ${path}`, source])))[0];
  }

  /** Lua need not keep these functions any more. */
  #release(references: number[]): void {
    const received = this.#functions.received(references);
    const { age } = this.#functions;
    this.#handle?.then(
      handle => handle.send("release", received, age),
      () => {},
    );
  }

  /**
   * @param options as of `run`
   * @returns as `eval` of every LuaPersistent; when its changes are durable
   */
  async eval(code: string, options?: WorkerRunOptions): Promise<string> {
    if (typeof code !== "string") throw new TypeError(`eval takes Lua code as a string, not ${typeof code}`);
    const { args = [], ...others } = readRunOptions(options);
    return this.#execute("eval", () => [code, this.#functions.encode(args)], others);
  }

  /**
   * Collects garbage, of external tables too: those that nothing reaches are deleted.
   * @param options as of `run`
   * @throws {LuaLimitError | StoreError} as from `runGc` of a session
   * @throws {unknown} the reason of the signal
   */
  async runGc(options?: GcOptions): Promise<void> {
    await this.#execute("runGc", () => [], readGcOptions(options));
  }

  readonly #result = (answer: WorkerAnswer): RunResult<LuaValue<LuaTableId>[]> => this.#functions.result(answer);

  #execute(
    method: "run" | "eval" | "call" | "runGc" | "moveTo",
    /** In turn: functions of Lua among them may be gone then. */
    args: () => unknown[],
    { signal, onOutput, onSteps, ...sent }: WorkerRunOptions & { isCall?: boolean },
    read: (answer: any) => unknown = answer => answer,
  ): Promise<any> {
    const { settings } = this.#made;
    const { timeout } = sent;
    const options = {
      signal,
      timeout: timeout ?? settings.timeout,
      onOutput: onOutput ?? settings.onOutput,
      onSteps,
      outputLimit: settings.outputLimit,
      read,
    };
    return this.#inTurn(
      async (handle, leave, release) => handle.execute(method, [...args(), sent], { ...options, leave }, release),
      signal,
    );
  }

  /** Starts a fresh Lua state. Tables stay. It is the way on after Lua has failed. */
  async load(): Promise<this> {
    await this.#inTurn(handle => handle.call("load"));
    return this;
  }

  /** As of a session. */
  async getStats(): Promise<SessionStatistics> {
    const stats = await this.#inTurn(handle => handle.call("getStats"));
    return { ...stats, isDurable: stats.isDurable && this.#made.host.isDurable };
  }

  /** @returns all external tables, in a form that JSON keeps */
  createSnapshot(): Promise<Snapshot> {
    return this.#inTurn(handle => handle.call("createSnapshot"));
  }

  /**
   * Replaces all external tables, and answers when that is durable.
   * @throws {Error} naming what is damaged; then nothing has changed
   */
  restoreSnapshot(snapshot: Snapshot | object): Promise<void> {
    return this.#inTurn(handle => handle.call("restoreSnapshot", [snapshot]));
  }

  /** As of every LuaPersistent, with `{ id }` for tables. */
  migrate(): Promise<PlainMigration>;
  /** As of a session. */
  migrate(code: string, options?: WorkerRunOptions): Promise<RunResult<LuaValue<LuaTableId>[]>>;
  migrate(
    code?: string,
    options?: WorkerRunOptions,
  ): Promise<PlainMigration> | Promise<RunResult<LuaValue<LuaTableId>[]>> {
    return code === undefined ? this.#inTurn(handle => handle.call("migrate")) : this.#moveTo(code, options);
  }

  async #moveTo(code: string, options?: WorkerRunOptions): Promise<RunResult<LuaValue<LuaTableId>[]>> {
    const { args = [], ...others } = readRunOptions(options, "migrate");
    const result = await this.#execute("moveTo", () => [code, this.#functions.encode(args)], others, this.#result);
    this.#opened = { ...this.#opened, wasmHash: this.#made.wasm.hash, isOlder: false };
    return result;
  }

  /** @returns as `saveImage` of a session */
  saveImage(): Promise<Bytes> {
    return this.#inTurn(handle => handle.call("saveImage"));
  }

  /** As of a session, when everything before it has run. What is asked of the task is answered by promises. */
  task(name: string, code: string | LuaFunction, ...args: unknown[]): Promise<WorkerTask> {
    return this.#inTurn(async handle => {
      checkTask(name, code);
      const id: number = await handle.call("task", [name, this.#functions.encode(args, code)]);
      return new WorkerTask(name, what => this.#ofTask(what, name, id));
    });
  }

  /** As of a session. */
  tasks(): Promise<TaskState[]> {
    return this.#inTurn(handle => handle.call("tasks"));
  }

  async #ofTask(what: OfTask, name: string, id: number): Promise<unknown> {
    const answer = await this.#inTurn((handle, leave, release) => {
      const asked = handle.call("ofTask", [what, name, id]);
      // Others run meanwhile.
      release();
      return asked;
    });
    return what === "done" ? this.#functions.decode(answer as Uint8Array) : answer;
  }

  /** As of a session, in the worker's memory. A worker that is started anew begins another history. */
  history(options?: HistoryOptions): Promise<HistoryEntry[]> {
    return this.#inTurn(async handle => {
      const moments = await handle.call("history", [options]);
      if (options?.keep !== undefined) this.#keep = options;
      return moments;
    });
  }

  /** As of a session. */
  rewind(n: number): Promise<void> {
    return this.#inTurn(handle => handle.call("rewind", [n]));
  }

  /** Waits until everything that was done is durable. @throws {StoreError} it is not */
  flush(): Promise<void> {
    return this.#inTurn(handle => this.#flush(handle));
  }

  async #flush(handle: WorkerHandle): Promise<void> {
    await handle.call("flush");
    await this.#made.host.flush();
  }

  /** Deletes everything in all tables and in the store. Lua keeps its globals. */
  clear(): Promise<void> {
    return this.#inTurn(handle => handle.call("clear"));
  }

  /**
   * After everything that was asked for before: makes it durable, lets go of the store, and ends the worker.
   * @param options discard: changes that cannot be made durable soon are given up
   * @throws {StoreError} something is not durable; then nothing is closed, and it can be tried again
   */
  close({ discard = false }: { discard?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#next(() => this.#close(discard));
    return discard ? this.#giveUp(this.#closing) : this.#closing;
  }

  /** Closes in spite of a store that does not answer. */
  async #giveUp(closing: Promise<void>): Promise<void> {
    await patiently(closing.catch(() => {}));
    this.#closing = this.#endWith(closed(), { isPatient: false });
    await this.#closing;
  }

  async #close(discard: boolean): Promise<void> {
    if (this.#end) return;
    // A worker that cannot be started has nothing to lose.
    const handle = await this.#current().catch(() => null);
    try {
      if (!discard) await this.#made.host.flush();
      const wakesAt = await handle?.call("close", [{ discard }]);
      if (wakesAt !== undefined) await this.#made.onClosed?.(wakesAt);
    } catch (error) {
      if (!discard && !this.#end) this.#closing = null;
      if (!discard) throw error;
    }
    await this.#endWith(closed());
  }

  /**
   * Ends the worker at once, and lets go of the store when a commit under way is done, which is not waited for long. All calls
   * that wait are rejected.
   */
  terminate(): Promise<void> {
    this.#closing = this.#endWith(new Error("this LuaPersistent was terminated"));
    return this.#closing;
  }

  async #endWith(error: Error, { isPatient = true } = {}): Promise<void> {
    this.#end ??= error;
    this.#handle?.then(
      handle => handle.end(this.#end),
      () => {},
    );
    const closing = this.#made.host.close();
    if (isPatient) await patiently(closing);
    else closing.catch(() => {});
    // A worker that is being started waits for the store.
    this.#made.host.abandon(this.#end);
  }

  /** Does `task` after everything that was asked for before. @param signal ends waiting */
  #inTurn<T>(
    task: (handle: WorkerHandle, leave: (reason: unknown) => void, release: Release) => Promise<T>,
    signal?: Signal,
  ): Promise<T> {
    if (this.#closing) return Promise.reject(this.#end ?? closed());
    return untilAborted(signal, (began, leave) =>
      this.#next(async release => {
        const handle = await this.#current();
        began();
        return this.#begun(handle, handle => task(handle, leave, release));
      }),
    );
  }

  /** Does it in another worker, when one was lost before it has begun there. */
  async #begun<T>(handle: WorkerHandle, task: (handle: WorkerHandle) => Promise<T>): Promise<T> {
    try {
      return await task(handle);
    } catch (error) {
      if (!(error instanceof NeverBegun)) throw error;
      if (this.#end) throw this.#end;
      return this.#begun(await this.#current(), task);
    }
  }

  /** @param task may let go of its turn before it has ended */
  #next<T>(task: (release: Release) => Promise<T>): Promise<T> {
    this.#hold(1);
    const { promise, release } = turn();
    const done = this.#turn.then(() => {
      if (this.#end) throw this.#end;
      return task(release);
    });
    this.#turn = promise;
    const end = () => {
      release();
      this.#hold(-1);
    };
    done.then(end, end);
    return done;
  }

  /** A program in Node waits for calls, and not for a worker that does nothing. */
  #hold(more: number): void {
    this.#calls += more;
    this.#handle?.then(
      handle => handle.hold(this.#calls > 0),
      () => {},
    );
  }
}

function turn(): { promise: Promise<void>; release: Release } {
  let release!: Release;
  const promise = new Promise<void>(resolve => (release = resolve));
  return { promise, release };
}

const rethrow = (error: unknown): never => {
  throw error;
};

const closed = () => new Error("this LuaPersistent is closed");
