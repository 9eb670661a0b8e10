// When external tables are swept while nothing runs: some time after the last run, in short steps with pauses between.
// sweep.ts knows how.
import { rest } from "../core/environment.ts";
import type { Collector } from "./sweep.ts";

/** Milliseconds without a run until tables are swept, and between two steps of that. */
const IDLE = 50;
const PAUSE = 15;

/** The members of a session that a sweep needs. */
interface Sweepable {
  /** Whether tables may be swept at this moment. */
  isPossible(): boolean;
  /** Has Lua say which tables it holds. */
  ask(): void;
}

export class IdleSweep {
  readonly #collector: Collector;
  readonly #session: Sweepable;
  /** Of the next step. */
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Since that was set. */
  #hasRun = false;

  constructor(collector: Collector, session: Sweepable) {
    this.#collector = collector;
    this.#session = session;
    this.#soon(IDLE);
  }

  /** After a run, when its results have views: goes on with a sweep that is under way, and begins one when nothing runs. */
  ran(): void {
    this.#collector.step();
    this.#hasRun = true;
    if (this.#timer === null) this.#soon(IDLE);
  }

  /** Until the next run. */
  pause(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
  }

  #soon(milliseconds: number): void {
    this.#timer = null;
    if (!this.#collector.isDue) return;
    this.#timer = setTimeout(() => this.#step(), milliseconds);
    rest(this.#timer);
  }

  #step(): void {
    this.#timer = null;
    if (this.#hasRun) {
      this.#hasRun = false;
      this.#soon(IDLE);
      return;
    }
    if (!this.#session.isPossible() || !this.#collector.begin()) return;
    if (!this.#collector.step()) this.#session.ask();
    this.#soon(PAUSE);
  }
}
