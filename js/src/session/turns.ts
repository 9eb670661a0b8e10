// Tasks in turn: each begins when the one before is done. It does not know what they do.
import type { Signal } from "../core/platform.ts";
import { Waiting, untilLeft } from "./patience.ts";

/** A task that was asked for. */
interface Turn {
  task(): unknown;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  /** Whether giving up rejects it. */
  canGiveUp: boolean;
  /** The next one. */
  next: Turn | null;
}

const SOON = /* @__PURE__ */ Promise.resolve();

export class Turns {
  /** Those that are not done, the one under way first. */
  #first: Turn | null = null;
  #last: Turn | null = null;
  /** Other callers. */
  readonly #waiting = new Waiting();
  /** Settles when what has the turns is closed; null until somebody wants that, and when it failed. */
  closing: Promise<void> | null = null;

  /** Does `task` after everything that was asked for before. @param signal ends waiting */
  inTurn<T>(task: () => T | Promise<T>, signal?: Signal): Promise<T> {
    return new Promise((resolve, reject) => this.begin(task, resolve, reject, signal));
  }

  /** The same for who has a promise of its own. */
  begin<T>(
    task: () => T | Promise<T>,
    resolve: (result: T) => void,
    reject: (error: unknown) => void,
    signal?: Signal,
  ): void {
    if (this.closing) return reject(closed());
    if (signal) this.#addUnlessAborted(task, resolve, reject, signal);
    else this.#add(task, resolve as Turn["resolve"], reject, true);
  }

  /** An abort rejects it at once while it waits, and some time afterwards when it is under way and takes longer. */
  #addUnlessAborted<T>(
    task: () => T | Promise<T>,
    resolve: (result: T) => void,
    reject: (error: unknown) => void,
    signal: Signal,
  ): void {
    if (signal.aborted) return reject(signal.reason);
    let isOver = false;
    const fail = (error: unknown) => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener("abort", onAbort);
      reject(error);
    };
    const onAbort = () => fail(signal.reason);
    const begin = () => {
      signal.removeEventListener("abort", onAbort);
      signal.throwIfAborted();
      const result = task();
      return result instanceof Promise ? untilLeft(signal, fail, () => result) : result;
    };
    const succeed = (result: T) => {
      if (!isOver) resolve(result);
    };
    signal.addEventListener("abort", onAbort);
    this.#add(begin, succeed as Turn["resolve"], fail, true);
  }

  /** As `inTurn`, to the end: giving up does not reject it, and it is done while closing, too. */
  next<T>(task: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => this.goOn(task, resolve, reject));
  }

  /** As `next`, for who has a promise of its own. */
  goOn<T>(task: () => T | Promise<T>, resolve: (result: T) => void, reject: (error: unknown) => void): void {
    this.#add(task, resolve as Turn["resolve"], reject, false);
  }

  /** @returns as `task`, unless `giveUp` is first */
  until<T>(task: Promise<T>): Promise<T> {
    return this.#waiting.until(task);
  }

  /** Nobody waits any longer. What was asked for is done nevertheless. */
  giveUp(error: unknown): void {
    for (let turn = this.#first; turn; turn = turn.next) if (turn.canGiveUp) turn.reject(error);
    this.#waiting.giveUp(error);
  }

  #add(task: () => unknown, resolve: Turn["resolve"], reject: Turn["reject"], canGiveUp: boolean): void {
    const turn: Turn = { task, resolve, reject, canGiveUp, next: null };
    if (this.#last) this.#last.next = turn;
    else {
      this.#first = turn;
      void SOON.then(this.#begin);
    }
    this.#last = turn;
  }

  readonly #begin = (): void => {
    const { task, resolve, reject } = this.#first!;
    let result: unknown;
    try {
      result = task();
    } catch (error) {
      this.#end();
      return reject(error);
    }
    if (!(result instanceof Promise)) {
      this.#end();
      return resolve(result);
    }
    result.then(
      value => {
        this.#end();
        resolve(value);
      },
      (error: unknown) => {
        this.#end();
        reject(error);
      },
    );
  };

  #end(): void {
    this.#first = this.#first!.next;
    if (this.#first) void SOON.then(this.#begin);
    else this.#last = null;
  }
}

export const closed = (): Error => new Error("this LuaPersistent is closed");
