// The store in a SQLite file: damage, versions, foreign files, a full one, two processes, and processes that are killed.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { sqliteStore } from "../../js/dist/node.js";
import { eraseStore } from "../../js/dist/stores/open-store.js";
import { LuaPersistent } from "../../js/dist/index.js";
import { bytes, contents, open, random, reopened, unit } from "./fakes.mjs";
import { killAtAnyMoment, waitForAnother } from "./writers.mjs";

const folder = mkdtempSync(join(tmpdir(), "lua-sqlite-"));
after(() => rmSync(folder, { recursive: true }));

const Database = await import("node:sqlite").then(
  ({ DatabaseSync }) => DatabaseSync,
  async () => (await import("libsql")).default,
);

let file,
  count = 0;
beforeEach(() => {
  file = join(folder, `${count++}.db`);
});

const NOT_OPENED = "It was not opened, and nothing in it was changed";

async function fill() {
  const it = await open(sqliteStore(file));
  await unit(it, tables => (tables.set(1, "a", bytes(1, 2)), tables.set(1, "gone", bytes(3))));
  await unit(it, tables => (tables.set(2, "\0\xff", new Uint8Array(5000)), tables.delete(1, "gone")));
  await it.persistence.close();
  return contents(it.tables);
}

/** The file and its log. */
const stored = () => [file, `${file}-wal`].map(path => existsSync(path) && readFileSync(path));

/** Opens what must be refused, and sees to it that nothing has changed. */
async function refused(kind, message) {
  const before = stored();
  await assert.rejects(open(sqliteStore(file)), { kind, message: `SQLite store '${file}' ${message}. ${NOT_OPENED}` });
  assert.deepEqual(stored(), before);
}

function execute(sql, ...values) {
  const database = new Database(file);
  if (values.length > 0) database.prepare(sql).run(...values);
  else database.exec(sql);
  database.close();
}

test("what was committed is there when the file is opened again", async () => {
  const expected = await fill();
  assert.deepEqual(await reopened(sqliteStore(file)), expected);
});

test("Lua in Node goes on with what is in the file", async () => {
  for (const count of [1, 2, 3]) {
    const lua = await LuaPersistent.open({ store: sqliteStore(file) });
    const { values } = await lua.run("Memory.counter = (Memory.counter or 0) + 1 return Memory.counter");
    assert.deepEqual(values, [count]);
    await lua.close();
  }
});

test("every byte of every record flipped in turn is refused, and the file stays as it is", async () => {
  await fill();
  const database = new Database(file);
  const rows = database
    .prepare("SELECT name, bytes FROM records")
    .all()
    .map(({ name, bytes }) => [name, new Uint8Array(bytes)]);
  const put = database.prepare("UPDATE records SET bytes = ? WHERE name = ?");
  for (const [name, record] of rows) {
    for (let at = 0; at < record.length; at++) {
      put.run(record.with(at, record[at] ^ 1), name);
      await refused("damaged", `is damaged: record '${name}' does not match its checksum`);
    }
    put.run(record, name);
  }
  database.close();
});

test("whatever byte of the file is flipped: refused, or what was stored, but nothing else", async () => {
  const expected = await fill();
  const whole = readFileSync(file);
  const next = random(2);
  // The first bytes of a page say what it is; of the rest, some.
  const places = [...whole.keys()].filter(at => at % 4096 < 120 || next(40) === 0);
  assert.ok(places.length > 300);
  for (const at of places) {
    const flipped = Buffer.from(whole);
    flipped[at] ^= 1 << next(8);
    file = join(folder, `flipped-${at}.db`);
    writeFileSync(file, flipped);
    const found = await reopened(sqliteStore(file)).catch(error => {
      assert.equal(error.name, "StoreError");
      assert.match(error.message, /^SQLite store '/);
      assert.deepEqual(readFileSync(file), flipped, `byte ${at}`);
      return expected;
    });
    assert.deepEqual(found, expected, `byte ${at}`);
  }
});

test("a missing record is refused", async () => {
  await fill();
  execute("DELETE FROM records WHERE name = '1/a'");
  await refused("damaged", "is damaged: it has 1 records, and should have 2");
});

test("a newer layout is refused as newer", async () => {
  await fill();
  execute("PRAGMA user_version = 2");
  await refused("version", "was written by a newer version of this library: its layout is 2, and 1 is known here");
});

test("a database of something else is refused, and not even erased", async () => {
  execute("CREATE TABLE people (name TEXT)");
  await refused("damaged", "is damaged: it is a database of something else");
  await assert.rejects(eraseStore({ store: sqliteStore(file) }), { kind: "damaged" });
});

test("a file that is no database is refused", async () => {
  writeFileSync(file, "These are my notes, and by no means a database. ".repeat(100));
  const before = readFileSync(file);
  await assert.rejects(open(sqliteStore(file)), {
    kind: "failed",
    message: /^SQLite store '.*' could not be read: file is not a database/,
  });
  assert.deepEqual(readFileSync(file), before);
});

test("a folder that does not exist is an error that says so", async () => {
  file = join(folder, "none", "a.db");
  await assert.rejects(open(sqliteStore(file)), {
    kind: "failed",
    message: /^SQLite store '.*' could not be locked: /,
  });
});

test("a full file is an error with what is needed; what was there stays, and the rest waits", async () => {
  const it = await open(sqliteStore(file, { maxBytes: 40_000 }));
  await unit(it, tables => tables.set(1, "a", bytes(1)));
  const next = random(1);
  const large = Uint8Array.from({ length: 60_000 }, () => next(256));
  const bytesNeeded = 60_000 + 9 + "1/big".length + 32 + "header".length;
  await assert.rejects(
    unit(it, tables => tables.set(1, "big", large)),
    { kind: "quota", bytesNeeded },
  );
  await unit(it, tables => (tables.delete(1, "big"), tables.set(1, "b", bytes(2))));
  await it.persistence.close();
  assert.deepEqual(await reopened(sqliteStore(file)), { "1/a": "\x01", "1/b": "\x02" });
});

test("eraseStore empties a damaged file", async () => {
  await fill();
  execute("DELETE FROM records WHERE name = 'header'");
  await refused("damaged", "is damaged: its header is missing, and 2 records are there");
  await eraseStore({ store: sqliteStore(file) });
  assert.deepEqual(await reopened(sqliteStore(file)), {});
});

test("a file that someone else has written to is not written to", async () => {
  await fill();
  const it = await open(sqliteStore(file));
  execute("DELETE FROM records");
  const message = /was changed or emptied by someone else since it was opened/;
  await assert.rejects(
    unit(it, tables => tables.set(1, "b", bytes(1))),
    { kind: "failed", message },
  );
  await it.persistence.close({ discard: true });
  assert.deepEqual(await reopened(sqliteStore(file)), {});
});

test("a second process waits, reads only, or is refused", () =>
  waitForAnother("sqliteStore", file, () => sqliteStore(file), `SQLite store '${file}'`));

test("a process that is killed at any moment leaves the state after some whole unit, and no lock", () =>
  killAtAnyMoment("sqliteStore", file, () => sqliteStore(file)));
