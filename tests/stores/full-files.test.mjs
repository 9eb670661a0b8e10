// SQLite files and stores of other people that are full to the last byte, at quotas of many sizes: keys are deleted one by
// one, all at once and by clear(), and changes that do not fit are an error.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sqliteStore } from "../../js/dist/node.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { contents, open, random, reopened, unit } from "./fakes.mjs";

const folder = mkdtempSync(join(tmpdir(), "lua-full-"));
after(() => rmSync(folder, { recursive: true }));

/** A store of someone's own that counts bytes, and refuses what would leave more of them than `quota`. */
function countingStore(records, quota) {
  const store = memoryStore(records);
  const commit = changes => {
    const after = new Map(records);
    for (const { name, bytes } of changes) bytes ? after.set(name, bytes) : after.delete(name);
    const size = [...after].reduce((sum, [name, bytes]) => sum + name.length + bytes.length, 0);
    if (size > quota()) throw new DOMException("no room", "QuotaExceededError");
    return store.commit(changes);
  };
  return { ...store, commit };
}

let files = 0;
/** For each kind, what opens one and the same store with a quota again and again. */
const KINDS = {
  SQLite: {
    quotas: [5, 6, 7, 8, 9, 11, 14, 20, 33, 60].map(pages => pages * 4096),
    make(quota) {
      const file = join(folder, `${files++}.db`);
      return { open: () => sqliteStore(file, { maxBytes: quota }), fillUp() {} };
    },
  },
  "a store of one's own": {
    quotas: [100, 150, 333, 1000, 5000, 20_000],
    make(quota) {
      const records = new Map();
      let now = quota;
      const used = () => [...records].reduce((sum, [name, bytes]) => sum + name.length + bytes.length, 0);
      return { open: () => countingStore(records, () => now), fillUp: () => (now = used()) };
    },
  },
};

/** Fills the store with keys and values of many sizes, until not one byte more fits. */
async function filled({ open: openOne, fillUp }, quota) {
  const next = random(quota);
  const it = await open(openOne());
  for (let size = quota >> 2, i = 0; size > 0; i++) {
    const [id, key] = [1 + next(3), `${"k".repeat(1 + next(i % 7 ? 20 : 400))}${i}`];
    it.tables.set(
      id,
      key,
      Uint8Array.from({ length: 1 + next(size) }, () => next(256)),
    );
    const error = await it.persistence.commit().catch(error => error);
    if (!error) continue;
    assert.equal(error.kind, "quota");
    assert.ok(error.bytesNeeded > 0);
    it.tables.delete(id, key);
    size >>= 1;
  }
  await it.persistence.commit();
  fillUp();
  return { it, next };
}

const keysOf = tables => [...tables.entries()].flatMap(([id, table]) => [...table.keys()].map(key => [id, key]));

for (const [kind, { quotas, make }] of Object.entries(KINDS)) {
  for (const quota of quotas) {
    test(`${kind}, ${quota} bytes: key after key is deleted, in any order`, async () => {
      const store = make(quota);
      const { it, next } = await filled(store, quota);
      for (const keys = keysOf(it.tables); keys.length > 0;) {
        const [[id, key]] = keys.splice(next(keys.length), 1);
        await unit(it, tables => tables.delete(id, key));
      }
      await it.persistence.close();
      assert.deepEqual(await reopened(store.open()), {});
    });

    test(`${kind}, ${quota} bytes: values become smaller, and half of the keys go, by a new session`, async () => {
      const store = make(quota);
      await (await filled(store, quota)).it.persistence.close();
      const it = await open(store.open());
      await unit(it, tables =>
        keysOf(tables).forEach(([id, key], i) => {
          if (i % 2) tables.delete(id, key);
          else tables.set(id, key, tables.get(id, key).slice(1));
        }),
      );
      await it.persistence.close();
      assert.deepEqual(await reopened(store.open()), contents(it.tables));
    });

    test(`${kind}, ${quota} bytes: clear() as the first call of a new session`, async () => {
      const store = make(quota);
      await (await filled(store, quota)).it.persistence.close();
      const it = await open(store.open());
      await it.persistence.clear();
      await it.persistence.close();
      assert.deepEqual(await reopened(store.open()), {});
    });

    test(`${kind}, ${quota} bytes: what does not fit leaves the store as it was, and deletions go on`, async () => {
      const store = make(quota);
      const { it, next } = await filled(store, quota);
      const before = contents(it.tables);
      const keys = keysOf(it.tables);
      it.tables.set(
        7,
        "large",
        Uint8Array.from({ length: 2 * quota }, () => next(256)),
      );
      if (keys.length > 0) it.tables.delete(...keys[0]);
      const error = await it.persistence.commit().catch(error => error);
      assert.equal(error.kind, "quota");
      assert.ok(error.bytesNeeded > 2 * quota);
      await it.persistence.close({ discard: true });
      assert.deepEqual(await reopened(store.open()), before);
      const again = await open(store.open());
      for (const [id, key] of keys) await unit(again, tables => tables.delete(id, key));
      await again.persistence.close();
      assert.deepEqual(await reopened(store.open()), {});
    });
  }
}
