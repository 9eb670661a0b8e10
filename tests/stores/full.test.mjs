// A localStorage that is full to the last character: what frees room needs none, and a page that ends on the way leaves
// the state before or after a whole commit. Quotas of many sizes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FORMS, decodeEntry, encodeEntry } from "../../js/dist/stores/storage-entry.js";
import { FakeStorage, contents, onStorage, open, random, reopened, storageOf, unit } from "./fakes.mjs";

const QUOTAS = Array.from({ length: 24 }, (_, i) => 700 + i * i * 60 + i);

/** A store that fills its quota: with keys of many sizes until no more fit, then with somebody else's entry. */
async function filled(quota, seed) {
  const next = random(seed);
  const storage = new FakeStorage();
  storage.quota = quota;
  const it = await open(onStorage(storage));
  for (let i = 0, size = 1 + next(quota >> 2); size > 0; i++) {
    const value = Uint8Array.from({ length: size }, () => next(256));
    const [id, key] = [1 + next(3), `k${i}`];
    const error = await unit(it, tables => tables.set(id, key, value)).catch(error => error);
    if (!error) continue;
    assert.equal(error.kind, "quota");
    it.tables.delete(id, key);
    size = size >> 1;
  }
  await it.persistence.commit();
  const room = quota - storage.used;
  if (room > 1) storage.items.set("x", " ".repeat(room - 1));
  return { it, storage, next };
}

/** Every moment of what `work` does to the storage, and the one after it. */
async function momentsOf(storage, work) {
  const moments = [];
  storage.onChange = items => moments.push(new Map(items));
  await work();
  storage.onChange = () => {};
  return [...moments, new Map(storage.items)];
}

const text = state => JSON.stringify(state);

/** Each moment opens as one of the states, later ones never before earlier ones; the last as the last. */
async function inOrder(moments, states) {
  let reached = 0;
  for (const items of moments) {
    const state = text(await reopened(onStorage(storageOf(items))));
    const place = states.findIndex((known, i) => i >= reached && text(known) === state);
    assert.ok(place >= 0, "a state that never was");
    reached = place;
  }
  assert.equal(text(await reopened(onStorage(storageOf(moments.at(-1))))), text(states.at(-1)));
}

const keysOf = tables => [...tables.entries()].flatMap(([id, table]) => [...table.keys()].map(key => [id, key]));

for (const quota of QUOTAS) {
  test(`quota ${quota}: key after key is deleted, in any order`, async () => {
    const { it, storage, next } = await filled(quota, quota);
    for (let keys = keysOf(it.tables); keys.length > 0;) {
      const [[id, key]] = keys.splice(next(keys.length), 1);
      const before = contents(it.tables);
      const moments = await momentsOf(storage, () => unit(it, tables => tables.delete(id, key)));
      await inOrder(moments, [before, contents(it.tables)]);
    }
    assert.deepEqual(await reopened(onStorage(storage)), {});
  });

  test(`quota ${quota}: all keys are deleted in one commit, by a new session`, async () => {
    const { it, storage } = await filled(quota, quota + 1);
    await it.persistence.close();
    const other = await open(onStorage(storage));
    const before = contents(other.tables);
    const moments = await momentsOf(storage, () =>
      unit(other, tables => keysOf(tables).forEach(([id, key]) => tables.delete(id, key))),
    );
    await inOrder(moments, [before, {}]);
  });

  test(`quota ${quota}: clear() as the first call of a new session`, async () => {
    const { it, storage } = await filled(quota, quota + 2);
    await it.persistence.close();
    const other = await open(onStorage(storage));
    await other.persistence.clear();
    assert.deepEqual(await reopened(onStorage(storage)), {});
  });

  test(`quota ${quota}: what does not fit says how much is needed, and deletions go on`, async () => {
    const { it, storage, next } = await filled(quota, quota + 3);
    const before = contents(it.tables);
    it.tables.set(
      1,
      "large",
      Uint8Array.from({ length: quota }, () => next(256)),
    );
    const error = await it.persistence.commit().catch(error => error);
    assert.equal(error.kind, "quota");
    assert.ok(error.bytesNeeded > quota);
    assert.deepEqual(await reopened(onStorage(storageOf(new Map(storage.items)))), before);
    await unit(it, tables => keysOf(tables).forEach(([id, key]) => tables.delete(id, key)));
    assert.deepEqual(await reopened(onStorage(storage)), {});
  });
}

/** What a version without a head left: the same entries in its form. */
function asEarly(storage) {
  const items = new Map();
  for (const [key, text] of storage.items) {
    const entry = decodeEntry(key, text);
    if (entry && entry.form !== FORMS.HEAD) items.set(key, encodeEntry(key, { ...entry, form: FORMS.EARLY }));
  }
  return storageOf(items);
}

test("a store of a version without a head opens, gets one with its next commit, and is checked from then on", async () => {
  const { it, storage } = await filled(5000, 3);
  await it.persistence.close();
  const early = asEarly(storage);
  const opened = await open(onStorage(early));
  assert.deepEqual(contents(opened.tables), contents(it.tables));
  const before = contents(opened.tables);
  const moments = await momentsOf(early, () => unit(opened, tables => tables.set(1, "new", Uint8Array.of(1))));
  await inOrder(moments, [before, contents(opened.tables)]);
  const newest = [...early.items.keys()]
    .filter(key => decodeEntry(key, early.items.get(key)).form !== FORMS.HEAD)
    .sort((a, b) => decodeEntry(a, early.items.get(a)).sequence - decodeEntry(b, early.items.get(b)).sequence)
    .at(-1);
  early.items.delete(newest);
  await assert.rejects(open(onStorage(early)), { kind: "damaged" });
});

test("a store of a version without a head that is full to the last character can be emptied", async () => {
  const { it, storage } = await filled(5000, 4);
  await it.persistence.close();
  const early = asEarly(storage);
  early.quota = early.used;
  const opened = await open(onStorage(early));
  for (const [id, key] of keysOf(opened.tables)) await unit(opened, tables => tables.delete(id, key));
  assert.deepEqual(await reopened(onStorage(early)), {});
});
