// Names, records and the header of a store: what is written is read again, and what anyone changes is noticed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checksum64, write64 } from "../../js/dist/bytes/checksum.js";
import { encodeHeader } from "../../js/dist/stores/header.js";
import { readRecords } from "../../js/dist/stores/read-records.js";
import { HEADER, NOTHING, encodeRecord, readName, recordName, totalAfter } from "../../js/dist/stores/records.js";
import { bytes, random, text } from "./fakes.mjs";

const STORE = "test store";
const NOT_OPENED = "It was not opened, and nothing in it was changed";

/** A store's records, from plain values by name. */
async function recordsOf(values) {
  const changes = Object.entries(values).map(([name, after]) => ({ name, after }));
  const records = await Promise.all(changes.map(async ({ name, after }) => [name, await encodeRecord(name, after)]));
  return new Map([...records, [HEADER, encodeHeader({ tables: totalAfter(NOTHING, changes), program: NOTHING })]]);
}

const read = records => readRecords([...records], STORE);
const refused = (records, kind, problem) =>
  assert.rejects(read(records), {
    name: "StoreError",
    kind,
    store: STORE,
    message: `${STORE} ${problem}. ${NOT_OPENED}`,
  });

const SMALL = { "1/a": bytes(1, 2), "1/b": bytes(), "0/next": text("value"), "7/%00": bytes(255) };

test("every byte, at every place of a key, survives a name of printable ASCII", () => {
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    for (const key of [char, `${char}x`, `x${char}`, `${char}41`, `%${char}`]) {
      const name = recordName(12, key);
      assert.match(name, /^12\/[ -~]*$/);
      assert.deepEqual(readName(name), { id: 12, key });
    }
  }
});

test("ids from 0 to 4294967294 and the empty key have names", () => {
  for (const id of [0, 1, 2 ** 31, 4294967294]) assert.deepEqual(readName(recordName(id, "")), { id, key: "" });
});

test("keys that differ have names that differ, and a readable key is readable", () => {
  assert.equal(recordName(1, "counter"), "1/counter");
  assert.equal(recordName(1, "a/b 100%"), "1/a/b 100%25");
  assert.equal(recordName(1, "\n\xff"), "1/%0A%FF");
});

test("other names are none of ours", () => {
  for (const name of [
    "",
    "1",
    "/a",
    "01/a",
    "-1/a",
    "4294967295/a",
    "99999999999/a",
    "1/%41",
    "1/%0a",
    "1/%",
    "1/\n",
    "1/é",
    "x/a",
  ]) {
    assert.equal(readName(name), undefined, name);
  }
});

test("values come back with their ids and keys, in the order of the records", async () => {
  const { entries, totals } = await read(await recordsOf(SMALL));
  assert.deepEqual(
    entries.map(({ id, key, value }) => [id, key, [...value]]),
    [
      [1, "a", [1, 2]],
      [1, "b", []],
      [0, "next", [...text("value")]],
      [7, "\0", [255]],
    ],
  );
  assert.equal(totals.tables.count, 4);
});

test("no records are a new store", async () => {
  assert.equal(await read([]), null);
});

test("what is given out does not change with the records it was read from", async () => {
  const records = await recordsOf(SMALL);
  const { entries } = await read(records);
  for (const record of records.values()) record.fill(0);
  assert.deepEqual([...entries[0].value], [1, 2]);
});

test("a value over 4 KiB is compressed where that helps, and only there", async () => {
  const next = random(3);
  const noise = Uint8Array.from({ length: 10_000 }, () => next(256));
  const values = { "1/short": new Uint8Array(4096), "1/long": new Uint8Array(4097), "1/noise": noise };
  const records = await recordsOf(values);
  assert.deepEqual(
    Array.from(Object.keys(values), name => records.get(name)[0]),
    [0, 1, 0],
  );
  assert.equal(records.get("1/short").length, 4096 + 9);
  assert.ok(records.get("1/long").length < 100);
  const { entries } = await read(records);
  for (const { name, value } of entries) assert.deepEqual(Buffer.from(value), Buffer.from(values[name]));
});

test("a total follows changes as if it were made anew", async () => {
  const before = { "1/a": bytes(1), "1/b": bytes(2), "1/c": bytes(3) };
  const after = { "1/a": bytes(9), "1/c": bytes(3), "1/d": bytes() };
  const made = values =>
    totalAfter(
      NOTHING,
      Object.entries(values).map(([name, value]) => ({ name, after: value })),
    );
  const names = ["1/a", "1/b", "1/d"];
  assert.deepEqual(
    totalAfter(
      made(before),
      names.map(name => ({ name, before: before[name], after: after[name] })),
    ),
    made(after),
  );
});

