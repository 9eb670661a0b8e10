// The bookkeeping of entries in a Storage, against counting everything anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { StorageLog } from "../../js/dist/stores/storage-log.js";
import { FORMS, changeSize, decodeEntry, encodeEntry, markOf } from "../../js/dist/stores/storage-entry.js";
import { bytes, random } from "./fakes.mjs";

/** Which of the model's entries has the latest change of a name, unless that is a deletion that deletes nothing. */
function neededSlot(model, name) {
  const all = [...model.values()].filter(({ changes }) => changes.some(change => change.name === name));
  const latest = all.sort((a, b) => a.sequence - b.sequence).at(-1);
  const isDeletion = latest?.changes.find(change => change.name === name).bytes === null;
  return isDeletion && all.length === 1 ? undefined : latest?.slot;
}

function check(log, model, names) {
  assert.deepEqual(
    log.entries.map(({ slot }) => slot),
    [...model.values()].sort((a, b) => a.sequence - b.sequence).map(({ slot }) => slot),
  );
  for (const entry of log.entries) {
    const { changes } = model.get(entry.slot);
    const needed = changes.filter(({ name }) => neededSlot(model, name) === entry.slot);
    const sizeOf = list => list.reduce((sum, change) => sum + changeSize(change), 0);
    assert.deepEqual([entry.size, entry.live], [sizeOf(changes), sizeOf(needed)]);
    for (const name of names)
      assert.equal(
        log.needs(entry, name),
        needed.some(change => change.name === name),
      );
  }
  for (const name of names) {
    const holders = log.entries.filter(({ slot }) => model.get(slot).changes.some(change => change.name === name));
    assert.equal(log.holds(name), holders.length > 0);
    for (const entry of log.entries)
      assert.equal(
        log.holds(name, [entry]),
        holders.some(holder => holder !== entry),
      );
  }
}

test("sizes, and what is needed, follow every entry that comes, goes or is replaced", () => {
  const next = random(5);
  const names = Array.from({ length: 8 }, (_, i) => `1/${"k".repeat(i)}`);
  const log = new StorageLog();
  const model = new Map();
  for (let sequence = 1; sequence <= 600; sequence++) {
    const taken = log.entries.map(entry => entry.slot);
    const one = taken[next(taken.length)];
    if (taken.length > 8 || (one !== undefined && next(4) === 0)) {
      log.remove(one);
      model.delete(one);
    } else {
      const slot = one !== undefined && next(3) === 0 ? one : log.freeSlot;
      const changes = names
        .filter(() => next(3) === 0)
        .map(name => ({ name, bytes: next(3) ? new Uint8Array(next(50)) : null }));
      log.add(slot, sequence, changes);
      model.set(slot, { slot, sequence, changes });
    }
    check(log, model, names);
  }
});

test("an entry is read as it was written", () => {
  const changes = [
    { name: "1/a", bytes: bytes(0, 255) },
    { name: "1/b", bytes: null },
    { name: "", bytes: bytes() },
    { name: "1/c", bytes: new Uint8Array(50_000) },
    { name: "1/d", bytes: bytes(1), mark: markOf(1) },
    { name: "1/e", bytes: null, mark: markOf(2) },
  ];
  const written = encodeEntry("key", { form: FORMS.HEADED, sequence: 4294967295, changes });
  const { form, sequence, changes: read } = decodeEntry("key", written);
  assert.deepEqual([form, sequence], [FORMS.HEADED, 4294967295]);
  const plain = list => list.map(({ name, bytes, mark = 0 }) => [name, bytes && Buffer.from(bytes), mark]);
  assert.deepEqual(plain(read), plain(changes));
});

test("text that is no entry is told apart", () => {
  for (const text of ["", "x", "====", "AAAA", "null", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\u1234"])
    assert.equal(decodeEntry("key", text), undefined);
});

test("a mark changes no length, and two commits in a row have different ones", () => {
  const length = mark =>
    encodeEntry("key", { form: FORMS.HEADED, sequence: 1, changes: [{ name: "1/a", bytes: bytes(1), mark }] }).length;
  assert.deepEqual([length(markOf(1)), length(markOf(2))], [length(0), length(0)]);
  for (const sequence of [0, 1, 2, 4294967294]) {
    assert.notEqual(markOf(sequence), 0);
    assert.notEqual(markOf(sequence), markOf(sequence + 1));
  }
});
