// One run in a worker, as the page sees it: its output, and how it is stopped. First lua.wasm is asked, and Lua goes on
// afterwards; after a short time the worker is ended. It knows nothing about stores and queues.
import type { WorkerRunOptions } from "../session/options.ts";
import { Output, reporting } from "../session/output.ts";
import { PATIENCE } from "../session/patience.ts";
import { LuaLimitError } from "../values/errors.ts";

/** Milliseconds that lua.wasm has to stop when it was asked to. It needs a few, but the machine may be busy. */
const GRACE = 2000;
/** The same when it could not be asked, because memory is not shared: it may be at its end anyway. */
const SHORT_GRACE = 50;
/** Milliseconds. Longer timers would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The name of the error with which a run ends that was stopped while it waited. */
export const STOPPED = "StoppedError";

/** How a run is stopped. */
export interface RunControl {
  canAsk: boolean;
  /** Whether it has begun: others may be before it. */
  hasBegun(): boolean;
  /** Asks lua.wasm to stop this run. */
  ask(): void;
  /** Ends the worker; calls that wait for it are rejected with `error`. */
  kill(error: unknown): void;
}

export interface WorkerRunSettings extends WorkerRunOptions {
  outputLimit: number;
  /** Makes of the answer what the caller gets: also when nobody waits for it any more, for its functions are held for the page. */
  read(answer: any): unknown;
  /** Rejects the caller's promise though its commit is under way. */
  leave(reason: unknown): void;
}

/** A run under way. */
export class WorkerRun {
  readonly #control: RunControl;
  readonly #options: WorkerRunSettings;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAborted = false;
  #isCommitted = false;
  /** Whether it was known to have begun when its time began. */
  #hasBegun: boolean;
  #end: number;
  /** Its output. */
  readonly output: Output;
  /** Says how many steps it has taken. */
  readonly tellSteps: (steps: number) => void;

  constructor(control: RunControl, options: WorkerRunSettings) {
    this.#control = control;
    this.#options = options;
    const { timeout = Infinity, outputLimit, onOutput, onSteps } = options;
    this.output = new Output(outputLimit, onOutput);
    this.tellSteps = reporting(onSteps);
    this.#hasBegun = control.hasBegun();
    this.#end = performance.now() + timeout;
    this.#watch();
  }

  #watch(): void {
    const { signal } = this.#options;
    const left = this.#end - performance.now();
    // The session in the worker has the timeout too.
    if (left <= LONGEST_TIMER) this.#timer = setTimeout(() => this.#onTime(), left);
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  /** The session in the worker counts from its beginning, which can have been at any time since it was sent. */
  #onTime(): void {
    if (this.#hasBegun) return this.#stop(GRACE, () => this.#overdue());
    this.#hasBegun = this.#control.hasBegun();
    this.#end = performance.now() + Math.max(this.#options.timeout!, GRACE);
    this.waits();
  }

  /** It waits for the page, after a commit: it can be stopped again. */
  waits(): void {
    this.end();
    this.#watch();
  }

  #onAbort = () => {
    this.#isAborted = true;
    this.#control.ask();
    // It will not begin.
    if (!this.#control.hasBegun()) return this.#options.leave(this.#options.signal!.reason);
    const isLong = this.#control.canAsk || this.#isCommitted;
    this.#stop(isLong ? GRACE : SHORT_GRACE, () => this.#options.signal!.reason);
  };

  #stop(grace: number, why: () => unknown): void {
    this.end();
    this.#timer = setTimeout(() => this.#control.kill(why()), grace);
  }

  /** The script is over and its changes are being committed. That is not stopped, but after an abort not waited for long. */
  commits() {
    this.end();
    const { signal } = this.#options;
    if (signal?.aborted) this.#onLateAbort();
    else signal?.addEventListener("abort", this.#onLateAbort);
  }

  /** Its answer comes at once; or that was the commit of another one, which had waited, and it is not over yet. */
  committed(): void {
    this.#isCommitted = true;
    this.waits();
  }

  #onLateAbort = () => {
    this.#timer = setTimeout(() => this.#options.leave(this.#options.signal!.reason), PATIENCE);
  };

  /** Nothing has to be stopped any more. */
  end() {
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#options.signal?.removeEventListener("abort", this.#onLateAbort);
  }

  #overdue() {
    const details = { message: "interrupted", traceback: "", line: -1, source: "", value: "interrupted" };
    return new LuaLimitError("time", details.message, details, this.output.kept);
  }

  /** @param error the worker's answer @returns the error for the caller */
  errorFor(error: unknown): unknown {
    const isLimit = error instanceof LuaLimitError && error.limit === "time";
    const wasAsked = this.#isAborted && (isLimit || (error as Error | null)?.name === STOPPED);
    return wasAsked ? this.#options.signal!.reason : error;
  }
}
