// One thread's turns: names that have something to run take turns. Some runs are sent ahead, so that the thread does not wait for
// each next one; it runs one after the other. It knows nothing about threads.

/** Runs that the thread has at a time. */
const AHEAD = 8;
/**
 * Turns that may begin while another lasts. A thread's messages come by name, and as long as one name's come without a pause,
 * no other's are taken: up to a thousand in Node.
 */
const OVERTAKING = 2 * AHEAD;

/** What takes turns. */
export interface Runner {
  /** Begins its next run. The turn lasts until `free`. */
  step(): void;
}

export class Lane<T extends Runner> {
  #ready = new Set<T>();
  /** Those whose turns are under way, the oldest first, with the number of the turn. */
  #sent = new Map<T, number>();
  #turns = 0;
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
      const [oldest = this.#turns] = this.#sent.values();
      if (this.#sent.size === AHEAD || this.#turns - oldest > OVERTAKING) break;
      this.#ready.delete(runner);
      this.#sent.set(runner, this.#turns++);
      runner.step();
    }
    this.#isPumping = false;
  }
}
