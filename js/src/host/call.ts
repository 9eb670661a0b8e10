// One call of a function of the host that did not answer at once: what comes of it, and who waits for it. It knows nothing
// of Lua and of messages.
import { rest } from "../core/environment.ts";
import type { Signal } from "../core/platform.ts";
import type { HostCall } from "./host-function.ts";

/** What a call came to. */
export type Outcome = { value: unknown; error?: undefined } | { error: unknown; isError: true };

/** What ends the waiting of a run: the answer; or an error, before which the task is cancelled in Lua, unless that is gone. */
export type Decision = { outcome: Outcome } | { stop: unknown; isGone?: boolean };

/** Milliseconds. Timers of more would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Calls `ring` when the time is over. @param isIdle a program does not wait for it @returns ends it */
export function alarm(milliseconds: number, ring: () => void, isIdle = false): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const end = performance.now() + milliseconds;
  const wait = () => {
    const left = end - performance.now();
    timer = setTimeout(left > LONGEST_TIMER ? wait : ring, Math.min(Math.max(left, 0), LONGEST_TIMER));
    if (isIdle) rest(timer);
  };
  wait();
  return () => clearTimeout(timer);
}

/** What a function gets, and what becomes of its promise. */
export class Call implements HostCall {
  readonly id: number;
  readonly name: string;
  /** Milliseconds that it waited before this program was opened again. */
  readonly waited: number;
  /** When it is answered, as Date.now(), if only time decides that; Infinity: when something else in the same Lua has ended. */
  wakesAt = 0;
  /** Is called when Lua has the answer. */
  onAnswered: (() => void) | null = null;
  #controller: AbortController | null = null;
  #abandoned: { reason: unknown } | null = null;
  #decision: Decision | null = null;
  #decide: ((decision: Decision) => void) | null = null;
  #endTimer: (() => void) | null = null;

  constructor(id: number, name: string, waited = 0) {
    this.id = id;
    this.name = name;
    this.waited = waited;
  }

  get signal(): Signal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#abandoned) this.#controller.abort(this.#abandoned.reason);
    }
    return this.#controller.signal as Signal;
  }

  /** Waits for what the function returned. @param timeout milliseconds */
  follow(promise: PromiseLike<unknown>, timeout: number | undefined): void {
    if (timeout !== undefined) this.#endTimer = alarm(timeout, () => this.#timeOut(timeout));
    promise.then(
      value => this.#settle({ value }),
      (error: unknown) => this.#settle({ error, isError: true }),
    );
  }

  #timeOut(timeout: number): void {
    const error = new Error(`timed out after ${timeout} ms`);
    error.name = "TimeoutError";
    this.#settle({ error, isError: true });
    this.#abort(error);
  }

  #abort(reason: unknown): void {
    this.#abandoned = { reason };
    this.#controller?.abort(reason);
  }

  #settle(outcome: Outcome): void {
    this.#end({ outcome });
  }

  /** What comes later is dropped. @returns whether this was the first */
  #end(decision: Decision): boolean {
    if (this.#decision) return false;
    this.#endTimer?.();
    this.#decision = decision;
    this.#decide?.(decision);
    return true;
  }

  /** Calls `decide` once, also when it is decided already. */
  whenDecided(decide: (decision: Decision) => void): void {
    this.#decide = decide;
    if (this.#decision) decide(this.#decision);
  }

  /** Nobody wants the answer. @param reason what `signal` says, and whoever waits for it */
  abandon(reason: unknown, isGone = false): void {
    if (this.#end({ stop: reason, isGone })) this.#abort(reason);
  }
}
