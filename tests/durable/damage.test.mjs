// Damage of a program in a store: an error that says what is damaged, tables that can still be read, and nothing overwritten.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { NOTHING, encodeRecord } from "../../js/dist/stores/records.js";
import { decodeHeader, encodeHeader } from "../../js/dist/stores/header.js";
import { never, shelf, values } from "./kept.mjs";

const WAY_ON =
  'It was not opened, and nothing in it was changed. That is of its program, and the tables are whole: persist: "tables" opens them for reading, discardProgram: true for all';

/** A store with a program that was killed, and what `damage` did to its records. */
async function damaged(t, damage) {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  lua.run("x = 1 Memory.x = 1 host.wait()").catch(() => {});
  await lua.run("");
  const left = it.killed();
  await damage(left.records);
  return left;
}

async function refused(left, problem, kind = "damaged") {
  const before = new Map(left.records);
  await assert.rejects(left.open(), { name: "StoreError", kind, message: `shelf ${problem}. ${WAY_ON}` });
  const reader = await left.open({ persist: "tables" });
  assert.equal(reader.readOnly, true);
  assert.deepEqual(await values(reader, "return Memory.x, x"), [1, undefined]);
  await assert.rejects(reader.run("Memory.x = 2"), /holds a program, and tables that belong to it/);
  await reader.close();
  assert.deepEqual(left.records, before);
  const anew = await left.open({ discardProgram: true });
  assert.deepEqual(await values(anew, "y = 1 return Memory.x, x"), [1, undefined]);
  await anew.close();
  const again = await left.open();
  assert.deepEqual(await values(again, "return Memory.x, x, y"), [1, undefined, 1]);
}

const blockIn = records => [...records.keys()].find(name => name.startsWith("memory/"));
const flip = (records, name) => {
  records.get(name)[3] ^= 1;
};

test("a damaged block", async t => {
  let name;
  const left = await damaged(t, records => flip(records, (name = blockIn(records))));
  await refused(left, `is damaged: record '${name}' does not match its checksum`);
});

test("a damaged module", async t => {
  let name;
  const left = await damaged(t, records =>
    flip(records, (name = [...records.keys()].find(name => name.startsWith("module/")))),
  );
  await refused(left, `is damaged: record '${name}' does not match its checksum`);
});

test("a missing block", async t => {
  let count;
  const left = await damaged(t, records => {
    records.delete(blockIn(records));
    count = [...records.keys()].filter(name => /[a-z]\//.test(name) || name === "program").length;
  });
  await refused(left, `is damaged: its program has ${count} records, and should have ${count + 1}`);
});

test("a block of another commit", async t => {
  const left = await damaged(t, async records => {
    const name = blockIn(records);
    records.set(name, await encodeRecord(name, Uint8Array.of(1, 2, 3)));
  });
  await refused(left, "is damaged: the records of its program are not of one and the same commit");
});

test("a record that is no record of a program", async t => {
  const left = await damaged(t, async records => records.set("readme", await encodeRecord("readme", Uint8Array.of(1))));
  await refused(left, problemOf(left));
});

/** One record too many. */
const problemOf = ({ records }) => {
  const count = [...records.keys()].filter(name => name !== "header" && !/^\d/.test(name)).length;
  return `is damaged: its program has ${count} records, and should have ${count - 1}`;
};

/** Sums up a program anew: only its own checks can find a fault then. */
async function resigned(records, change) {
  const { tables } = decodeHeader(records.get("header"), "shelf");
  const { ProgramRecords } = await import("../../js/dist/stores/program-records.js");
  const { inflate } = await import("../../js/dist/bytes/compress.js");
  const values = new Map();
  for (const [name, record] of records) {
    if (name === "header" || /^\d/.test(name)) continue;
    const value = record.slice(1, -8);
    values.set(name, record[0] === 1 ? await inflate(value) : value);
  }
  change(values);
  const program = new ProgramRecords();
  const capture = () => Array.from(values, ([name, bytes]) => ({ name, bytes }));
  program.keep({ hasPending: true, capture, settle() {} });
  program.capture();
  for (const name of [...records.keys()]) if (name !== "header" && !/^\d/.test(name)) records.delete(name);
  for (const [name, value] of values) records.set(name, await encodeRecord(name, value));
  records.set("header", encodeHeader({ tables, program: program.total }));
}

for (const [what, change, problem] of [
  [
    "a journal without its image",
    values => values.delete("program"),
    /the record 'program' is missing, and \d+ others are there/,
  ],
  [
    "blocks that are not there",
    values => values.delete(blockIn(values)),
    /\d+ blocks of its memory are there, and should be \d+/,
  ],
  [
    "calls that are not there",
    values => values.delete("host/1 wait"),
    /0 records of its host are there, and should be 1/,
  ],
  [
    "a call that is none",
    values => values.set("host/1 wait", Uint8Array.of(1)),
    /'host\/1 wait' is no call that waits/,
  ],
  [
    "a block beyond its memory",
    values => values.set("memory/99999", values.get(blockIn(values))),
    /'memory\/99999' does not fit into it/,
  ],
  ["a record of another kind", values => values.set("what", Uint8Array.of(1)), /'what' is no record of one/],
  [
    "another length",
    values => values.set("program", values.get("program").slice(0, 20)),
    /the record 'program' has 20 bytes/,
  ],
]) {
  test(`${what}, although the sums are right`, async t => {
    const left = await damaged(t, records => resigned(records, change));
    const error = await left.open().then(
      () => assert.fail("it was opened"),
      error => error,
    );
    assert.equal(error.kind, "damaged");
    assert.match(error.message, problem);
    await refused(left, error.message.slice("shelf ".length, -WAY_ON.length - 2));
  });
}

test("a program of a newer form", async t => {
  const left = await damaged(t, records => resigned(records, values => (values.get("program")[0] = 2)));
  await refused(
    left,
    "was written by a newer version of this library: the form of its program is 2, and 1 is known here",
    "version",
  );
});

test("a package that does not know programs refuses the store, and does not touch it", async t => {
  const left = await damaged(t, () => {});
  const header = left.records.get("header");
  assert.equal(header.length, 48);
  // What the version before looks at first: its form is not 1, and the checksum at the end is right.
  assert.equal(new DataView(header.buffer, header.byteOffset).getUint32(4, true), 3);
  assert.equal(encodeHeader({ tables: NOTHING, program: NOTHING }).length, 32);
});

test("tables that are damaged are no matter of the program", async t => {
  const left = await damaged(t, records => flip(records, "1/x"));
  for (const persist of ["tables", "everything"])
    await assert.rejects(left.open({ persist }), {
      kind: "damaged",
      message:
        "shelf is damaged: record '1/x' does not match its checksum. It was not opened, and nothing in it was changed",
    });
});

test("eraseStore empties it", async t => {
  const left = await damaged(t, records => flip(records, blockIn(records)));
  await LuaPersistent.eraseStore({ store: left.store() });
  assert.equal(left.records.size, 0);
});
