// Random use of stores against plain Maps: units that succeed, fail and are rolled back, commits that fail, changes
// outside of units, clearing, closing and opening again. `STORE_LONG=1` for a long run.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { folderStore, sqliteStore } from "../../js/dist/node.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { FakeStorage, contents, onStorage, open, random } from "./fakes.mjs";

const LONG = process.env.STORE_LONG === "1";
const STEPS = LONG ? 5000 : 150;
const SEEDS = LONG ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 2];

const folder = mkdtempSync(join(tmpdir(), "lua-stores-"));
after(() => rmSync(folder, { recursive: true }));

/** A store that may be told to fail its next commit, before or after it took effect. */
function unreliable(store) {
  let failure = null;
  const commit = store.commit.bind(store);
  store.commit = async changes => {
    const now = failure;
    failure = null;
    if (now === "before") throw new Error("unreliable");
    await commit(changes);
    if (now === "after") throw new Error("unreliable");
  };
  return { store, failNext: when => (failure = when) };
}

/** For each kind what makes, for a seed, what opens one and the same store again and again. */
const KINDS = {
  "a Map":
    (_, records = new Map()) =>
    () =>
      memoryStore(records),
  localStorage:
    (_, storage = new FakeStorage()) =>
    () =>
      onStorage(storage),
  SQLite: seed => () => sqliteStore(join(folder, `${seed}.db`)),
  "a folder": seed => () => folderStore(join(folder, `${seed}`)),
};

class Model {
  now = new Map();
  before = null;

  begin() {
    this.before = new Map(this.now);
  }

  undo() {
    this.now = this.before;
  }

  get contents() {
    return Object.fromEntries([...this.now].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function change(tables, model, next) {
  const [id, key] = [next(3), String.fromCharCode(next(256)).repeat(next(3))];
  if (next(3) === 0) {
    tables.delete(id, key);
    model.now.delete(`${id}/${key}`);
  } else {
    const value = new Uint8Array(next(8) ? next(30) : 5000 + next(100)).fill(next(256));
    tables.set(id, key, value);
    model.now.set(`${id}/${key}`, Buffer.from(value).toString("latin1"));
  }
}

async function walk(seed, storeOf) {
  const next = random(seed);
  const model = new Model();
  const rollbackOnError = seed % 2 === 0;
  let current, it;
  const openAgain = async () => {
    current = unreliable(storeOf());
    it = await open(current.store, { rollbackOnError });
  };
  await openAgain();
  const commit = async () => {
    current.failNext([null, null, null, "before", "after"][next(5)]);
    await it.persistence.commit().catch(error => assert.match(error.message, /unreliable/));
    current.failNext(null);
  };
  const steps = [
    () => change(it.tables, model, next),
    ...Array(4).fill(() => {
      it.persistence.begin();
      model.begin();
      for (let i = next(4); i >= 0; i--) change(it.tables, model, next);
      if (next(3)) it.persistence.succeed();
      else if (it.persistence.fail()) model.undo();
      if (next(3)) return commit();
    }),
    () => commit(),
    () => next(10) || it.persistence.clear().then(() => (model.now = new Map())),
    async () => {
      await it.persistence.close();
      await openAgain();
    },
  ];
  for (let i = 0; i < STEPS; i++) {
    await steps[next(steps.length)]();
    assert.deepEqual(contents(it.tables), model.contents, `after step ${i}`);
  }
  await it.persistence.close();
}

for (const [kind, make] of Object.entries(KINDS)) {
  for (const seed of SEEDS) {
    test(`${kind}, seed ${seed}: the tables and the store are always those of the model`, () => walk(seed, make(seed)));
  }
}
