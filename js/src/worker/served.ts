// In a worker: one opened LuaPersistent, and the methods by which the page's LuaWorker uses it. The store and the queue are the
// page's. Messages of lua.wasm are handed on as they are, because views and classes do not travel.
import type { Limits } from "../image/memory.ts";
import { openImageWith, openWith } from "../session/open.ts";
import { Encoded } from "../host/encoded.ts";
import type { HistoryOptions } from "../session/history.ts";
import { loadLate } from "../session/later.ts";
import type { GcOptions, OpenOptions, RunOptions, StepOptions } from "../session/options.ts";
import { type LuaSession, internalsOf } from "../session/session.ts";
import type { SessionInternals } from "../session/types.ts";
import type { Messages, RunResult } from "../session/types.ts";
import { CheckedStore } from "../stores/checked-store.ts";
import { LuaTable } from "../values/lua-table.ts";
import type { Migration } from "../values/migrate.ts";
import { scan } from "../values/message-scan.ts";
import { decodeError } from "../values/results.ts";
import type { Snapshot } from "../values/snapshot.ts";
import { Channel, type Methods, Moved, type Port } from "./channel.ts";
import { EarlyAnswers } from "./early-answer.ts";
import { type PackedError, packError, raisedIn } from "./errors.ts";
import { Printed } from "./printed.ts";
import { BEGUN, type Opened, type Opening, slot } from "./protocol.ts";
import { holdForPage, remoteEntries } from "./remote-functions.ts";
import { remoteStore } from "./remote-store.ts";
import { STOPPED } from "./run.ts";
import { Steps } from "./steps.ts";
import { Stop } from "./stop.ts";
import type { WorkerAnswer } from "./values.ts";
import type { OfTask } from "./worker-task.ts";

/** Lua for the other end of a port. */
export class ServedLua {
  readonly #channel: Channel;
  readonly #printed = new Printed((run, text) => this.#channel.send("output", run, text));
  #lua!: LuaSession;
  #inner!: SessionInternals;
  /** The numbers of the runs that are to stop, written by the page; null where memory cannot be shared. */
  #stopFlags: Int32Array | null = null;
  /** What stops the runs under way, by their numbers. */
  readonly #stops = new Map<number, Stop>();

  readonly #early = new EarlyAnswers();
  /** The number of the call that has begun last. */
  #call = 0;

  /** How often Lua was loaded anew, or went back: references of before are those of others. */
  #age = 0;

  /** The messages of errors of this Lua state. Not all go to the page: those of tasks may go to Lua alone. */
  #raised = new WeakSet<Uint8Array>();

