// One run in a worker, as the page sees it: what it has printed, and how it is stopped. First by asking, which Lua
// survives; after a short time by ending the worker. It knows nothing of stores and queues.
import type { WorkerRunOptions } from "../session/options.ts";
import { Output } from "../session/output.ts";
import { PATIENCE } from "../session/patience.ts";
import { LuaLimitError } from "../values/errors.ts";

/** Milliseconds for ending by itself, when lua.wasm was asked to stop: it does so within some, but the machine may be busy. */
const GRACE = 2000;
/** When it could not be asked, because memory is not shared: it may be at its end anyway. */
const SHORT_GRACE = 50;
/** Milliseconds. Timers of more would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How a run is stopped. */
export interface RunControl {
  canAsk: boolean;
  /** Asks lua.wasm to stop this run. */
  ask(): void;
  /** Ends the worker; what waits for it is rejected with `error`. */
  kill(error: unknown): void;
}

export interface WorkerRunSettings extends WorkerRunOptions {
  outputLimit: number;
  /** Tells the caller that its commit hangs. */
  leave(reason: unknown): void;
}

/** A run under way. */
export class WorkerRun {
  readonly #control: RunControl;
  readonly #options: WorkerRunSettings;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAborted = false;
  /** What it has printed. */
  readonly output: Output;

  constructor(control: RunControl, options: WorkerRunSettings) {
    this.#control = control;
    this.#options = options;
    const { timeout = Infinity, signal, outputLimit, onOutput } = options;
    this.output = new Output(outputLimit, onOutput);
    // lua.wasm has the timeout too.
    if (timeout <= LONGEST_TIMER) this.#timer = setTimeout(() => this.#stop(GRACE, () => this.#overdue()), timeout);
    signal?.addEventListener("abort", this.#onAbort);
  }

  #onAbort = () => {
    this.#isAborted = true;
    this.#control.ask();
    this.#stop(this.#control.canAsk ? GRACE : SHORT_GRACE, () => this.#options.signal!.reason);
  };

  #stop(grace: number, why: () => unknown): void {
    this.end();
    this.#timer = setTimeout(() => this.#control.kill(why()), grace);
  }

  /** The script is over, its changes are being committed: that is not stopped, and after an abort not waited for long. */
  commits() {
    this.end();
    const { signal } = this.#options;
    if (signal?.aborted) this.#onLateAbort();
    else signal?.addEventListener("abort", this.#onLateAbort);
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

  /** @param error that the worker answered with @returns what the caller is to see */
  errorFor(error: unknown): unknown {
    const wasAsked = this.#isAborted && error instanceof LuaLimitError && error.limit === "time";
    return wasAsked ? this.#options.signal!.reason : error;
  }
}
