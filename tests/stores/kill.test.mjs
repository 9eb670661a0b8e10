// The end of a page at any moment, against a plain model: what is opened afterwards is the state after some whole
// unit, no older than the last one that was committed. `STORE_LONG=1` for a long run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeStorage, contents, onStorage, open, random, reopened, storageOf } from "./fakes.mjs";

const LONG = process.env.STORE_LONG === "1";
const SEEDS = LONG ? 60 : 4;
const UNITS = LONG ? 200 : 60;

/** One unit of random changes of few keys, so that they meet. */
function change(tables, next) {
  for (let i = next(4); i >= 0; i--) {
    const [id, key] = [1 + next(2), `k${next(12)}`];
    if (next(3) === 0) tables.delete(id, key);
    else
      tables.set(
        id,
        key,
        Uint8Array.from({ length: next(5) ? next(40) : next(6000) }, () => next(256)),
      );
  }
}

/** Runs random units, and calls `check` with what is there before and after each single storage operation. */
async function history(seed, quotaFor, check) {
  const next = random(seed);
  const storage = new FakeStorage();
  let snapshots = [];
  storage.onChange = items => snapshots.push(new Map(items));
  let it = await open(onStorage(storage));
  let committed = contents(it.tables);
  for (let i = 0; i < UNITS; i++) {
    it.persistence.begin();
    change(it.tables, next);
    it.persistence.succeed();
    snapshots = [];
    storage.quota = quotaFor(next, storage);
    const isDurable = await it.persistence.commit().then(
      () => true,
      error => assert.equal(error.kind, "quota"),
    );
    const state = contents(it.tables);
    await check([...snapshots, new Map(storage.items)], isDurable ? [committed, state] : [committed]);
    if (isDurable) committed = state;
    if (isDurable && next(10) === 0) {
      await it.persistence.close();
      it = await open(onStorage(storage));
      assert.deepEqual(contents(it.tables), committed);
    }
  }
}

/** Each of the moments opens at the old state up to some moment, and at the new one from then on. */
async function oldThenNew(moments, states) {
  const found = [];
  for (const items of moments) {
    const state = JSON.stringify(await reopened(onStorage(storageOf(items))));
    found.push(states.findLastIndex(known => JSON.stringify(known) === state));
  }
  assert.ok(!found.includes(-1), `a state that never was: ${found}`);
  assert.deepEqual(found, [...found].sort());
  assert.equal(found.at(-1), states.length - 1);
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`localStorage, seed ${seed}: killed between any two operations`, () =>
    history(seed, () => Infinity, oldThenNew));

  test(`localStorage, seed ${seed}: the same with hardly any room`, () =>
    history(seed, (next, storage) => (next(3) === 0 ? Infinity : storage.used + next(3000)), oldThenNew));
}

test("a write that fails leaves the state after the last commit", async () => {
  const storage = new FakeStorage();
  const it = await open(onStorage(storage));
  it.tables.set(1, "a", Uint8Array.of(1));
  await it.persistence.commit();
  storage.onChange = () => {
    throw new Error("disk error");
  };
  it.tables.set(1, "a", Uint8Array.of(2));
  await assert.rejects(it.persistence.commit(), { kind: "failed" });
  assert.deepEqual(await reopened(onStorage(storage)), { "1/a": "\x01" });
});
