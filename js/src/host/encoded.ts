// Values that are a message of lua.wasm already.

/** As results of a function of the host, or as arguments. */
export class Encoded {
  readonly message: Uint8Array;
  /** Is called when it has been written. */
  readonly written: () => void;

  constructor(message: Uint8Array, written: () => void = () => {}) {
    this.message = message;
    this.written = written;
  }
}
