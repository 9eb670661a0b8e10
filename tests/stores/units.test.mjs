// Units of work and their commits: what is sent, what is undone, what waits after a failed commit.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { bytes, contents, open, reopened, unit } from "./fakes.mjs";

let records, store, sent, refusals, gate;

/** A store that notes the names of each commit, waits for `gate`, and refuses as many as it is told to. */
beforeEach(() => {
  records = new Map();
  sent = [];
  refusals = 0;
  gate = null;
  const inner = memoryStore(records);
  store = {
    ...inner,
    label: "test store",
    async commit(changes) {
      sent.push(changes.map(({ name, bytes }) => (bytes ? name : `-${name}`)));
      await gate;
      if (refusals-- > 0) throw new Error("no network");
      inner.commit(changes);
    },
  };
});

/** Lets commits begin, but not end. @returns {() => void} what lets them end */
function shut() {
  let open;
  gate = new Promise(resolve => (open = resolve));
  return open;
}

test("what a unit changed is there when the store is opened again", async () => {
  const it = await open(store);
  await unit(it, tables => tables.set(1, "a", bytes(1)));
  await unit(it, tables => (tables.set(1, "a", bytes(2)), tables.set(2, "\0", bytes()), tables.delete(1, "none")));
  assert.deepEqual(await reopened(store), { "1/a": "\x02", "2/\0": "" });
});

test("only changed keys travel, each once, the header last", async () => {
  const it = await open(store);
  await unit(it, tables => (tables.set(1, "a", bytes(1)), tables.set(1, "b", bytes(1))));
  await unit(it, tables => (tables.set(1, "b", bytes(2)), tables.set(1, "b", bytes(3))));
  await unit(it, tables => tables.delete(1, "a"));
  assert.deepEqual(sent, [
    ["1/a", "1/b", "header"],
    ["1/b", "header"],
    ["-1/a", "header"],
  ]);
});

test("a unit that changes nothing in the end sends nothing", async () => {
  const it = await open(store);
  await unit(it, tables => tables.set(1, "a", bytes(1)));
  await unit(it, tables => (tables.set(1, "a", bytes(1)), tables.set(1, "x", bytes(1)), tables.delete(1, "x")));
  await unit(it, () => {});
  assert.equal(sent.length, 1);
});

test("changes outside of units are committed too", async () => {
  const { tables, persistence } = await open(store);
  tables.set(1, "a", bytes(1));
  assert.equal(persistence.hasPending, true);
  await persistence.flush();
  assert.equal(persistence.hasPending, false);
  assert.deepEqual(await reopened(store), { "1/a": "\x01" });
});

test("units that finish while a commit runs go together with the next one", async () => {
  const { tables, persistence } = await open(store);
  const opened = shut();
  const commits = [];
  for (const value of [1, 2, 3]) {
    persistence.begin();
    tables.set(1, `k${value}`, bytes(value));
    persistence.succeed();
    commits.push(persistence.commit());
    await setImmediate();
  }
  assert.deepEqual(sent, [["1/k1", "header"]]);
  opened();
  await Promise.all(commits);
  assert.deepEqual(sent, [
    ["1/k1", "header"],
    ["1/k2", "1/k3", "header"],
  ]);
});

test("a unit that begins while a commit is asked for is not torn", async () => {
  const { tables, persistence } = await open(store);
  tables.set(1, "before", bytes(1));
  persistence.begin();
  tables.set(1, "a", bytes(1));
  const asked = persistence.commit();
  tables.set(1, "b", bytes(1));
  persistence.succeed();
  await asked;
  assert.deepEqual(sent, [["1/before", "1/a", "1/b", "header"]]);
});

test("what a commit has taken is not changed by the units that follow", async () => {
  const { tables, persistence } = await open(store);
  tables.set(1, "a", bytes(1));
  tables.set(1, "big", new Uint8Array(10_000));
  const opened = shut();
  const first = persistence.commit();
  await setImmediate();
  tables.set(1, "a", bytes(2));
  tables.delete(1, "big");
  opened();
  await first;
  assert.deepEqual(contents((await open(memoryStore(new Map(records)))).tables)["1/a"], "\x01");
  await persistence.flush();
  assert.deepEqual(await reopened(store), { "1/a": "\x02" });
});

test("with rollbackOnError a failed unit leaves the tables as they were, and sends nothing", async () => {
  const { tables, persistence } = await open(store, { rollbackOnError: true });
  await unit(
    { tables, persistence },
    () => (tables.set(1, "kept", bytes(1)), tables.set(1, "gone", bytes(1)), tables.set(3, "x", bytes(1))),
  );
  const before = contents(tables);
  persistence.begin();
  tables.set(1, "kept", bytes(2));
  tables.set(1, "kept", bytes(3));
  tables.delete(1, "gone");
  tables.delete(3, "x");
  tables.set(2, "new", bytes(1));
  assert.equal(persistence.fail(), true);
  assert.deepEqual(contents(tables), before);
  await persistence.flush();
  assert.equal(sent.length, 1);
});

test("rolling back keeps what earlier units have pending", async () => {
  const { tables, persistence } = await open(store, { rollbackOnError: true });
  tables.set(1, "a", bytes(1));
  persistence.begin();
  tables.set(1, "a", bytes(2));
  persistence.fail();
  await persistence.flush();
  assert.deepEqual(await reopened(store), { "1/a": "\x01" });
});

