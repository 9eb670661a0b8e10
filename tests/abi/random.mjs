// A seeded generator of pseudo-random numbers (mulberry32), so that what failed can be run again.

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** An unsigned 32-bit integer. */
  u32() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer from 0 to `end - 1`. */
  below(end) {
    return Math.floor((this.u32() / 2 ** 32) * end);
  }

  chance(probability) {
    return this.u32() / 2 ** 32 < probability;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  bytes(length) {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  u64() {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** A signed 64-bit integer of any magnitude: small ones as likely as large ones. */
  integer() {
    return BigInt.asIntN(64, this.u64()) >> BigInt(this.below(64));
  }

  /** A finite double of any bit pattern. */
  double() {
    for (;;) {
      const value = new Float64Array(BigUint64Array.of(this.u64()).buffer)[0];
      if (Number.isFinite(value)) return value;
    }
  }
}
