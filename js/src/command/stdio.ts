// Standard input and output of the process, at once and in bytes. Whoever reads them decides when this process ends: it ends
// quietly when nobody does any more.
import { readSync, writeSync } from "node:fs";
import process from "node:process";

/** Of a process that is ended by SIGPIPE, as shells see it. */
const BROKEN_PIPE = 141;
/** Milliseconds between two tries when whoever reads, or writes, is slow. */
const PAUSE = 10;
const PIECE = 65_536;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Does it again while a pipe is full or a terminal has nothing. */
function patiently(act: () => number): number {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(sleeper, 0, 0, PAUSE);
    }
  }
}

/** @param descriptor 1 or 2. Ends the process when there is no reader any more */
export function write(descriptor: number, what: Uint8Array | string): void {
  const bytes = typeof what === "string" ? Buffer.from(what) : what;
  try {
    for (let at = 0; at < bytes.length;) at += patiently(() => writeSync(descriptor, bytes, at));
  } catch (error) {
    if (error.code === "EPIPE") process.exit(BROKEN_PIPE);
    throw error;
  }
}

/** Standard input, for scripts and for lines of code. */
export class Input {
  /** Read, and not yet asked for. */
  #rest: Buffer = Buffer.alloc(0);
  #isOver = false;

  /** @returns what there is, at least one byte; null at the end */
  read(): Uint8Array | null {
    if (this.#rest.length === 0) this.#fill();
    const bytes = this.#rest;
    this.#rest = Buffer.alloc(0);
    return bytes.length > 0 ? bytes : null;
  }

  /** @returns a line, with its end when it has one; null at the end */
  line(): Buffer | null {
    let end = this.#rest.indexOf(10);
    while (end < 0 && this.#fill()) end = this.#rest.indexOf(10);
    if (this.#rest.length === 0) return null;
    const cut = end < 0 ? this.#rest.length : end + 1;
    const line = this.#rest.subarray(0, cut);
    this.#rest = this.#rest.subarray(cut);
    return line;
  }

  /** @returns all of it */
  all(): Uint8Array {
    const pieces = [];
    for (let piece; (piece = this.read());) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  #fill(): boolean {
    if (this.#isOver) return false;
    const piece = Buffer.alloc(PIECE);
    const length = readOnce(piece);
    this.#isOver = length === 0;
    this.#rest = Buffer.concat([this.#rest, piece.subarray(0, length)]);
    return length > 0;
  }
}

function readOnce(piece: Buffer): number {
  try {
    return patiently(() => readSync(0, piece));
  } catch (error) {
    // On Windows the end of a pipe is an error.
    if (error.code === "EOF" || error.code === "EPIPE") return 0;
    throw error;
  }
}
