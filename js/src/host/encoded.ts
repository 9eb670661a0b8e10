// Values that are a message of lua.wasm already.

/** As results of a function of the host, or as arguments. */
export class Encoded {
  readonly message: Uint8Array;
  /** Is called when it has been written. */
  readonly written: () => void;
  /** Whether what Lua waited for was there at once, in the page. */
  readonly isAtOnce: boolean;

  constructor(message: Uint8Array, written: () => void = () => {}, isAtOnce = false) {
    this.message = message;
    this.written = written;
    this.isAtOnce = isAtOnce;
  }
}