  /** The error's value stays bytes. */
  readonly #messages: Messages = {
    results: bytes => bytes,
    error: bytes => {
      this.#inner.functions.holdWhile(bytes, scan(bytes, 0).references);
      this.#raised.add(bytes);
      return { ...decodeError(bytes, () => null), value: bytes };
    },
    undoesStopped: true,
    forget: () => {
      this.#raised = new WeakSet();
      this.#channel.send("forget", ++this.#age);
    },
    report: error => {
      const packed = packError(error);
      this.#sendsError(packed);
      this.#channel.send("report", packed);
    },
  };

  readonly #methods: Methods = {
    open: async ({ settings, label, image, functions, flag = null }: Opening): Promise<Opened> => {
      this.#stopFlags = flag;
      const options: OpenOptions = { ...settings, onOutput: text => this.#printed.add(0, text) };
      const store = () => new CheckedStore(remoteStore(() => this.#channel, label, this.#early));
      let isOpen!: () => void;
      const others = remoteEntries(
        functions,
        () => this.#channel,
        () => this.#inner.functions,
        new Promise(resolve => (isOpen = resolve)),
      );
      this.#lua = image
        ? await openImageWith(store, image, options, this.#messages, others)
        : await openWith(store, options, this.#messages, others);
      this.#inner = internalsOf(this.#lua);
      isOpen();
      return {
        readOnly: this.#lua.readOnly,
        wasmHash: this.#lua.wasmHash,
        isOlder: this.#lua.isOlder,
        limits: image ? await limitsOf(image) : {},
      };
    },

    run: (id: number, code: string, args: Uint8Array, options: RunOptions) =>
      this.#watched(id, options, this.#sent, (own, onWait) => this.#inner.run(code, withArguments(own, args), onWait)),
    eval: (id: number, code: string, args: Uint8Array, options: RunOptions) =>
      this.#watched(
        id,
        options,
        text => text,
        (own, onWait) => this.#evaluated(code, withArguments(own, args), onWait),
      ),
    call: (id: number, message: Uint8Array, options: RunOptions) =>
      this.#watched(id, options, this.#sent, (own, onWait) => this.#inner.call(message, own, onWait)),
    runGc: (id: number, options: GcOptions) =>
      this.#watched(
        id,
        options,
        () => {},
        own => this.#inner.runGc(own),
      ),

    stop: (id: number) => this.#stops.get(id)?.abort(stopped()),
    release: (references: [number, number][], age: number) => {
      if (age !== this.#age) return;
      for (const [reference, times] of references) this.#inner.functions.drop(reference, times);
    },
    set: (name: string, source: string, value: Uint8Array) =>
      this.#durably(() => void this.#inner.at(name, source, new Encoded(value))),
    get: (name: string, source: string) => {
      const message = this.#inner.at(name, source, []) as Uint8Array;
      holdForPage(message, this.#inner.functions);
      return message;
    },

    load: async () => {
      await this.#lua.load();
    },
    getStats: () => this.#lua.getStats(),
    createSnapshot: () => this.#lua.createSnapshot(),
    restoreSnapshot: (snapshot: Snapshot) => this.#durably(() => this.#lua.restoreSnapshot(snapshot)),
    migrate: () => this.#durably(() => plainMigration(this.#lua.migrate())),
    moveTo: (id: number, code: string, args: Uint8Array, options: RunOptions) =>
      this.#watched(id, options, this.#sent, own => this.#inner.migrate(code, withArguments(own, args))),
    task: (name: string, message: Uint8Array) => this.#inner.task(name, message).id,
    tasks: () => this.#lua.tasks(),
    ofTask: (what: OfTask, name: string, id: number) => this.#ofTask(what, name, id),
    history: (options?: HistoryOptions) => this.#lua.history(options),
    rewind: (n: number) => this.#lua.rewind(n),
    flush: () => this.#lua.flush(),
    clear: () => this.#lua.clear(),
    wakesAt: () => this.#inner.wakesAt,
    close: async (options: { discard?: boolean }) => {
      await this.#lua.close(options);
      return this.#inner.wakesAt;
    },
    saveImage: async () => {
      const image = await this.#lua.saveImage();
      return new Moved(image, [image.buffer]);
    },
  };

  constructor(port: Port) {
    const begins = (call: number) => {
      this.#call = call;
      if (this.#stopFlags !== null) Atomics.store(this.#stopFlags, BEGUN, call);
    };
    this.#channel = new Channel(port, this.#methods, undefined, begins, this.#sendsError);
    this.#channel.send("started");
  }

  /** Nobody is at the other end any more. */
  end(): void {
    this.#channel.end(new Error("this Lua was ended"));
    void (this.#lua as LuaSession | undefined)?.close({ discard: true }).catch(() => {});
  }

  /**
   * Does a task that may run Lua: all its output is sent before its answer, and that with the commit of its changes, if there are any.
   * @param answerOf makes the answer of its result
   */
  async #watched<Result, T, Options extends StepOptions>(
    id: number,
    options: Options,
    answerOf: (result: Result) => T,
    task: (options: Options, onWait: () => void) => Promise<Result>,
  ): Promise<T> {
    const call = this.#call;
    let early: { answer: T } | null = null;
    const onDone = (result: unknown) => {
      sendAll();
      early = { answer: answerOf(result as Result) };
      this.#early.done({ id: call, value: early.answer });
    };
    const stop = new Stop();
    this.#stops.set(id, stop);
    const onWait = () => this.#channel.send("waits", id);
    /** Asked by lua.wasm every few milliseconds. */
    const interrupt = () => {
      this.#printed.sendIfDue();
      steps.sendIfDue();
      if (this.#isToStop(id)) stop.abort(stopped());
      return false;
    };
    const steps = new Steps(count => this.#channel.send("steps", id, count));
    const { onSteps } = steps;
    const onOutput = (text: string) => this.#printed.add(id, text);
    const sendAll = () => {
      this.#printed.send();
      steps.send();
    };
    const own = { ...options, interrupt, signal: stop.signal, onOutput, onSteps, onDone };
    try {
      this.#refuseIfStopped(id);
      const result = await task(own, onWait);
      return early ? (early as { answer: T }).answer : answerOf(result);
    } finally {
      this.#stops.delete(id);
      sendAll();
    }
  }

  /** The page tells a run to stop, and then looks whether it has begun. @throws {Error} it is not to run */
  #refuseIfStopped(id: number): void {
    if (this.#isToStop(id)) throw stopped();
  }

  #isToStop(id: number): boolean {
    return this.#stopFlags !== null && Atomics.load(this.#stopFlags, slot(id)) === id;
  }

  /** What goes to the page: it holds the functions in it. */
  readonly #sent = (result: RunResult): WorkerAnswer => {
    const answer = result as unknown as WorkerAnswer;
    holdForPage(answer.values, this.#inner.functions);
    return answer;
  };

  /** The same for an error: as often as that goes. */
  readonly #sendsError = (error: PackedError): void => {
    for (const message of raisedIn(error)) {
      if (this.#raised.has(message)) holdForPage(message, this.#inner.functions, 0);
    }
  };

  async #evaluated(code: string, options: RunOptions, onWait: () => void): Promise<string> {
    try {
      return await this.#inner.eval(code, options, onWait);
    } catch (error) {
      throw typeof error?.result === "string" ? Object.assign(error, { result: asResult(error.result) }) : error;
    }
  }

  async #ofTask(what: OfTask, name: string, id: number): Promise<unknown> {
    const task = this.#inner.tasks().find(task => task.name === name && task.id === id);
    if (what === "cancel" || what === "drop") return task?.[what]();
    if (!task) throw new Error(`the task '${name}' is gone: it was dropped, or Lua was loaded or put back`);
    if (what === "state") return task.state;
    const results = (await task.done) as unknown as Uint8Array;
    holdForPage(results, this.#inner.functions);
    return results;
  }

  /** What changes tables beside runs: the answer is given when its changes are durable. */
  async #durably<T>(task: () => T): Promise<T> {
    let answer: T;
    try {
      answer = task();
    } catch (error) {
      await this.#lua.flush().catch(() => {});
      throw error;
    }
    await this.#lua.flush();
    return answer;
  }
}

/** As a run ends that was stopped while it waited. */
function stopped(): Error {
  const error = new Error("the run was stopped");
  error.name = STOPPED;
  return error;
}

/** With the arguments that the page has encoded. */
const withArguments = (options: RunOptions, args: Uint8Array): RunOptions => ({
  ...options,
  args: new Encoded(args) as unknown as unknown[],
});

/** The text of `eval`, as a result of `run`: for the error that says that it is not durable. */
const asResult = (text: string): WorkerAnswer => ({ output: text, values: new Uint8Array(4) });

/** An image keeps the limits of its Lua, so they are those of the next one here, too. */
const limitsOf = async (image: ArrayBuffer | ArrayBufferView): Promise<Limits> =>
  (await (await loadLate()).decodeImage(image)).limits;

/** Views do not travel: a table as a key becomes `{ id }`. */
function plainMigration(migration: Migration): Migration<unknown> {
  const plain = (entry: { table: number; key: unknown }) =>
    entry.key instanceof LuaTable ? { ...entry, key: { id: entry.key.id } } : entry;
  return { ...migration, unreadable: migration.unreadable.map(plain), conflicts: migration.conflicts.map(plain) };
}
