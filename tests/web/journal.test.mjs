// The journal of external tables: it is called before every change, and can prevent it.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ExternalTables } from "../../js/dist/core/external-tables.js";

const A = Uint8Array.of(1);
const B = Uint8Array.of(2);
let tables, notes;

beforeEach(() => {
  tables = new ExternalTables();
  notes = [];
  tables.journal = (id, key, before) => notes.push([id, key, before, tables.get(id, key)]);
});

const refuse = () => {
  tables.journal = () => {
    throw new Error("refused");
  };
};
const contents = () => [...tables.entries()].map(([id, table]) => [id, [...table]]);

test("a new key is noted without bytes, a changed one with those it has, before the change", () => {
  tables.set(1, "k", A);
  tables.set(1, "k", B);
  assert.deepEqual(notes, [
    [1, "k", undefined, undefined],
    [1, "k", A, A],
  ]);
});

test("deleting is noted, and only when there is something to delete", () => {
  tables.set(1, "k", A);
  notes.length = 0;
  assert.equal(tables.delete(1, "k"), true);
  assert.equal(tables.delete(1, "k"), false);
  assert.equal(tables.delete(2, "k"), false);
  assert.deepEqual(notes, [[1, "k", A, A]]);
});

test("taking over notes every old key with its bytes, and every new one that was not there", () => {
  tables.set(1, "same", A);
  tables.set(2, "old", B);
  notes.length = 0;
  const other = new ExternalTables();
  other.set(1, "same", B);
  other.set(1, "new", A);
  other.set(3, "new", A);
  tables.takeOver(other);
  const told = notes.map(([id, key, before]) => [id, key, before]);
  assert.deepEqual(told, [
    [1, "same", A],
    [2, "old", B],
    [1, "new", undefined],
    [3, "new", undefined],
  ]);
  assert.deepEqual(contents(), [
    [
      1,
      [
        ["same", B],
        ["new", A],
      ],
    ],
    [3, [["new", A]]],
  ]);
});

test("what the journal throws prevents every kind of change, and nothing is left half done", () => {
  tables.set(1, "k", A);
  const before = contents();
  const { byteCount } = tables;
  refuse();
  const other = new ExternalTables();
  other.set(1, "x", B);
  for (const change of [
    () => tables.set(1, "k", B),
    () => tables.set(1, "new", B),
    () => tables.set(2, "new", B),
    () => tables.delete(1, "k"),
    () => tables.takeOver(other),
  ]) {
    assert.throws(change, /refused/);
    assert.deepEqual(contents(), before);
    assert.equal(tables.byteCount, byteCount);
    assert.equal(tables.tableCount, 1);
  }
});

test("without a journal tables take everything", () => {
  tables.journal = null;
  tables.set(1, "k", A);
  tables.delete(1, "k");
  tables.takeOver(new ExternalTables());
  assert.deepEqual(notes, []);
});
