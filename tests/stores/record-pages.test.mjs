// Pages of records against a plain model: entries in a Map, with commits that fail, and what an earlier version left.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RecordPages } from "../../js/dist/stores/record-pages.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { contents, open, random, reopened, unit } from "./fakes.mjs";

/** A store with one entry after the other in a Map, and what its last commit put and removed. */
class Entries {
  label = "shelf";
  put = [];
  removed = [];
  fails = false;
  #pages = new RecordPages("shelf");

  constructor(entries = new Map()) {
    this.entries = entries;
  }

  load() {
    return this.#pages.read(new Map(this.entries));
  }

  async commit(changes, options) {
    const next = new Map(this.entries);
    [this.put, this.removed] = [[], []];
    const { done } = await this.#pages.commit(
      changes,
      {
        get: async keys => keys.map(key => this.entries.get(key)),
        put: (key, bytes) => void next.set(key, bytes, this.put.push(key)),
        remove: key => void next.delete(key, this.removed.push(key)),
      },
      options,
    );
    if (this.fails) throw new Error("boom");
    this.entries = next;
    done();
  }

  clear() {
    this.entries = new Map();
    this.#pages.reset();
  }

  /** The bytes of the last commit. */
  get written() {
    return this.put.reduce((size, key) => size + key.length + this.entries.get(key).length, 0);
  }

  get size() {
    return [...this.entries.values()].reduce((size, { length }) => size + length, 0);
  }
}

const noise = (length, next) => Uint8Array.from({ length }, () => next(256));
const keysFrom =
  (count, value = i => Uint8Array.of(i & 255, i >> 8)) =>
  tables => {
    for (let i = 0; i < count; i++) tables.set(1, `k${i}`, value(i));
  };

for (let seed = 1; seed <= 6; seed++) {
  test(`seed ${seed}: whatever is changed, and whatever fails, what was committed is what is opened`, async () => {
    const next = random(seed);
    const store = new Entries();
    let it = await open(store);
    let committed = {};
    for (let i = 0; i < 150; i++) {
      it.persistence.begin();
      for (let k = next(30); k >= 0; k--) {
        const [id, key] = [1 + next(2), `k${next(60)}`];
        if (next(3) === 0) it.tables.delete(id, key);
        else it.tables.set(id, key, noise(next(4) ? next(60) : next(9000), next));
      }
      it.persistence.succeed();
      store.fails = next(5) === 0;
      await it.persistence.commit().then(
        () => (committed = contents(it.tables)),
        error => assert.equal(error.kind, "failed"),
      );
      assert.deepEqual(await reopened(new Entries(store.entries)), committed);
      if (next(10) > 0 || store.fails) continue;
      await it.persistence.close();
      it = await open(((store.fails = false), store));
    }
  });
}

test("a commit of many small records is few entries, and deleting them all leaves none but the header", async () => {
  const store = new Entries();
  const it = await open(store);
  await unit(it, keysFrom(100_000));
  assert.ok(store.put.length <= 8, `${store.put.length} entries`);
  assert.equal(Object.keys(await reopened(new Entries(store.entries))).length, 100_000);
  await it.persistence.clear();
  assert.deepEqual([...store.entries.keys()], ["header"]);
  assert.deepEqual(await reopened(new Entries(store.entries)), {});
});

test("a counter's commit writes few bytes beside a large store, and a thousand of them leave few entries", async () => {
  const store = new Entries();
  const it = await open(store);
  await unit(it, keysFrom(100_000));
  const before = store.size;
  let most = 0;
  let all = 0;
  for (let i = 0; i < 1000; i++) {
    await unit(it, tables => tables.set(1, "n", Uint8Array.of(i & 255, i >> 8)));
    most = Math.max(most, store.written);
    all += store.written;
  }
  assert.ok(all < 1000 * 300, `${all} bytes for 1000 commits`);
  assert.ok(most < 5000, `${most} bytes for one commit`);
  assert.ok(store.entries.size < 45 && store.size - before < 10_000, `${store.entries.size} entries`);
  assert.equal((await reopened(new Entries(store.entries)))["1/n"], "\xe7\x03");
});

test("what is out of date is at most as much as what is needed, and a little", async () => {
  const next = random(7);
  const store = new Entries();
  const it = await open(store);
  for (let i = 0; i < 300; i++) {
    await unit(it, tables => {
      for (let k = 0; k < 50; k++) tables.set(1, `k${next(500)}`, noise(next(200), next));
      for (let k = 0; k < 25; k++) tables.delete(1, `k${next(500)}`);
    });
    const needed = [...it.tables.entries()]
      .flatMap(([, keys]) => [...keys])
      .reduce((size, [key, { length }]) => size + key.length + length + 16, 0);
    assert.ok(store.size < 2 * needed + 80_000, `${store.size} bytes where ${needed} are needed`);
  }
});