test("without rollbackOnError a failed unit is committed", async () => {
  const { tables, persistence } = await open(store);
  persistence.begin();
  tables.set(1, "a", bytes(1));
  assert.equal(persistence.fail(), false);
  await persistence.commit();
  assert.deepEqual(await reopened(store), { "1/a": "\x01" });
});

test("a failed unit can be undone without rollbackOnError, too", async () => {
  const { tables, persistence } = await open(store);
  persistence.begin();
  tables.set(1, "a", bytes(1));
  assert.equal(persistence.fail({ undo: true }), true);
  assert.deepEqual(contents(tables), {});
});

test("memory alone keeps no journal, but rolls back when it is to", async () => {
  const plain = await open("memory");
  assert.equal(plain.tables.journal, null);
  const { tables, persistence } = await open("memory", { rollbackOnError: true });
  tables.set(1, "a", bytes(1));
  persistence.begin();
  tables.set(1, "a", bytes(2));
  persistence.fail();
  assert.deepEqual(contents(tables), { "1/a": "\x01" });
  assert.equal(persistence.hasPending, false);
  await persistence.close();
});

test("a failed commit says why, and its changes go with the next one", async () => {
  const { tables, persistence } = await open(store);
  refusals = 1;
  tables.set(1, "a", bytes(1));
  await assert.rejects(persistence.commit(), {
    name: "StoreError",
    kind: "failed",
    store: "test store",
    message: "test store could not commit: no network",
  });
  assert.equal(persistence.hasPending, true);
  tables.set(1, "b", bytes(2));
  await persistence.commit();
  assert.deepEqual(await reopened(store), { "1/a": "\x01", "1/b": "\x02" });
});

test("a commit that failed, or only seemed to, is put right by the next one", async () => {
  const { tables, persistence } = await open(store);
  await unit({ tables, persistence }, () => tables.set(1, "a", bytes(1)));
  const { commit } = store;
  // The changes arrive, and the answer does not.
  store.commit = async changes => {
    await commit(changes);
    store.commit = commit;
    throw new Error("timeout");
  };
  tables.set(1, "a", bytes(2));
  tables.set(1, "b", bytes(2));
  await assert.rejects(persistence.commit(), /timeout/);
  // Back to what was committed before: that is a change now.
  tables.set(1, "a", bytes(1));
  tables.delete(1, "b");
  await persistence.flush();
  assert.deepEqual(await reopened(store), { "1/a": "\x01" });
});

test("flush tries again, and rejects as long as the store does", async () => {
  const { tables, persistence } = await open(store);
  refusals = 2;
  tables.set(1, "a", bytes(1));
  await assert.rejects(persistence.flush(), /no network/);
  await assert.rejects(persistence.flush(), /no network/);
  await persistence.flush();
  assert.deepEqual(await reopened(store), { "1/a": "\x01" });
});

test("one failed commit does not fail the one that waits for it", async () => {
  const { tables, persistence } = await open(store);
  refusals = 1;
  tables.set(1, "a", bytes(1));
  const opened = shut();
  const first = persistence.commit();
  await setImmediate();
  tables.set(1, "b", bytes(1));
  const second = persistence.commit();
  opened();
  await assert.rejects(first, /no network/);
  await second;
  assert.deepEqual(await reopened(store), { "1/a": "\x01", "1/b": "\x01" });
});

test("clear deletes everything in one commit, and the store is no new one", async () => {
  const { tables, persistence } = await open(store);
  await unit({ tables, persistence }, () => (tables.set(1, "a", bytes(1)), tables.set(2, "b", bytes(1))));
  await persistence.clear();
  assert.deepEqual(contents(tables), {});
  assert.deepEqual(sent.at(-1), ["-1/a", "-2/b", "header"]);
  assert.deepEqual([...records.keys()], ["header"]);
});

test("close commits what is pending, and nothing is committed afterwards", async () => {
  const { tables, persistence } = await open(store);
  tables.set(1, "a", bytes(1));
  await persistence.close();
  assert.equal(tables.journal, null);
  tables.set(1, "a", bytes(2));
  await assert.rejects(persistence.commit(), { kind: "failed", message: "test store is closed" });
  await assert.rejects(persistence.clear(), /is closed/);
  await persistence.close();
  assert.deepEqual(await reopened(store), { "1/a": "\x01" });
});

test("close that cannot commit leaves the store open, unless it may discard", async () => {
  const { tables, persistence } = await open(store);
  refusals = 1;
  tables.set(1, "a", bytes(1));
  await assert.rejects(persistence.close(), /no network/);
  await persistence.commit();
  refusals = 1;
  tables.set(1, "a", bytes(2));
  await persistence.close({ discard: true });
  assert.deepEqual(await reopened(store), { "1/a": "\x01" });
});

test("units are not nested", async () => {
  const { persistence } = await open(store);
  persistence.begin();
  assert.throws(() => persistence.begin(), /running already/);
  persistence.succeed();
  assert.throws(() => persistence.succeed(), /no unit of work is running/);
  assert.throws(() => persistence.fail(), /no unit of work is running/);
});
