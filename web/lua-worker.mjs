// `LuaPersistent.openWorker`: Lua in a worker, where a run can be stopped at any time. It keeps the queue, and starts a new
// worker when one is lost. How a worker is started and stopped, and where its store is, is the affair of other modules.
import { readGcOptions, readOpenOptions, readWorkerRunOptions } from "./lua-options.mjs";
import { loadViews, loadWasm } from "./lua-loader.mjs";
import { reporting } from "./lua-output.mjs";
import { patiently, untilAborted } from "./lua-patience.mjs";
import { hostStore } from "./lua-worker-store.mjs";
import { LuaThread } from "./lua-worker-thread.mjs";
import { typedResult } from "./lua-worker-values.mjs";

/**
 * The options of `open`, without `interrupt`; and
 * @typedef {OpenOptions & {image?: Uint8Array | ArrayBuffer, onRestart?: (why: unknown) => void}} WorkerOptions
 * image: goes on from what `saveImage` made, as `openImage`; onRestart: hears when Lua's globals were lost, and why
 */

/**
 * @param {WorkerOptions} [options]
 * @returns {Promise<LuaWorker>}
 * @throws {TypeError} naming the option that makes no sense
 * @throws {StoreError | Error} as from `open` and `openImage`; also when the worker cannot be started
 */
export async function openWorker(options = {}) {
  const { image, onRestart = () => {}, interrupt, ...others } = options ?? {};
  if (interrupt !== undefined) throw new TypeError("openWorker: there is no option 'interrupt': give run a signal");
  if (typeof onRestart !== "function") throw new TypeError("openWorker: onRestart must be a function");
  const isBytes = image instanceof ArrayBuffer || ArrayBuffer.isView(image);
  if (image !== undefined && !isBytes) throw new TypeError("openWorker: image must be the bytes that saveImage gave");
  const settings = readOpenOptions(others, "openWorker", ["image", "onRestart"]);
  await loadViews();
  const [wasm, host] = [await loadWasm(settings.wasm, settings.wasmHash), await hostStore(settings)];
  return LuaWorker.open({ settings, wasm, host, onRestart: reporting(onRestart) }, image);
}

/** What a worker is told of the options: the others are functions, or the page's own. */
function settingsFor({ name, whenBusy, rollbackOnError, outputLimit, memoryLimit, tableLimit, instructionLimit, timeout, warmUp }, wasm) {
  const told = { name, whenBusy, rollbackOnError, outputLimit, memoryLimit, tableLimit, instructionLimit, timeout, warmUp };
  return { ...told, wasm: wasm.module, wasmHash: wasm.hash ?? undefined };
}

/** Lua in a worker. Its calls are done one after the other; each waits for the commit of the one before. */
class LuaWorker {
  #made;
  /** @type {Promise<LuaThread> | null} */
  #thread = null;
  #opened;
  #limits = {};
  #turn = Promise.resolve();
  /** How many calls wait or are under way. */
  #calls = 0;
  /** @type {Promise<void> | null} */
  #closing = null;
  /** Why there is no Lua any more. @type {Error | null} */
  #end = null;

  /** How often Lua was lost and begun anew: its globals, not its tables. */
  restarts = 0;

  static async open(made, image) {
    const worker = new LuaWorker(made);
    try {
      await worker.#current(image);
      return worker;
    } catch (error) {
      await made.host?.close().catch(() => {});
      made.settings.signal?.throwIfAborted();
      throw error;
    }
  }

  constructor(made) {
    this.#made = made;
  }

  /** Whether someone else writes to the store, so that Lua can only read. */
  get readOnly() {
    return this.#opened.readOnly;
  }

  /** What images are bound to; null when it is not known. @returns {string | null} */
  get wasmHash() {
    return this.#opened.wasmHash;
  }

