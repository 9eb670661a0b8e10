// Two openings of one store without a lock, as README's: the second of two writers gets an error that says why, and what the
// first has written is whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { Random } from "../abi/random.mjs";

/** As the store in README. */
const readmeStore = records => ({
  load: () => records,
  commit(changes, known) {
    if (!known.map(String).includes(String(records.get("header")))) throw new Error("someone else has written to it");
    for (const { name, bytes } of changes) bytes ? records.set(name, bytes) : records.delete(name);
  },
  clear: () => records.clear(),
});

const STORES = {
  "README's store": [readmeStore, /^the store could not commit: someone else has written to it$/],
  "the store in memory": [
    memoryStore,
    /^memory store was changed or emptied by someone else since it was opened, so nothing was written/,
  ],
};
const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );

for (const [what, [storeOf, message]] of Object.entries(STORES)) {
  for (const how of ["open", "openWorker"]) {
    test(`${what}, ${how}: the second of two writers gets an error, loses nothing in memory, and spoils nothing`, async () => {
      const records = new Map();
      const [first, second] = await Promise.all([1, 2].map(() => LuaPersistent[how]({ store: storeOf(records) })));
      await first.run("Memory.list = { 1, 2, 3 } Memory.by = 'first'");
      const before = new Map(records);
      for (let i = 1; i <= 2; i++) {
        const error = await rejection(second.run("Memory.by = 'second' return 7"));
        assert.deepEqual([error.name, error.kind, error.result.values], ["StoreError", "failed", [7]]);
        assert.match(error.message, message);
      }
      assert.deepEqual(records, before);
      assert.deepEqual((await rejection(second.run("return Memory.by"))).result.values, ["second"]);
      await first.run("Memory.by = 'first again'");
      await first.close();
      await second.close({ discard: true });
      const third = await LuaPersistent[how]({ store: storeOf(records) });
      assert.deepEqual((await third.run("return Memory.by, #Memory.list")).values, ["first again", 3]);
      await third.close();
    });
  }

  test(`${what}: openings that take turns, and open again after an error, have what was committed and no more`, async () => {
    const random = new Random(7);
    const records = new Map();
    const openings = [null, null, null];
    const wanted = {};
    let refused = 0;
    for (let step = 0; step < 300; step++) {
      const at = random.below(openings.length);
      openings[at] ??= await LuaPersistent.open({ store: storeOf(records) });
      const [key, value] = [`k${random.below(5)}`, random.below(3) === 0 ? "nil" : String(step)];
      const error = await openings[at].run(`Memory.${key} = ${value}`).then(
        () => null,
        error => error,
      );
      if (error === null) wanted[key] = value;
      else {
        assert.match(error.message, message);
        refused++;
        await openings[at].close({ discard: true });
        openings[at] = null;
      }
    }
    assert.ok(refused > 20, `${refused} were refused`);
    const lua = await LuaPersistent.open({ store: storeOf(records) });
    for (const [key, value] of Object.entries(wanted)) assert.equal(String(lua.table(1).get(key) ?? "nil"), value);
  });
}

/** A store that notes what it is given as known; `fails` says what the next commits do before they throw. */
function noting(records) {
  const { commit, ...others } = memoryStore(records);
  const store = { ...others, seen: [], written: [], fails: null };
  store.commit = (changes, known) => {
    store.seen.push(known.map(String));
    store.written.push(String(changes.at(-1).bytes));
    if (store.fails === "not written") throw new Error("boom");
    commit(changes, known);
    if (store.fails === "written") throw new Error("boom");
  };
  return store;
}

test("a store is given the header that it has: none at first, then what was read or committed last", async () => {
  const store = noting(new Map());
  for (let opening = 0; opening < 2; opening++) {
    const lua = await LuaPersistent.open({ store });
    await lua.run(`Memory.a = ${opening}`);
    await lua.run(`Memory.b = ${opening}`);
    await lua.close();
  }
  assert.deepEqual(store.seen, [["undefined"], ...store.written.slice(0, -1).map(header => [header])]);
});

test("after commits that failed, or only seemed to, the store may have what they would have made", async () => {
  const store = noting(new Map());
  const lua = await LuaPersistent.open({ store });
  await lua.run("Memory.a = 1");
  for (const fails of ["written", "not written", "written"]) {
    store.fails = fails;
    await assert.rejects(lua.run("Memory.a = Memory.a + 1"), /boom/);
  }
  store.fails = null;
  await lua.run("Memory.a = 10");
  assert.deepEqual(store.seen.at(-1), store.written.slice(0, 4));
  await lua.run("Memory.a = 11");
  assert.deepEqual(store.seen.at(-1), [store.written[4]]);
});

test("of very many commits that failed, the store is told the first and the last: it may have those", async () => {
  const store = noting(new Map());
  const lua = await LuaPersistent.open({ store });
  await lua.run("Memory.a = 0");
  store.fails = "not written";
  for (let i = 1; i <= 100; i++) await assert.rejects(lua.run(`Memory.a = ${i}`), /boom/);
  store.fails = null;
  await lua.run("Memory.a = 'all'");
  const known = store.seen.at(-1);
  assert.equal(known.length, 64);
  assert.deepEqual(known.slice(0, 30), store.written.slice(0, 30));
  assert.deepEqual(known.slice(-30), store.written.slice(-31, -1));
});
