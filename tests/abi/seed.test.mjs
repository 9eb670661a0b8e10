// The service `seed`: what makes math.random and string hashing differ (docs/abi.md section 7).
import assert from "node:assert/strict";
import test from "node:test";
import { serviced } from "./serviced.mjs";

const NUMBERS = "return math.random(0), math.random(0), math.random(0)";
const numbers = seed => serviced({ seed: Uint8Array.from(seed) }).run(NUMBERS);
const same = byte => new Array(16).fill(byte);

test("every byte of the seed counts", () => {
  const seeds = [same(7), ...same(7).map((byte, at) => same(7).with(at, byte + 1))];
  assert.equal(new Set(seeds.map(numbers)).size, 17);
});

test("seeds of 16 equal bytes differ from each other", () => {
  assert.equal(new Set([0, 1, 7, 8, 127, 255].map(byte => numbers(same(byte)))).size, 6);
});

test("the two halves of a seed are not interchangeable", () => {
  const [a, b] = [same(1).slice(8), same(2).slice(8)];
  assert.notEqual(numbers([...a, ...b]), numbers([...b, ...a]));
});

test("the same seed gives the same numbers, and so does none", () => {
  assert.equal(numbers(same(7)), numbers(same(7)));
  assert.equal(serviced({}).run(NUMBERS), serviced({}).run(NUMBERS));
});
