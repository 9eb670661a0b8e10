// One thread's turns: names that have something to run take turns, one run after the other. It knows nothing about threads.

/** What takes turns. */
export interface Runner {
  /** Begins its next run. The turn lasts until `free`. */
  step(): void;
}

export class Lane<T extends Runner> {
  #ready = new Set<T>();
  #current: T | null = null;
  #isPumping = false;

  isRunning(runner: T): boolean {
    return this.#current === runner;
  }

  /** Lines up, unless it stands there. */
  enter(runner: T): void {
    this.#ready.add(runner);
    this.#pump();
  }

  /** Whether a turn is under way. */
  get isBusy(): boolean {
    return this.#current !== null;
  }

  /** Its turn is over, if it has it. */
  free(runner: T): void {
    if (this.#current !== runner) return;
    this.#current = null;
    this.#pump();
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (const runner of this.#ready) {
      if (this.#current) break;
      this.#ready.delete(runner);
      this.#current = runner;
      runner.step();
    }
    this.#isPumping = false;
  }
}
