// #t: a border as the manual defines it, in O(log n) calls of the host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { storeHost } from "../abi/hosts.mjs";
import { Random } from "../abi/random.mjs";
import { key, value } from "../abi/wire.mjs";
import { callsOf, openCounting } from "./store.mjs";

const ONE = value(1n);
const MAX = 2n ** 63n - 1n;

/** The same as `key` of wire.mjs, but quick enough for millions. */
const scratch = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0]);
function integerKey(i) {
  if (typeof i === "bigint") scratch.writeBigInt64LE(i, 1);
  else scratch.writeBigInt64LE(BigInt(i), 1);
  return scratch.toString("latin1");
}

/** A store whose Memory has these integer keys. */
const storeWith = indices => new Map([[1, new Map(Array.from(indices, i => [integerKey(i), ONE]))]]);
const range = n => Array.from({ length: n }, (_, i) => i + 1);

/** #Memory on a store with these keys: [the border, calls of the host]. */
const length = indices => lengthIn(storeWith(indices));

function lengthIn(store) {
  const lua = openCounting(store);
  let text;
  const {
    get,
    size,
    set,
    keys,
    delete: deleted,
  } = callsOf(lua, () => {
    text = lua.run("return #Memory");
  });
  assert.deepEqual([set, deleted, keys], [0, 0, 0]);
  return [BigInt(text), get + size];
}

/** Manual section 3.4.7. */
function isBorder(present, border) {
  return border === 0n ? !present.has(1n) : present.has(border) && (border === MAX || !present.has(border + 1n));
}

const allowed = largest => 3 * Math.ceil(Math.log2(Number(largest) + 2)) + 6;

for (const n of [0, 1, 2, 3, 7, 8, 9, 10, 100, 1000, 10_000, 100_000, 1_000_000]) {
  test(`the length of a sequence of ${n} is ${n}, in O(log n) calls`, () => {
    const [border, calls] = length(range(n));
    assert.equal(border, BigInt(n));
    assert.ok(calls <= allowed(n), `${calls} calls`);
  });
}

test("a sequence beside other keys has its length, in O(log n) calls", () => {
  for (const n of [0, 1, 10, 1000, 100_000]) {
    const [border, calls] = length([...range(n), ...Array.from({ length: 1000 }, (_, i) => -i), 2 ** 40, 2 ** 50]);
    assert.equal(border, BigInt(n));
    assert.ok(calls <= allowed(n), `${calls} calls for ${n}`);
  }
});

test("with holes anywhere the length is a border, in O(log n) calls", () => {
  const random = new Random(1);
  for (let round = 0; round < 500; round++) {
    const n = 1 + random.below(2 ** random.below(14));
    const density = random.pick([0.01, 0.5, 0.9, 0.99]);
    const indices = range(n).filter(() => random.chance(density));
    const [border, calls] = length(indices);
    assert.ok(isBorder(new Set(indices.map(BigInt)), border), `${border} of ${indices.length} in ${n}, round ${round}`);
    assert.ok(calls <= allowed(n), `${calls} calls for ${n}`);
  }
});

test("a million keys with holes take O(log n) calls", () => {
  const store = storeWith(range(1_000_000));
  for (const hole of [1, 2, 3, 512, 999_999, 1_000_000]) {
    store.get(1).delete(integerKey(hole));
    const [border, calls] = lengthIn(store);
    const has = i => i >= 1 && i <= 1_000_000 && i !== hole;
    assert.ok((border === 0n || has(Number(border))) && !has(Number(border) + 1), `${border} with a hole at ${hole}`);
    assert.ok(calls <= allowed(1_000_000), `${calls} calls`);
    store.get(1).set(integerKey(hole), ONE);
  }
});

test("keys at every power of two give a border within 200 calls", () => {
  const indices = [...Array.from({ length: 63 }, (_, i) => 2n ** BigInt(i)), MAX];
  const [border, calls] = length(indices);
  assert.ok(isBorder(new Set(indices), border), String(border));
  assert.ok(calls <= 200, `${calls} calls`);
});

test("the largest integer alone is no part of a sequence", () => {
  assert.equal(length([MAX])[0], 0n);
  assert.equal(length([1n, MAX])[0], 1n);
});

test("a value with the tag of nil is absent", () => {
  const store = storeWith([1, 2, 3]);
  store.get(1).set(key(3n), Uint8Array.of(0));
  assert.equal(open(storeHost(store)).run("return #Memory"), "2");
});

test("t[#t + 1] appends and t[#t] = nil takes away", () => {
  assert.equal(
    open().run(
      "for i = 1, 100 do Memory[#Memory + 1] = i assert(#Memory == i) end for i = 99, 0, -1 do Memory[#Memory] = nil assert(#Memory == i) end return #Memory",
    ),
    "0",
  );
});
