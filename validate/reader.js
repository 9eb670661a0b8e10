// A cursor over the bytes of a WebAssembly binary: LEB128 numbers, names, vectors, bounded slices.
// Knows nothing of sections or instructions. Every read past the end is a Refused error, never an exception trace.

/** The module cannot be accepted, and reading it cannot go on. The message is a sentence for the user. */
class Refused extends Error {}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

class Reader {
  /** `part` names the slice in error messages: "the type section", "the body of function 12". */
  constructor(bytes, part, position = 0, end = bytes.length) {
    Object.assign(this, { bytes, part, position, end });
  }

  get atEnd() {
    return this.position >= this.end;
  }

  /** Stops reading: the bytes here are not what the format says. */
  malformed(what) {
    throw new Refused(`malformed module: ${this.part} ${what}, at byte 0x${this.position.toString(16)}`);
  }

  /** Stops reading: the bytes are well-formed, but belong to something this module must not use. */
  forbidden(what) {
    throw new Refused(`${this.part} ${what}, at byte 0x${this.position.toString(16)}`);
  }

  peek() {
    if (this.atEnd) this.malformed("ends too early");
    return this.bytes[this.position];
  }

  byte() {
    const value = this.peek();
    this.position += 1;
    return value;
  }

  skip(count) {
    if (count > this.end - this.position) this.malformed("ends too early");
    this.position += count;
  }

  u32() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) this.malformed("has a number longer than 32 bits");
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Passes over a signed number of at most `bits` bits; its value is of no interest here. */
  skipSigned(bits) {
    for (let bytes = Math.ceil(bits / 7); bytes > 0; bytes -= 1) {
      if (this.byte() < 0x80) return;
    }
    this.malformed(`has a number longer than ${bits} bits`);
  }

  name() {
    const bytes = this.slice(this.u32(), this.part);
    try {
      return UTF8.decode(bytes.bytes.subarray(bytes.position, bytes.end));
    } catch {
      return this.malformed("has a name that is not UTF-8");
    }
  }

  /** A length, then that many things, each read by `read(this, index)`. */
  vector(read) {
    const items = [];
    for (let left = this.u32(); left > 0; left -= 1) items.push(read(this, items.length));
    return items;
  }

  /** The next `size` bytes as a reader of their own; this one moves behind them. */
  slice(size, part) {
    const start = this.position;
    this.skip(size);
    return new Reader(this.bytes, part, start, start + size);
  }

  expectEnd() {
    if (!this.atEnd) this.malformed(`has bytes behind its end (${this.end - this.position})`);
  }
}

export { Reader, Refused };
