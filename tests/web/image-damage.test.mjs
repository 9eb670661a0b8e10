// Images that are damaged, cut, or made with ill intent: an Error that says what is wrong, and nothing else happens.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import zlib from "node:zlib";
import { LuaPersistent } from "../../js/dist/index.js";
import { decodeImage } from "../../js/dist/image/image.js";
import { checksum64, write64 } from "../../js/dist/bytes/checksum.js";

const HEADER = 72;
const NOT_ONE = /these bytes are not an image of a Lua state, or their beginning is damaged/;
let image;

before(async () => {
  const lua = await LuaPersistent.open();
  await lua.run("Memory.a, Memory.b = 'text', {1} x = 1");
  image = await lua.saveImage();
});

const messageOf = bytes =>
  decodeImage(bytes).then(
    () => assert.fail("it was read"),
    ({ message }) => message,
  );

test("every bit of the header, flipped, is an error that says so", async () => {
  for (let at = 0; at < HEADER; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bytes = image.slice();
      bytes[at] ^= 1 << bit;
      const expected = at < 4 ? NOT_ONE : /^the image is damaged: its header does not match its checksum$/;
      assert.match(await messageOf(bytes), expected, `byte ${at}, bit ${bit}`);
    }
  }
});

test("an image cut at any length of its header, or a byte short or long, is an error that says so", async () => {
  for (let length = 0; length < HEADER; length++) {
    assert.equal(
      await messageOf(image.subarray(0, length)),
      `the image is damaged: it is cut short, and has ${length} bytes`,
    );
  }
  for (const length of [HEADER, HEADER + 1, image.length - 1]) {
    assert.equal(
      await messageOf(image.subarray(0, length)),
      `the image is damaged: it has ${length} bytes, and should have ${image.length}`,
    );
  }
  const longer = new Uint8Array(image.length + 1);
  longer.set(image);
  assert.match(await messageOf(longer), /it has \d+ bytes, and should have/);
});

test("a byte changed anywhere in the contents is an error that says so", async () => {
  let seed = 1;
  const random = n => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % n;
  for (let round = 0; round < 500; round++) {
    const bytes = image.slice();
    bytes[HEADER + random(image.length - HEADER)] ^= 1 + random(255);
    assert.equal(await messageOf(bytes), "the image is damaged: its contents do not match their checksum");
  }
});

test("what is no image at all is refused", async () => {
  for (const bytes of [
    new Uint8Array(1000),
    Buffer.from("not an image, but long enough to have a header of seventy-two bytes, and more"),
  ]) {
    assert.match(await messageOf(bytes), NOT_ONE);
  }
  for (const [source, kind] of [
    ["text", "string"],
    [null, "null"],
    [undefined, "undefined"],
    [{ length: 3 }, "object"],
    [[1, 2], "object"],
  ]) {
    await assert.rejects(LuaPersistent.openImage(source), {
      name: "TypeError",
      message: `openImage takes the bytes of an image, not ${kind}`,
    });
  }
});

/** An image by hand, with right checksums: tables as a list of numbers and bytes, then memory; fields by their place. */
function forge(tables, memory = [], fields = []) {
  const plain = Uint8Array.from([...tables, ...memory]);
  const bytes = new Uint8Array(HEADER + plain.length);
  const view = new DataView(bytes.buffer);
  bytes.set(image.subarray(0, 16));
  view.setFloat64(16, plain.length, true);
  view.setFloat64(24, plain.length, true);
  for (const [at, size, value] of fields) view[size === 4 ? "setUint32" : "setFloat64"](at, value, true);
  bytes.set(plain, HEADER);
  write64(view, 56, checksum64(plain));
  write64(view, 64, checksum64(bytes.subarray(0, 64)));
  return bytes;
}

const u32 = (...values) => values.flatMap(value => [...new Uint8Array(Uint32Array.of(value).buffer)]);
const entry = (key, ...value) => [...u32(key.length), ...Buffer.from(key), ...u32(value.length), ...value];