test("where there is no room, deleting everything puts nothing", async () => {
  const store = new Entries();
  const it = await open(store);
  await unit(it, tables => (keysFrom(10)(tables), tables.set(1, "big", noise(50_000, random(1)))));
  const commit = store.commit.bind(store);
  store.commit = changes => commit(changes, { isShort: true });
  await unit(it, tables => tables.delete(1, "k1"));
  assert.ok(store.entries.has("1/big"));
  await it.persistence.clear();
  assert.deepEqual([store.put, store.entries.size], [[], 0]);
  await unit(it, tables => tables.set(1, "n", Uint8Array.of(1)));
  assert.deepEqual(await reopened(new Entries(store.entries)), { "1/n": "\x01" });
});

test("a large record is an entry of its own, written only when it changes", async () => {
  const store = new Entries();
  const it = await open(store);
  await unit(it, tables => (tables.set(1, "big", noise(50_000, random(1))), tables.set(1, "n", Uint8Array.of(1))));
  assert.deepEqual([...store.entries.keys()].sort(), ["1/big", "header", "page/00000000"]);
  await unit(it, tables => tables.set(1, "n", Uint8Array.of(2)));
  assert.ok(!store.put.includes("1/big"));
  await unit(it, tables => tables.set(1, "big", Uint8Array.of(3)));
  assert.ok(!store.entries.has("1/big"));
  assert.deepEqual(await reopened(new Entries(store.entries)), { "1/big": "\x03", "1/n": "\x02" });
});

/** A store as versions without pages wrote it: an entry a record. */
async function earlier() {
  const records = new Map();
  const it = await open(memoryStore(records));
  await unit(it, tables => (keysFrom(50)(tables), tables.set(1, "big", noise(50_000, random(1)))));
  return { records, was: contents(it.tables) };
}

test("a store that an earlier version wrote is read as it is, and becomes pages with the next commit", async () => {
  const { records, was } = await earlier();
  const store = new Entries(new Map(records));
  assert.deepEqual(await reopened(store), was);
  assert.deepEqual(store.entries, records);
  const it = await open(store);
  await unit(
    it,
    tables => (
      tables.delete(1, "k0"),
      tables.set(1, "k1", noise(9000, random(2))),
      tables.set(1, "k2", Uint8Array.of(9))
    ),
  );
  assert.deepEqual([...store.entries.keys()].sort(), ["1/big", "1/k1", "header", "page/00000000"]);
  assert.ok(!store.put.includes("1/big"));
  assert.deepEqual(await reopened(new Entries(store.entries)), contents(it.tables));
});

test("an earlier version says of a store with pages that it is newer", async () => {
  const store = new Entries();
  await unit(await open(store), keysFrom(5));
  await assert.rejects(open({ ...memoryStore(store.entries), label: "shelf" }), {
    kind: "version",
    message: /its form is 2, and 1 and 3 are known here/,
  });
});

const NOT_OPENED = "It was not opened, and nothing in it was changed";
const refused = (entries, problem) =>
  assert.rejects(open(new Entries(entries)), {
    kind: "damaged",
    message: `shelf is damaged: ${problem}. ${NOT_OPENED}`,
  });

async function threePages() {
  const store = new Entries();
  const it = await open(store);
  for (let i = 0; i < 3; i++) await unit(it, tables => tables.set(1, `k${i}`, Uint8Array.of(i)));
  return store.entries;
}

test("every byte flipped is refused, and the record is named", async () => {
  const entries = await threePages();
  const named = { record: 0, page: 0 };
  for (const [key, whole] of entries) {
    for (let at = 0; at < whole.length; at++) {
      const flipped = Uint8Array.from(whole);
      flipped[at] ^= 1;
      await assert.rejects(open(new Entries(new Map(entries).set(key, flipped))), ({ kind, message }) => {
        const [, what] = /^shelf is damaged: (page|record) '[^']+' does not match its checksum/.exec(message) ?? [];
        named[what]++;
        return kind === "damaged" && what !== undefined;
      });
    }
  }
  assert.ok(named.record > named.page, JSON.stringify(named));
  const page = Uint8Array.from(entries.get("page/00000001"));
  page[page.length - 17] ^= 1;
  await refused(new Map(entries).set("page/00000001", page), "record '1/k1' does not match its checksum");
});

test("a page that is missing, cut, swapped, too many or of an earlier commit is refused", async () => {
  const entries = await threePages();
  const [first, , last] = [0, 1, 2].map(i => entries.get(`page/0000000${i}`));
  const withPage = (i, page) => new Map(entries).set(`page/0000000${i}`, page);
  for (const i of [0, 1, 2]) {
    const fewer = new Map(entries);
    fewer.delete(`page/0000000${i}`);
    await refused(fewer, `page 'page/0000000${i}' is missing`);
  }
  for (let size = 0; size < first.length; size++)
    await refused(withPage(0, first.slice(0, size)), "page 'page/00000000' does not match its checksum");
  await refused(withPage(0, last), "page 'page/00000000' does not match its checksum");
  await refused(withPage(1, "text"), "page 'page/00000001' is not bytes");
  await refused(withPage(3, last), "it has 4 records, and should have 3");
  const later = new Entries(new Map(entries));
  await unit(await open(later), tables => tables.set(1, "k0", Uint8Array.of(77)));
  await refused(new Map(later.entries).set("header", entries.get("header")), "it has 4 records, and should have 3");
});
