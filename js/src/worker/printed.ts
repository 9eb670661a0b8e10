// In the worker: output on its way to the page, joined to few messages. It knows nothing about Lua.

/** Milliseconds between two messages of output: a page must not drown in them. */
const OUTPUT_INTERVAL = 16;

export class Printed {
  readonly #post: (run: number, text: string) => void;
  #text = "";
  /** The number of the run that printed it. */
  #run = 0;
  #sentAt = -Infinity;
  /** For what is printed before a wait. */
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(post: (run: number, text: string) => void) {
    this.#post = post;
  }

  add(run: number, text: string): void {
    if (run !== this.#run) this.send();
    this.#run = run;
    this.#text += text;
    this.sendIfDue();
    if (this.#text !== "") this.#timer ??= setTimeout(() => this.send(), OUTPUT_INTERVAL);
  }

  sendIfDue(): void {
    if (this.#text !== "" && performance.now() >= this.#sentAt + OUTPUT_INTERVAL) this.send();
  }

  send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#text === "") return;
    this.#post(this.#run, this.#text);
    this.#text = "";
    this.#sentAt = performance.now();
  }
}