test("an image of a newer version is refused as such", async () => {
  assert.equal(
    await messageOf(forge(u32(0), [], [[4, 4, 2]])),
    "the image was made by a newer version of this library: its form is 2, and 1 is known here",
  );
});

const HOSTILE = {
  "no tables at all": [[[]], /its tables are cut short/],
  "more tables than there are": [[u32(0xffffffff)], /its tables are cut short/],
  "more keys than there are": [[[...u32(1, 1, 0xffffffff), ...entry("a", 1)]], /its tables are cut short/],
  "a key longer than the image": [[u32(1, 1, 1, 0xfffffff0)], /its tables are cut short/],
  "a value longer than the image": [[[...u32(1, 1, 1, 1), 97, ...u32(0x7fffffff)]], /its tables are cut short/],
  "a table twice": [[[...u32(2, 1, 1), ...entry("a", 1), ...u32(1, 1), ...entry("b", 1)]], /table 1 is there twice/],
  "a key twice": [[[...u32(1, 1, 2), ...entry("a", 1), ...entry("a", 2)]], /table 1 has a key twice/],
  "what the host keeps of its own, twice": [
    [[...u32(2, 0xffffffff, 1), ...entry("a", 1), ...u32(0xffffffff, 1), ...entry("b", 1)]],
    /table 4294967295 is there twice/,
  ],
  "bytes after the tables": [[u32(0, 0)], /its tables have more bytes than they say/],
  "more memory than there is": [[u32(0), [], [[32, 4, 0x10000]]], /it has less memory than it says/],
  "another length than it says": [[u32(0), [], [[24, 8, 5]]], /its contents have another length than it says/],
  "a length that is no number": [[u32(0), [], [[24, 8, NaN]]], /its contents have another length than it says/],
  "contents that are not compressed as it says": [[u32(0), [], [[36, 4, 1]]], /the compressed bytes are damaged/],
};
for (const [what, [contents, expected]] of Object.entries(HOSTILE)) {
  test(`right checksums, but ${what}: an error that says so`, async () => {
    assert.match(await messageOf(forge(...contents)), expected);
  });
}

for (const length of [1000, NaN, -1]) {
  test(`compressed contents that become more than the ${length} bytes of the header are not read to their end`, async () => {
    const packed = zlib.deflateSync(Buffer.alloc(200_000_000));
    const bomb = forge(
      packed,
      [],
      [
        [36, 4, 1],
        [24, 8, length],
      ],
    );
    const before = process.memoryUsage().rss;
    assert.equal(await messageOf(bomb), "the image is damaged: its contents have another length than it says");
    assert.ok(process.memoryUsage().rss - before < 100_000_000);
  });
}

test("the names of Object.prototype are keys like any other, and nothing is polluted", async () => {
  const { tables } = await decodeImage(
    forge([...u32(1, 1, 2), ...entry("__proto__", 1, 1), ...entry("constructor", 1, 0)], []),
  );
  assert.deepEqual(tables.get(1, "__proto__"), Uint8Array.of(1, 1));
  assert.deepEqual(tables.get(1, "constructor"), Uint8Array.of(1, 0));
  assert.equal(tables.get(1, "toString"), undefined);
});

test("right checksums, but less memory than lua.wasm begins with: an error, and the store stays as it was", async () => {
  await assert.rejects(
    LuaPersistent.openImage(forge(u32(0), [])),
    /the image is damaged: it has less memory than its lua\.wasm begins with/,
  );
});

test("an image that says it has more memory than there can be is refused before it is inflated", async () => {
  const bomb = forge(
    zlib.deflateSync(Buffer.alloc(1 << 26)),
    [],
    [
      [36, 4, 1],
      [32, 4, 2 ** 32 - 1],
      [24, 8, 2 ** 48],
    ],
  );
  assert.match(await messageOf(bomb), /^the image is damaged: it says it has more memory than there can be/);
});