for (const [what, value] of [
  ["a plain", text("plain")],
  ["a compressed", new Uint8Array(5000).fill(7)],
]) {
  test(`every flip of every byte of ${what} record and its header is refused`, async () => {
    const records = await recordsOf({ "1/k": value });
    for (const [name, record] of records) {
      for (let at = 0; at < record.length; at++) {
        for (const mask of [1, 0x80, 0xff]) {
          const flipped = record.slice();
          flipped[at] ^= mask;
          await refused(
            new Map(records).set(name, flipped),
            "damaged",
            `is damaged: record '${name}' does not match its checksum`,
          );
        }
      }
    }
  });
}

test("a record that is cut short, at any length, is refused", async () => {
  const records = await recordsOf(SMALL);
  for (let length = 0; length < records.get("0/next").length; length++) {
    const cut = new Map(records).set("0/next", records.get("0/next").subarray(0, length));
    await assert.rejects(read(cut), {
      kind: "damaged",
      message: /record '0\/next' (is cut short|does not match its checksum)/,
    });
  }
});

test("a missing record is refused", async () => {
  for (const name of Object.keys(SMALL)) {
    const records = await recordsOf(SMALL);
    records.delete(name);
    await refused(records, "damaged", "is damaged: it has 3 records, and should have 4");
  }
});

test("an added record is refused", async () => {
  const records = await recordsOf(SMALL);
  records.set("1/new", await encodeRecord("1/new", bytes(1)));
  await refused(records, "damaged", "is damaged: it has 5 records, and should have 4");
});

test("records under each other's names are refused", async () => {
  const records = await recordsOf(SMALL);
  const [a, b] = [records.get("1/a"), records.get("1/b")];
  await refused(records.set("1/a", b).set("1/b", a), "damaged", "is damaged: record '1/a' does not match its checksum");
});

test("a record of another commit is refused", async () => {
  const records = await recordsOf(SMALL);
  records.set("1/a", await encodeRecord("1/a", bytes(1, 3)));
  await refused(records, "damaged", "is damaged: its records are not of one and the same commit");
});

test("a missing record beside an added one is refused", async () => {
  const records = await recordsOf(SMALL);
  records.delete("1/a");
  records.set("1/c", await encodeRecord("1/c", bytes(1, 2)));
  await refused(records, "damaged", "is damaged: its records are not of one and the same commit");
});

test("a missing header is refused", async () => {
  const records = await recordsOf(SMALL);
  records.delete(HEADER);
  await refused(records, "damaged", "is damaged: its header is missing, and 4 records are there");
});

test("a record that is there twice is refused", async () => {
  const records = [...(await recordsOf(SMALL))];
  await refused([...records, records[2]], "damaged", "is damaged: record '0/next' is there twice");
});

test("a foreign name is refused", async () => {
  const records = await recordsOf({ ...SMALL, readme: bytes(1) });
  await refused(records, "damaged", "is damaged: record 'readme' has a name that is not one of ours");
});

/** With a checksum that is right again. */
function signed(name, record) {
  write64(new DataView(record.buffer), record.length - 8, checksum64(record.subarray(0, -8), checksum64(text(name))));
  return record;
}

test("a newer header is refused as newer, whatever its length", async () => {
  const records = await recordsOf(SMALL);
  for (const size of [32, 64]) {
    const newer = new Uint8Array(size);
    newer.set(records.get(HEADER).subarray(0, 16));
    newer[4] = 2;
    records.set(HEADER, signed(HEADER, newer));
    await refused(
      records,
      "version",
      "was written by a newer version of this library: its form is 2, and 1 and 3 are known here",
    );
  }
});

test("a record of an unknown form is refused as newer", async () => {
  const records = await recordsOf(SMALL);
  records.set("1/a", signed("1/a", records.get("1/a").with(0, 2)));
  await refused(records, "version", "was written by a newer version of this library: record '1/a' is of form 2");
});

test("an engine that cannot inflate says which record it cannot read", async () => {
  const records = await recordsOf({ "1/k": new Uint8Array(5000) });
  const { DecompressionStream } = globalThis;
  try {
    delete globalThis.DecompressionStream;
    const message = `${STORE} was not opened, for record '1/k' cannot be read: this engine cannot decompress: it has no DecompressionStream`;
    await assert.rejects(read(records), { kind: "failed", message });
  } finally {
    globalThis.DecompressionStream = DecompressionStream;
  }
});
