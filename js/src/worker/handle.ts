// One worker with Lua in it: starts it, calls it, ends it. lua-worker.ts knows what is lost with it, and goes on.
import { inNode } from "../core/environment.ts";
import { Channel } from "./channel.ts";
import { type PackedError, unpackError } from "./errors.ts";
import type { PageFunctions } from "./page-functions.ts";
import { BEGUN, type Opened, type Opening, SLOTS, slot } from "./protocol.ts";
import { type RunControl, WorkerRun, type WorkerRunSettings } from "./run.ts";
import { type StoreHost, storeMethods } from "./store-host.ts";
import type { StartThread, Thread } from "./thread.ts";

/** In WebKitGTK the global is not there, the memory is. */
const sharedBuffer = (): SharedArrayBuffer =>
  typeof SharedArrayBuffer === "function"
    ? new SharedArrayBuffer(4 * (SLOTS + 1))
    : (new WebAssembly.Memory({ shared: true, initial: 1, maximum: 1 }).buffer as unknown as SharedArrayBuffer);

/** Reaches a worker while it is busy; null where memory cannot be shared. */
function sharedFlag(): Int32Array | null {
  if ((globalThis.crossOriginIsolated ?? inNode) !== true) return null;
  try {
    return new Int32Array(sharedBuffer(), 0, SLOTS + 1);
  } catch {
    return null;
  }
}

interface Setup {
  /** Of the store. */
  host: StoreHost;
  opening: Opening;
  /** Of the page. */
  functions: PageFunctions;
  startThread: StartThread;
  /** Is called with errors of tasks that nobody joins. */
  report(error: unknown): void;
  /** Called with output of finalizers between runs. */
  onOutput(text: string): void;
  /** Called when it ended after it was open, with the reason. */
  onLoss(error: unknown): void;
}

/** A call was lost with its worker before it has begun there. */
export class NeverBegun extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

type Settlers = { resolve(): void; reject(error: unknown): void };

/** Lua in a worker, until it is ended. */
export class WorkerHandle {
  #thread: Thread | null = null;
  #channel: Channel | null = null;
  #flag = sharedFlag();
  #runs = 0;
  /** Those under way, by their numbers. */
  #running = new Map<number, { run: WorkerRun; waits(): void }>();
  /** The one whose turn it is: not one that waits. */
  #run: WorkerRun | null = null;
  #isOpen = false;
  #isEnded = false;
  readonly #onOutput: Setup["onOutput"];
  readonly #onLoss: Setup["onLoss"];

  /** @throws {Error} as from `open` */
  static async start(setup: Setup): Promise<{ handle: WorkerHandle; opened: Opened }> {
    const handle = new WorkerHandle(setup);
    try {
      await handle.#start(setup);
      const opened = await handle.#open(setup.opening);
      handle.#isOpen = true;
      return { handle, opened };
    } catch (error) {
      handle.end(error);
      throw error;
    }
  }

  private constructor({ onOutput, onLoss }: Setup) {
    this.#onOutput = onOutput;
    this.#onLoss = onLoss;
  }

  async #start({ host, functions, startThread, report }: Setup): Promise<void> {
    let begun: Settlers | undefined;
    const started = new Promise<void>((resolve, reject) => (begun = { resolve, reject }));
    const ended = (cause: Error) => {
      const error = new Error(`the Lua worker ended unexpectedly: ${cause.message}`, { cause });
      begun!.reject(error);
      this.end(error);
    };
    this.#thread = await startThread(ended);
    // It was ended while it started.
    if (this.#isEnded) this.#thread.terminate();
    const methods = {
      ...storeMethods(
        host,
        () => this.#commits(),
        ({ id, value }) => this.#channel!.settle(id, value),
      ),
      ...functions.methods,
      started: () => begun!.resolve(),
      waits: (id: number) => this.#running.get(id)?.waits(),
      report: (error: PackedError) => report(unpackError(error, functions)),
      output: (id: number, text: string) => this.#print(id, text),
      steps: (id: number, steps: number) => this.#running.get(id)?.run.tellSteps(steps),
    };
    this.#channel = new Channel(this.#thread.port, methods, functions);
    await started;
  }

  /** Without the flag where memory can be shared, but not sent: WebKitGTK, whose SharedArrayBuffer is off. */
  async #open(opening: Opening): Promise<Opened> {
    try {
      return await this.#channel!.call("open", [{ ...opening, flag: this.#flag }]);
    } catch (error) {
      if (error.name !== "DataCloneError" || !this.#flag) throw error;
      this.#flag = null;
      return this.#channel!.call("open", [{ ...opening, flag: null }]);
    }
  }

  /** @param method of worker.ts */
  call(method: string, args: unknown[] = []): Promise<any> {
    return this.#call(method, args, false);
  }

  #call(method: string, args: unknown[], isInTurn: boolean): Promise<any> {
    const { next } = this.#channel!;
    const answer = this.#channel!.call(method, args, [], isInTurn);
    if (!this.#thread!.isShared) return answer;
    return answer.catch(error => {
      throw this.#isEnded && !this.#hasBegun(next) ? new NeverBegun(error) : error;
    });
  }

  /** @param call its number: behind what others run in the same thread it may wait */
  #hasBegun(call: number): boolean {
    return !this.#thread!.isShared || this.#flag === null || Atomics.load(this.#flag, BEGUN) >= call;
  }

  #print(id: number, text: string): void {
    const running = this.#running.get(id);
    if (running) running.run.output.add(text);
    else this.#onOutput(text);
  }

  /** @param method without an answer */
  send(method: string, ...args: unknown[]): void {
    this.#channel!.send(method, ...args);
  }

  /** Calls what may run Lua. @param waits is called when it waits for the page: others can run then */
  async execute(method: string, args: unknown[], options: WorkerRunSettings, waits: () => void): Promise<any> {
    const id = ++this.#runs;
    const run = new WorkerRun(this.#controlOf(id), options);
    this.#run = run;
    this.#running.set(id, { run, waits: () => this.#waits(run, waits) });
    try {
      const answer = options.read(await this.#call(method, [id, ...args], true));
      if (run.output.failure) throw run.output.failure.error;
      return answer;
    } catch (error) {
      throw run.errorFor(error);
    } finally {
      run.end();
      this.#running.delete(id);
      if (this.#run === run) this.#run = null;
    }
  }

  #waits(run: WorkerRun, then: () => void): void {
    run.waits();
    if (this.#run === run) this.#run = null;
    then();
  }

  /** Of a run that is asked for next. */
  #controlOf(id: number): RunControl {
    const { next } = this.#channel!;
    return {
      canAsk: this.#flag !== null,
      hasBegun: () => this.#hasBegun(next),
      ask: () => {
        if (this.#flag) Atomics.store(this.#flag, slot(id), id);
        this.send("stop", id);
      },
      kill: error => this.end(error),
    };
  }

  /** A commit begins: of the run whose turn it is, when that is over. @returns ends it */
  #commits(): () => void {
    const run = this.#run;
    run?.commits();
    return () => {
      if (run && this.#run === run) run.committed();
    };
  }

  /** In Node: whether the program waits for it. */
  hold(isBusy: boolean): void {
    this.#thread?.hold(isBusy);
  }

  /** Ends the worker at once. @param error rejects all calls that wait for it */
  end(error: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#channel?.end(error);
    this.#thread?.terminate();
    if (this.#isOpen) this.#onLoss(error);
  }
}
