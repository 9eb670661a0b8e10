// The 64-bit checksum: what it never misses, what it always gives, and sums of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZERO, add64, checksum64, equal64, hex64, read64, subtract64, write64 } from "../../js/dist/bytes/checksum.js";
import { random, text } from "./fakes.mjs";

const hexOf = (bytes, seed) => hex64(checksum64(bytes, seed));

test("stored checksums stay valid: these are their values", () => {
  assert.deepEqual(
    ["", "a", "abcd", "abcde", "lua_store"].map(string => hexOf(text(string))),
    ["d6868cd93ff8a57a", "651169726eb50fd4", "a643eedeebc95da2", "71e0e18a49be8454", "9d2f2b2612c8f851"],
  );
});

test("every other value of every byte changes it, in both halves or one", () => {
  for (const length of [1, 3, 4, 5, 8, 13]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 37);
    const seen = new Set([hexOf(bytes)]);
    for (let at = 0; at < length; at++) {
      const kept = bytes[at];
      for (let other = 0; other < 256; other++) if (other !== kept) seen.add(hexOf(bytes.with(at, other)));
    }
    assert.equal(seen.size, 1 + 255 * length);
  }
});

test("lengths, places and parts of short inputs are told apart", () => {
  const inputs = [[]];
  for (const size of [1, 2, 3, 4, 5, 6])
    for (let code = 0; code < 4 ** size; code++) {
      inputs.push(Array.from({ length: size }, (_, i) => [0, 1, 128, 255][(code >> (2 * i)) & 3]));
    }
  assert.equal(new Set(inputs.map(input => hexOf(Uint8Array.from(input)))).size, inputs.length);
});

test("each half alone is spread over all of its values", () => {
  const seen = [new Set(), new Set()];
  for (let i = 0; i < 50_000; i++) {
    const { hi, lo } = checksum64(text(String(i)));
    seen[0].add(hi >>> 16);
    seen[1].add(lo & 0xffff);
  }
  // Of 65,536 values, 50,000 random draws hit 34,978 on average, with a deviation of about 90.
  for (const values of seen) assert.ok(Math.abs(values.size - 34_978) < 600, `${values.size} values`);
});

test("the place of bytes in memory does not matter", () => {
  const source = Uint8Array.from({ length: 40 }, (_, i) => i);
  for (let at = 0; at < 8; at++) {
    const shifted = new Uint8Array(48);
    shifted.set(source, at);
    assert.equal(hexOf(shifted.subarray(at, at + 40)), hexOf(source));
  }
});

test("a seed makes another checksum, and joins pieces by where they end", () => {
  const joined = (...parts) => parts.reduce((seed, part) => checksum64(text(part), seed), undefined);
  const all = [joined("ab", "c"), joined("a", "bc"), joined("abc"), joined("abc", ""), joined("", "abc")].map(hex64);
  assert.equal(new Set(all).size, all.length);
});

test("sums are those of BigInt modulo 2^64, and do not depend on the order", () => {
  const next = random(1);
  const number = () => ({ hi: next(2 ** 32), lo: next(2 ** 32) });
  const big = ({ hi, lo }) => (BigInt(hi) << 32n) | BigInt(lo);
  for (let i = 0; i < 1000; i++) {
    const [a, b] = [number(), number()];
    assert.equal(big(add64(a, b)), BigInt.asUintN(64, big(a) + big(b)));
    assert.equal(big(subtract64(a, b)), BigInt.asUintN(64, big(a) - big(b)));
    assert.ok(equal64(subtract64(add64(a, b), b), a));
  }
  assert.ok(equal64(subtract64(ZERO, ZERO), ZERO));
});

test("it is written and read little-endian, and shown as 16 digits", () => {
  const view = new DataView(new ArrayBuffer(10));
  write64(view, 1, { hi: 0x01020304, lo: 0xfffefd0a });
  assert.deepEqual([...new Uint8Array(view.buffer)], [0, 0x0a, 0xfd, 0xfe, 0xff, 4, 3, 2, 1, 0]);
  assert.deepEqual(read64(view, 1), { hi: 0x01020304, lo: 0xfffefd0a });
  assert.equal(hex64({ hi: 1, lo: 0xfffefd0a }), "00000001fffefd0a");
});