  /** @returns {Promise<LuaThread>} the worker there is, or a new one with what the store has */
  #current(image) {
    this.#thread ??= this.#start(image).catch((error) => {
      this.#thread = null;
      throw error;
    });
    return this.#thread;
  }

  async #start(image) {
    const { host, settings, wasm } = this.#made;
    const opening = {
      settings: { ...settingsFor(settings, wasm), ...this.#limits },
      store: host ? { label: host.label } : { unknown: plain(settings.store) },
      image,
    };
    const hears = reporting(settings.onOutput);
    const { thread, opened } = await LuaThread.start({ host, opening, hears, lost: (error) => this.#restart(error) });
    if (this.#end) thread.end(this.#end);
    this.#opened = opened;
    this.#limits = image ? opened.limits : this.#limits;
    thread.hold(this.#calls > 0);
    return thread;
  }

  #restart(error) {
    if (this.#end) return;
    this.restarts++;
    this.#thread = null;
    // A start that fails is tried again, and told, by the next call.
    this.#current().catch(() => {});
    this.#made.onRestart(error);
  }

  /**
   * Runs `code` when everything before it has run and is durable, and answers when its changes are: as `run` of what
   * `open` gives, with LuaTableId for external tables.
   * @param {string} code
   * @param {{name?: string, onOutput?: (text: string) => void, timeout?: number, signal?: AbortSignal}} [options] for this run; timeout
   *   in milliseconds, from its beginning. A run that is stopped leaves no changes; if Lua does not stop by itself, its
   *   globals are lost: see `restarts`. A commit under way is not stopped, and after an abort not waited for long.
   * @returns {Promise<{output: string, values: unknown[]}>}
   * @throws {LuaError | LuaLimitError | StoreError} as from `run` of what `open` gives
   * @throws {unknown} the reason of the signal
   */
  async run(code, options) {
    if (typeof code !== "string") throw new TypeError(`run takes Lua code as a string, not ${typeof code}`);
    return typedResult(await this.#execute("run", [code], readWorkerRunOptions(options)));
  }

  /**
   * @param {string} code
   * @param {object} [options] as of `run`
   * @returns {Promise<string>} as `eval` of every LuaPersistent; when its changes are durable
   */
  async eval(code, options) {
    return this.#execute("eval", [String(code)], readWorkerRunOptions(options));
  }

  /**
   * Collects garbage, of external tables too: those that nothing reaches are deleted.
   * @param {{timeout?: number, signal?: AbortSignal}} [options] as of `run`
   * @returns {Promise<void>}
   * @throws {LuaLimitError | StoreError} as from `runGc` of what `open` gives
   * @throws {unknown} the reason of the signal
   */
  async runGc(options) {
    await this.#execute("runGc", [], readGcOptions(options));
  }

  #execute(method, args, { signal, onOutput, ...sent }) {
    const { settings } = this.#made;
    const { timeout } = sent;
    const options = {
      signal,
      timeout: timeout ?? settings.timeout,
      onOutput: onOutput ?? settings.onOutput,
      outputLimit: settings.outputLimit,
    };
    return this.#inTurn((thread, leave) => thread.execute(method, [...args, sent], { ...options, leave }), signal);
  }

  /** Starts a fresh Lua state. Tables stay. It is the way on after Lua has failed. @returns {Promise<this>} */
  async load() {
    await this.#inTurn((thread) => thread.call("load"));
    return this;
  }

  /** As of what `open` gives. @returns {Promise<SessionStatistics>} */
  async getStats() {
    const stats = await this.#inTurn((thread) => thread.call("getStats"));
    return { ...stats, isDurable: stats.isDurable && this.#made.host.isDurable };
  }

  /** @returns {Promise<Snapshot>} all external tables, in a form that JSON keeps */
  createSnapshot() {
    return this.#inTurn((thread) => thread.call("createSnapshot"));
  }

  /**
   * Replaces all external tables, and answers when that is durable.
   * @param {Snapshot | object} snapshot
   * @returns {Promise<void>}
   * @throws {Error} naming what is damaged; then nothing has changed
   */
  restoreSnapshot(snapshot) {
    return this.#inTurn((thread) => thread.call("restoreSnapshot", [snapshot]));
  }

  /** As of every LuaPersistent, with `{ id }` for tables. @returns {Promise<Migration>} */
  migrate() {
    return this.#inTurn((thread) => thread.call("migrate"));
  }

  /** @returns {Promise<Uint8Array>} as `saveImage` of what `open` gives */
  saveImage() {
    return this.#inTurn((thread) => thread.call("saveImage"));
  }

  /** Waits until everything that was done is durable. @returns {Promise<void>} @throws {StoreError} it is not */
  flush() {
    return this.#inTurn((thread) => this.#flush(thread));
  }

  async #flush(thread) {
    await thread.call("flush");
    await this.#made.host.flush();
  }

  /** Deletes everything in all tables and in the store. Lua keeps its globals. @returns {Promise<void>} */
  clear() {
    return this.#inTurn((thread) => thread.call("clear"));
  }

  /**
   * After everything that was asked for before: makes it durable, lets go of the store, and ends the worker.
   * @param {{discard?: boolean}} [options] discard: what cannot be made durable soon is given up
   * @returns {Promise<void>}
   * @throws {StoreError} something is not durable; then nothing is closed, and it can be tried again
   */
  close({ discard = false } = {}) {
    this.#closing ??= this.#next(() => this.#close(discard));
    return discard ? this.#giveUp(this.#closing) : this.#closing;
  }

  /** Closes in spite of a store that does not answer. */
  async #giveUp(closing) {
    await patiently(closing.catch(() => {}));
    this.#closing = this.#endWith(closed(), { isPatient: false });
    await this.#closing;
  }

  async #close(discard) {
    if (this.#end) return;
    // A worker that cannot be started has nothing to lose.
    const thread = await this.#current().catch(() => null);
    try {
      if (!discard) await this.#made.host.flush();
      await thread?.call("close", [{ discard }]);
    } catch (error) {
      if (!discard && !this.#end) this.#closing = null;
      if (!discard) throw error;
    }
    await this.#endWith(closed());
  }

  /**
   * Ends the worker at once, and lets go of the store when a commit under way is done, which is not waited for long. All calls
   * that wait are rejected.
   * @returns {Promise<void>}
   */
  terminate() {
    this.#closing = this.#endWith(new Error("this LuaPersistent was terminated"));
    return this.#closing;
  }

  async #endWith(error, { isPatient = true } = {}) {
    this.#end ??= error;
    this.#thread?.then((thread) => thread.end(this.#end), () => {});
    const closing = this.#made.host.close();
    if (isPatient) await patiently(closing);
    else closing.catch(() => {});
    // A worker that is being started waits for the store.
    this.#made.host.abandon(this.#end);
  }

  /** Does `task` after everything that was asked for before. @param {AbortSignal} [signal] ends waiting */
  #inTurn(task, signal) {
    if (this.#closing) return Promise.reject(this.#end ?? closed());
    return untilAborted(signal, (began, leave) =>
      this.#next(async () => {
        const thread = await this.#current();
        began();
        return task(thread, leave);
      }),
    );
  }

  #next(task) {
    this.#hold(1);
    const done = this.#turn.then(() => {
      if (this.#end) throw this.#end;
      return task();
    });
    this.#turn = done.catch(() => {}).then(() => this.#hold(-1));
    return done;
  }

  /** A program in Node waits for calls, and not for a worker that does nothing. */
  #hold(more) {
    this.#calls += more;
    this.#thread?.then((thread) => thread.hold(this.#calls > 0), () => {});
  }
}

const closed = () => new Error("this LuaPersistent is closed");

/** What is no store, for the message that says so. */
const plain = (value) => (typeof value === "function" || typeof value === "symbol" ? String(value) : value);
