// What one run prints: handed on piece by piece, and kept up to a limit. It knows bytes and text only.

/**
 * For what is heard outside of a run, where nobody waits for an error.
 * @param {(told: unknown) => void} [listener]
 * @returns {(told: unknown) => void} does not throw: what `listener` throws goes to `reportError`, in Node to the console
 */
export const reporting = (listener) => (told) => {
  try {
    listener?.(told);
  } catch (error) {
    (globalThis.reportError ?? console.error)(error);
  }
};

/** The output of one run. */
export class Output {
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #kept = "";
  #room;
  #cut = 0;
  #listener;

  /** What the listener threw; it hears no more then. @type {{error: unknown} | null} */
  failure = null;

  /**
   * @param {number} limit how many characters are kept
   * @param {(text: string) => void} [listener] hears all of it while the script runs
   */
  constructor(limit, listener) {
    this.#room = limit;
    this.#listener = listener;
  }

  /** What is kept so far. */
  get kept() {
    return this.#kept;
  }

  /** @param {Uint8Array} bytes may end inside a character */
  write(bytes) {
    this.hear(this.#decoder.decode(bytes, { stream: true }));
  }

  /** @returns {string} all output; when it was more than is kept, `\n[... N more characters]` at its end */
  finish() {
    this.hear(this.#decoder.decode());
    return this.#cut > 0 ? `${this.#kept}\n[... ${this.#cut} more characters]` : this.#kept;
  }

  /** @param {string} text printed */
  hear(text) {
    if (text === "") return;
    const kept = text.slice(0, this.#room);
    this.#kept += kept;
    this.#room -= kept.length;
    this.#cut += text.length - kept.length;
    this.#tell(text);
  }

  #tell(text) {
    if (this.failure) return;
    try {
      this.#listener?.(text);
    } catch (error) {
      this.failure = { error };
    }
  }
}
