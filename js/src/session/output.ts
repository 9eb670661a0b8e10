// The output of one run: handed on piece by piece, and kept up to a limit. It knows bytes and text only.

/**
 * For listeners that are called outside of a run, where no caller is waiting.
 * @returns a listener that does not throw: errors go to `reportError`, in Node to the console
 */
export const reporting =
  <T>(listener?: (what: T) => void) =>
  (what: T): void => {
    try {
      listener?.(what);
    } catch (error) {
      (globalThis.reportError ?? console.error)(error);
    }
  };

/** The output of one run. */
export class Output {
  /** Of a run that prints: most calls do not, and a decoder costs more than they. */
  #decoder: TextDecoder | null = null;
  #kept = "";
  #room: number;
  #cut = 0;
  readonly #listener: ((text: string) => void) | undefined;
  readonly #byteListener: ((bytes: Uint8Array) => void) | undefined;

  /** A listener's error. None is called any more then. */
  failure: { error: unknown } | null = null;

  /**
   * @param limit how many characters are kept
   * @param listener called with all of it while the script runs
   * @param byteListener the same, with bytes
   */
  constructor(limit: number, listener?: (text: string) => void, byteListener?: (bytes: Uint8Array) => void) {
    this.#room = limit;
    this.#listener = listener;
    this.#byteListener = byteListener;
  }

  /** Whether there was any. */
  get isUsed(): boolean {
    return this.#decoder !== null || this.#kept !== "" || this.#cut > 0;
  }

  /** The text that is kept so far. */
  get kept() {
    return this.#kept;
  }

  /** @param bytes may end inside a character */
  write(bytes: Uint8Array) {
    this.#report(this.#byteListener, bytes);
    this.#decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
    this.add(this.#decoder.decode(bytes, { stream: true }));
  }

  /** @returns all output; when it was more than is kept, `\n[... N more characters]` at its end */
  finish(): string {
    if (this.#decoder) this.add(this.#decoder.decode());
    return this.#cut > 0 ? `${this.#kept}\n[... ${this.#cut} more characters]` : this.#kept;
  }

  /** @param text printed */
  add(text: string): void {
    if (text === "") return;
    const kept = text.slice(0, this.#room);
    this.#kept += kept;
    this.#room -= kept.length;
    this.#cut += text.length - kept.length;
    this.#report(this.#listener, text);
  }

  #report<T>(listener: ((what: T) => void) | undefined, what: T): void {
    if (this.failure) return;
    try {
      listener?.(what);
    } catch (error) {
      this.failure = { error };
    }
  }
}
