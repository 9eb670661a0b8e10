// One run in a worker, as the page sees it: its output, and how it is stopped. First lua.wasm is asked, and Lua goes on
// afterwards; after a short time the worker is ended. It knows nothing about stores and queues.
import type { WorkerRunOptions } from "../session/options.ts";
import { Output } from "../session/output.ts";
import { PATIENCE } from "../session/patience.ts";
import { LuaLimitError } from "../values/errors.ts";

/** Milliseconds that lua.wasm has to stop when it was asked to. It needs a few, but the machine may be busy. */
const GRACE = 2000;
/** The same when it could not be asked, because memory is not shared: it may be at its end anyway. */
const SHORT_GRACE = 50;
/** Milliseconds. Longer timers would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How a run is stopped. */
export interface RunControl {
  canAsk: boolean;
  /** Asks lua.wasm to stop this run. */
  ask(): void;
  /** Ends the worker; calls that wait for it are rejected with `error`. */
  kill(error: unknown): void;
}

export interface WorkerRunSettings extends WorkerRunOptions {
  outputLimit: number;
  /** Rejects the caller's promise though its commit is under way. */
  leave(reason: unknown): void;
}

/** A run under way. */
export class WorkerRun {
  readonly #control: RunControl;
  readonly #options: WorkerRunSettings;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAborted = false;
  /** Its output. */
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

  /** The script is over and its changes are being committed. That is not stopped, but after an abort not waited for long. */
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

  /** @param error the worker's answer @returns the error for the caller */
  errorFor(error: unknown): unknown {
    const wasAsked = this.#isAborted && error instanceof LuaLimitError && error.limit === "time";
    return wasAsked ? this.#options.signal!.reason : error;
  }
}
