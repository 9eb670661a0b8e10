// Deflate and inflate of whole byte arrays.
import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { deflate, inflate } from "../../js/dist/bytes/compress.js";
import { random, text } from "./fakes.mjs";

const next = random(7);
const noise = length => Uint8Array.from({ length }, () => next(256));

for (const [what, bytes] of [
  ["nothing", noise(0)],
  ["one byte", noise(1)],
  ["noise of 100,000 bytes", noise(100_000)],
  ["text that repeats", text("lua ".repeat(100_000))],
]) {
  test(`${what} comes back as it was`, async () => {
    assert.deepEqual(Buffer.from(await inflate(await deflate(bytes))), Buffer.from(bytes));
  });

  test(`${what} is in the format of zlib`, async () => {
    assert.deepEqual(zlib.inflateSync(await deflate(bytes)), Buffer.from(bytes));
  });
}

test("a view into the middle of a buffer is taken alone", async () => {
  const bytes = noise(5000);
  assert.deepEqual(
    Buffer.from(await inflate(await deflate(bytes.subarray(7, 4000)))),
    Buffer.from(bytes.subarray(7, 4000)),
  );
});

test("text that repeats becomes smaller", async () => {
  assert.ok((await deflate(text("lua ".repeat(10_000)))).length < 400);
});

test("damaged and cut bytes are refused", async () => {
  const whole = await deflate(text("lua ".repeat(10_000)));
  const flipped = Uint8Array.from(whole, (byte, i) => (i === 20 ? byte ^ 0x55 : byte));
  for (const bad of [flipped, whole.subarray(0, -1), whole.subarray(0, 10), bytesOf(1, 2, 3), bytesOf()]) {
    await assert.rejects(inflate(bad), /^Error: the compressed bytes are damaged: /);
  }
});

const bytesOf = (...list) => Uint8Array.from(list);

test("an engine without streams says so", async () => {
  const { CompressionStream, DecompressionStream } = globalThis;
  try {
    delete globalThis.CompressionStream;
    delete globalThis.DecompressionStream;
    await assert.rejects(deflate(bytesOf(1)), /cannot compress: it has no CompressionStream/);
    await assert.rejects(inflate(bytesOf(1)), /cannot decompress: it has no DecompressionStream/);
  } finally {
    Object.assign(globalThis, { CompressionStream, DecompressionStream });
  }
});
