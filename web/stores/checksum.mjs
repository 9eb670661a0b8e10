// A 64-bit checksum of bytes, and sums of such checksums. It tells damage and different files apart; it is no
// protection against someone who means harm. It knows nothing of what the bytes are.

/**
 * A 64-bit number as two unsigned halves of 32 bits.
 * @typedef {{hi: number, lo: number}} Sum64
 */

/** The sum of nothing. @type {Sum64} */
export const ZERO = Object.freeze({ hi: 0, lo: 0 });

const START = Object.freeze({ hi: 0x243f6a88, lo: 0x85a308d3 });

/**
 * Bytes of one length that differ in a single byte, or in any four that begin at a multiple of four, never have the
 * same checksum: every step is a bijection of each lane. Other differences are missed once in 2^64.
 * @param {Uint8Array} bytes
 * @param {Sum64} [seed] another checksum, to go on from: one of several pieces depends on where each of them ends
 * @param {number} [length] how many of the bytes count
 * @returns {Sum64}
 */
export function checksum64(bytes, seed = START, length = bytes.length) {
  let a = seed.lo | 0;
  let b = seed.hi | 0;
  const whole = length - (length % 4);
  for (let i = 0; i < whole; i += 4) {
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    a = Math.imul(a ^ word, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b + word, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  for (let i = whole; i < length; i++) {
    a = Math.imul(a ^ bytes[i], 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b + bytes[i], 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  return finish(a ^ length, b);
}

/** Lets every bit of either lane reach both. */
function finish(a, b) {
  let lo = scatter(a);
  let hi = scatter(b + lo);
  lo = scatter(lo + hi);
  hi = scatter(hi ^ lo);
  return { hi: hi >>> 0, lo: lo >>> 0 };
}

function scatter(lane) {
  let x = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** @param {Sum64} a @param {Sum64} b @returns {Sum64} modulo 2^64 */
export function add64(a, b) {
  const lo = a.lo + b.lo;
  return { hi: (a.hi + b.hi + (lo > 0xffffffff ? 1 : 0)) >>> 0, lo: lo >>> 0 };
}

/** @param {Sum64} a @param {Sum64} b @returns {Sum64} modulo 2^64 */
export function subtract64(a, b) {
  const lo = a.lo - b.lo;
  return { hi: (a.hi - b.hi - (lo < 0 ? 1 : 0)) >>> 0, lo: lo >>> 0 };
}

/** @param {Sum64} a @param {Sum64} b @returns {boolean} */
export const equal64 = (a, b) => a.hi === b.hi && a.lo === b.lo;

/** @param {Sum64} sum @returns {string} 16 hexadecimal digits */
export const hex64 = ({ hi, lo }) => [hi, lo].map((half) => half.toString(16).padStart(8, "0")).join("");

/** The eight bytes at `at` become `sum`, little-endian. @param {DataView} view */
export function write64(view, at, { hi, lo }) {
  view.setUint32(at, lo, true);
  view.setUint32(at + 4, hi, true);
}

/** @param {DataView} view @returns {Sum64} the eight bytes at `at` */
export const read64 = (view, at) => ({ lo: view.getUint32(at, true), hi: view.getUint32(at + 4, true) });

/** As `write64`, for arrays that are too many to make a view of each. @param {Uint8Array} bytes */
export function put64(bytes, at, { hi, lo }) {
  for (let i = 0; i < 4; i++) {
    bytes[at + i] = lo >>> (8 * i);
    bytes[at + 4 + i] = hi >>> (8 * i);
  }
}

/** As `read64`. @param {Uint8Array} bytes @returns {Sum64} */
export const get64 = (bytes, at) => ({ lo: get32(bytes, at), hi: get32(bytes, at + 4) });

const get32 = (bytes, at) => (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
