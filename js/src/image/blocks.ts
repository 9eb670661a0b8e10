// The memory of lua.wasm in blocks, and which of them have changed since they were looked at. A block without anything in
// it is none, and zeros at the end of one are left out. It knows nothing about what is in them.

export const BLOCK = 4096;
const WORDS = BLOCK / 4;

/** A copy of a memory, with which it is compared. */
export class MemoryBlocks {
  #known: Uint8Array;
  #words: Int32Array;
  /** Called before a block of the copy becomes another one. */
  onChange: ((block: number) => void) | null = null;

  /** @param known the contents at first, whole blocks; it is changed */
  constructor(known: Uint8Array<ArrayBuffer> = new Uint8Array(0)) {
    this.#known = known;
    this.#words = wordsOf(known);
  }

  /** The copy itself. */
  get known(): Uint8Array {
    return this.#known;
  }

  /** @param memory whole blocks @returns numbers of the blocks that are not as they were when this was called last */
  changed(memory: Uint8Array): number[] {
    const changed: number[] = [];
    for (let block = memory.length / BLOCK; block < this.#known.length / BLOCK; block++) {
      this.onChange?.(block);
      changed.push(block);
    }
    if (memory.length !== this.#known.length) this.#resize(memory.length);
    const [now, known] = [wordsOf(memory), this.#words];
    for (let at = 0; at < now.length; at += WORDS) {
      if (isEqual(now, known, at)) continue;
      this.onChange?.(at / WORDS);
      changed.push(at / WORDS);
      known.set(now.subarray(at, at + WORDS), at);
    }
    return changed;
  }

  #resize(length: number): void {
    const known = new Uint8Array(length);
    known.set(this.#known.subarray(0, length));
    this.#known = known;
    this.#words = wordsOf(known);
  }

  /** @returns a copy of a block as it was then, without the zeros at its end */
  value(block: number): Uint8Array {
    const start = block * BLOCK;
    let end = Math.min(start + BLOCK, this.#known.length);
    while (end > start && this.#known[end - 1] === 0) end--;
    return this.#known.slice(start, end);
  }
}

const wordsOf = (bytes: Uint8Array): Int32Array => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);

/** Eight words at a time: one branch for all of them. */
function isEqual(a: Int32Array, b: Int32Array, from: number): boolean {
  for (let i = from; i < from + WORDS; i += 8) {
    const difference =
      (a[i] ^ b[i]) |
      (a[i + 1] ^ b[i + 1]) |
      (a[i + 2] ^ b[i + 2]) |
      (a[i + 3] ^ b[i + 3]) |
      (a[i + 4] ^ b[i + 4]) |
      (a[i + 5] ^ b[i + 5]) |
      (a[i + 6] ^ b[i + 6]) |
      (a[i + 7] ^ b[i + 7]);
    if (difference !== 0) return false;
  }
  return true;
}
