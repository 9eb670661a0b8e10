// A 64-bit checksum of bytes, and sums of such checksums. It detects damage and tells different files apart; it is no
// protection against someone who means harm. It knows nothing about the meaning of the bytes.
import { u32At } from "./byte-string.ts";

/** A 64-bit number as two unsigned halves of 32 bits. */
export interface Sum64 {
  readonly hi: number;
  readonly lo: number;
}

/** The sum of nothing. */
export const ZERO: Sum64 = Object.freeze({ hi: 0, lo: 0 });

const START = Object.freeze({ hi: 0x243f6a88, lo: 0x85a308d3 });

/**
 * Bytes of one length that differ in a single byte, or in any four that begin at a multiple of four, never have the
 * same checksum: every step is a bijection of each lane. Other differences are missed once in 2^64.
 * @param seed another checksum, to go on from: one of several pieces depends on where each of them ends
 * @param length how many of the bytes count
 */
export function checksum64(bytes: Uint8Array, seed: Sum64 = START, length: number = bytes.length): Sum64 {
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
function finish(a: number, b: number): Sum64 {
  let lo = scatter(a);
  let hi = scatter(b + lo);
  lo = scatter(lo + hi);
  hi = scatter(hi ^ lo);
  return { hi: hi >>> 0, lo: lo >>> 0 };
}

function scatter(lane: number): number {
  let x = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** @returns modulo 2^64 */
export function add64(a: Sum64, b: Sum64): Sum64 {
  const lo = a.lo + b.lo;
  return { hi: (a.hi + b.hi + (lo > 0xffffffff ? 1 : 0)) >>> 0, lo: lo >>> 0 };
}

/** @returns modulo 2^64 */
export function subtract64(a: Sum64, b: Sum64): Sum64 {
  const lo = a.lo - b.lo;
  return { hi: (a.hi - b.hi - (lo < 0 ? 1 : 0)) >>> 0, lo: lo >>> 0 };
}

export const equal64 = (a: Sum64, b: Sum64): boolean => a.hi === b.hi && a.lo === b.lo;

/** @returns 16 hexadecimal digits */
export const hex64 = ({ hi, lo }: Sum64): string => [hi, lo].map(half => half.toString(16).padStart(8, "0")).join("");

/** The eight bytes at `at` become `sum`, little-endian. */
export function write64(view: DataView, at: number, { hi, lo }: Sum64): void {
  view.setUint32(at, lo, true);
  view.setUint32(at + 4, hi, true);
}

/** @returns the eight bytes at `at` */
export const read64 = (view: DataView, at: number): Sum64 => ({
  lo: view.getUint32(at, true),
  hi: view.getUint32(at + 4, true),
});

/** As `write64`, for arrays that are too many to make a view of each. */
export function put64(bytes: Uint8Array, at: number, { hi, lo }: Sum64): void {
  for (let i = 0; i < 4; i++) {
    bytes[at + i] = lo >>> (8 * i);
    bytes[at + 4 + i] = hi >>> (8 * i);
  }
}

/** As `read64`. */
export const get64 = (bytes: Uint8Array, at: number): Sum64 => ({ lo: u32At(bytes, at), hi: u32At(bytes, at + 4) });
