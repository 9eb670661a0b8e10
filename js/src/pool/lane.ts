// One thread's turns: names that have something to run take turns. Some runs are sent ahead, so that the thread does not wait for
// each next one; it runs one after the other. It knows nothing about threads.

/** Runs that the thread has at a time. */
const AHEAD = 8;

/** What takes turns. */
export interface Runner {
  /** Begins its next run. The turn lasts until `free`. */
  step(): void;
}

export class Lane<T extends Runner> {
  #ready = new Set<T>();
  /** Those whose turns are under way. */
  #sent = new Set<T>();
  #isPumping = false;

  /** Lines up, unless it stands there. */
  enter(runner: T): void {
    this.#ready.add(runner);
    this.#pump();
  }

  /** Whether a turn is under way. */
  get isBusy(): boolean {
    return this.#sent.size > 0;
  }

  /** Its turn is over, if it has one. */
  free(runner: T): void {
    if (this.#sent.delete(runner)) this.#pump();
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (const runner of this.#ready) {
      if (this.#sent.size === AHEAD) break;
      this.#ready.delete(runner);
      this.#sent.add(runner);
      runner.step();
    }
    this.#isPumping = false;
  }
}
