// The bytes of a message for lua.wasm (docs/abi.md section 9), written one value after the other. It knows no tables and no other
// objects of JavaScript.
import { encoder } from "../bytes/utf8.ts";
import { BOOLEAN, FLOAT, HELD, INLINE, INTEGER, NAMED, NIL, STRING } from "../core/ids.ts";

/** Shorter strings are written faster by a loop. */
const SHORT = 40;
/** Bytes, and how many first rooms are made together. */
const FIRST_ROOM = 1024;
const ROOMS = 32;
/** A message that was so long does not keep its room. */
const KEPT_ROOM = 1024 * 1024;

const NOTHING = new Uint8Array(0);
const NO_WORDS = /* @__PURE__ */ new DataView(NOTHING.buffer);

/** Writes one message after another; the bytes of one are good until the next begins. */
export class MessageBytes {
  /** Bytes that a message may have, and the error for more. */
  readonly #limit: number;
  readonly #tooLong: (limit: number) => Error;
  #bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #words: DataView = NO_WORDS;
  #at = 0;
  /** The last message that was finished: most are as long as the one before. */
  #finished: Uint8Array<ArrayBuffer> = NOTHING;

  constructor(limit: number, tooLong: (limit: number) => Error) {
    this.#limit = limit;
    this.#tooLong = tooLong;
  }

  /** Begins a message of so many values. @param tag a byte before it */
  begin(count: number, tag?: number): this {
    this.#at = 0;
    // Most writers of a Lua never write.
    if (this.#bytes === NOTHING) this.#use(firstRoom());
    else if (this.#bytes.length > KEPT_ROOM) this.#use(new Uint8Array(FIRST_ROOM));
    if (tag !== undefined) this.#bytes[this.#at++] = tag;
    this.#word(count);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    if (this.#finished.length !== this.#at) this.#finished = this.#bytes.subarray(0, this.#at);
    return this.#finished;
  }

  /** Values that are encoded already: all of a message but its count. */
  encoded(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  nil(): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = NIL;
    return this;
  }

  boolean(value: boolean): this {
    this.#reserve(2);
    this.#bytes[this.#at++] = BOOLEAN;
    this.#bytes[this.#at++] = value ? 1 : 0;
    return this;
  }

  /** @param value -0 is a float, and what is no safe integer */
  number(value: number): this {
    this.#reserve(9);
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.#bytes[this.#at] = INTEGER;
      this.#words.setInt32(this.#at + 1, value | 0, true);
      this.#words.setInt32(this.#at + 5, Math.floor(value / 2 ** 32), true);
    } else {
      this.#bytes[this.#at] = FLOAT;
      this.#words.setFloat64(this.#at + 1, value, true);
    }
    this.#at += 9;
    return this;
  }

  /** @returns whether it is one of Lua's integers; if not, nothing is written */
  bigint(value: bigint): boolean {
    if (BigInt.asIntN(64, value) !== value) return false;
    this.#reserve(9);
    this.#bytes[this.#at] = INTEGER;
    this.#words.setBigInt64(this.#at + 1, value, true);
    this.#at += 9;
    return true;
  }

  /** Half surrogate pairs become U+FFFD. */
  text(value: string): this {
    return this.#text(STRING, value);
  }

  held(reference: number): this {
    this.tagged(HELD, reference);
    return this;
  }

  /** The host's function of this name. */
  named(name: string): this {
    return this.#text(NAMED, name);
  }

  /** Begins a table. @returns where its number of pairs is to be written */
  protected table(): number {
    const countAt = this.#at + 1;
    this.tagged(INLINE, 0);
    return countAt;
  }

  /** Ends a table that has so many pairs. */
  protected pairs(countAt: number, count: number): void {
    this.#words.setUint32(countAt, count, true);
  }

  /** A kind of value, and a number of 32 bits. */
  protected tagged(tag: number, number: number): void {
    this.#reserve(5);
    this.#bytes[this.#at] = tag;
    this.#words.setUint32(this.#at + 1, number, true);
    this.#at += 5;
  }

  #text(tag: number, value: string): this {
    if (this.shortText(tag, value)) return this;
    const at = this.#at;
    // In UTF-8 a character of UTF-16 has three bytes at most.
    this.#reserve(5 + value.length);
    let written = encoder.encodeInto(value, this.#bytes.subarray(at + 5));
    if (written.read < value.length) {
      this.#reserve(5 + 3 * value.length);
      written = encoder.encodeInto(value, this.#bytes.subarray(at + 5));
    }
    this.tagged(tag, written.written);
    this.#at += written.written;
    return this;
  }

  /** @returns false, with nothing written, when it is long or not ASCII */
  protected shortText(tag: number, value: string): boolean {
    const { length } = value;
    if (length > SHORT) return false;
    const start = this.#at;
    this.tagged(tag, length);
    this.#reserve(length);
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(at);
      if (code > 127) {
        this.#at = start;
        return false;
      }
      this.#bytes[this.#at++] = code;
    }
    return true;
  }

  #word(number: number): void {
    this.#reserve(4);
    this.#words.setUint32(this.#at, number, true);
    this.#at += 4;
  }

  #reserve(size: number): void {
    const end = this.#at + size;
    if (end <= this.#bytes.length) return;
    if (end > this.#limit) throw this.#tooLong(this.#limit);
    this.#grow(Math.min(2 * end, Math.max(this.#limit, FIRST_ROOM)));
  }

  #grow(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#use(bytes);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#finished = bytes.subarray(0, 0);
  }
}

/** Of which the next writers get their first rooms: memory for each of its own takes longer than a short run. */
let rooms = NOTHING;

function firstRoom(): Uint8Array<ArrayBuffer> {
  if (rooms.length === 0) rooms = new Uint8Array(ROOMS * FIRST_ROOM);
  const room = rooms.subarray(0, FIRST_ROOM);
  rooms = rooms.subarray(FIRST_ROOM);
  return room;
}
