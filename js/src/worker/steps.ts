// In the worker: how many steps a run has taken, on its way to the page, some times a second. It knows nothing about Lua.

/** Milliseconds between two messages. */
const INTERVAL = 200;

export class Steps {
  readonly #post: (count: number) => void;
  #count = 0;
  #sent = 0;
  #sentAt = performance.now();

  constructor(post: (count: number) => void) {
    this.#post = post;
  }

  /** @param count so far */
  readonly onSteps = (count: number): void => {
    this.#count = count;
  };

  sendIfDue(): void {
    if (performance.now() >= this.#sentAt + INTERVAL) this.send();
  }

  send(): void {
    if (this.#count === this.#sent) return;
    this.#post((this.#sent = this.#count));
    this.#sentAt = performance.now();
  }
}
