// What every kind of store does, one test each: `conforms(test, makePlace)`. A place is where a store can be opened again and
// again; the tests know nothing else of it.
import assert from "node:assert/strict";
import { LuaPersistent } from "../../js/dist/index.js";
import { eraseStore } from "../../js/dist/stores/open-store.js";
import { bytes, contents, open, random, reopened, unit } from "./fakes.mjs";

/**
 * @typedef {object} Place
 * @property {() => object} store one that has what the earlier ones of this place had
 * @property {boolean} [isUnlocked] whether the caller makes sure that there is one writer
 */

/** Every byte, a slash, a name that is no index's, and nothing. */
const KEYS = [Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(""), "a/b", "%", "k".repeat(5000), ""];
const noise = (length, seed = 3) => {
  const next = random(seed);
  return Uint8Array.from({ length }, () => next(256));
};

/** @param {(what: string, run: () => Promise<void>) => void} test @param {() => Place} makePlace a new one */
export function conforms(test, makePlace) {
  const it = (what, run) => test(what, () => run(makePlace()));

  it("a new store has nothing, and looking at it leaves it new", async ({ store }) => {
    for (let i = 0; i < 2; i++) assert.deepEqual(await reopened(store()), {});
  });

  it("what was committed is there when it is opened again, whatever the keys and the sizes", async ({ store }) => {
    const first = await open(store());
    await unit(first, tables => {
      for (const [i, key] of KEYS.entries()) tables.set(i + 1, key, bytes(i));
      tables.set(9, "empty", bytes());
      tables.set(9, "large", noise(2_000_000));
      tables.set(9, "gone", noise(9000));
    });
    await unit(
      first,
      tables => (tables.set(1, KEYS[0], noise(5000)), tables.delete(9, "gone"), tables.delete(4, KEYS[3])),
    );
    await first.persistence.close();
    assert.deepEqual(await reopened(store()), contents(first.tables));
  });

  it("many records are committed at once, and deleted at once", async ({ store }) => {
    const first = await open(store());
    await unit(first, tables => {
      for (let i = 0; i < 5000; i++) tables.set(1 + (i % 7), `k${i}`, bytes(i & 255, i >> 8));
    });
    await first.persistence.close();
    const second = await open(store());
    assert.deepEqual(contents(second.tables), contents(first.tables));
    await second.persistence.clear();
    await second.persistence.close();
    assert.deepEqual(await reopened(store()), {});
  });

  it("random units, with openings between, are what a plain model has", async ({ store }) => {
    const next = random(11);
    const model = {};
    let opened = await open(store());
    for (let i = 0; i < 60; i++) {
      await unit(opened, tables => {
        for (let k = next(5); k >= 0; k--) {
          const key = `k${next(9)}`;
          const value = next(3) ? noise(next(4) ? next(30) : 6000, i + k) : undefined;
          if (value) tables.set(1, key, value);
          else tables.delete(1, key);
          if (value) model[`1/${key}`] = Buffer.from(value).toString("latin1");
          else delete model[`1/${key}`];
        }
      });
      if (next(6) > 0) continue;
      await opened.persistence.close();
      opened = await open(store());
      assert.deepEqual(contents(opened.tables), model);
    }
    await opened.persistence.close();
  });

  it("a commit over contents that someone else wrote is refused, and changes nothing", async ({ store }) => {
    const first = await open(store());
    await unit(first, tables => tables.set(1, "a", bytes(1)));
    await first.persistence.close();
    // One that goes on though it has let go.
    const stale = store();
    const lock = await stale.lock?.("refuse");
    const header = new Map(await stale.load()).get("header").slice();
    await lock?.release();
    const second = await open(store());
    await unit(second, tables => tables.set(1, "a", bytes(2)));
    await second.persistence.close();
    const changes = [
      { name: "1/b", bytes: bytes(1) },
      { name: "header", bytes: bytes(7) },
    ];
    await assert.rejects(async () => stale.commit(changes, [header]), /so nothing was written|Nothing was written/);
    await stale.close?.();
    assert.deepEqual(await reopened(store()), { "1/a": "\x02" });
  });

  it("a record that is damaged or missing is noticed, and erasing is the way on", async ({ store }) => {
    for (const damage of [noise(20), null]) {
      const here = await open(store());
      await unit(here, tables => tables.set(1, "a", noise(100, Date.now())));
      await here.persistence.close();
      const raw = store();
      const lock = await raw.lock?.("refuse");
      const header = new Map(await raw.load()).get("header");
      await raw.commit(
        [
          { name: "1/a", bytes: damage },
          { name: "header", bytes: header.slice() },
        ],
        [header.slice()],
      );
      await raw.close?.();
      await lock?.release();
      await assert.rejects(open(store()), {
        kind: "damaged",
        message: /It was not opened, and nothing in it was changed/,
      });
      await eraseStore({ store: store() });
      assert.deepEqual(await reopened(store()), {});
    }
  });

  it("a store in use is refused, read, or waited for", async ({ store, isUnlocked }) => {
    if (isUnlocked) return;
    const writer = await open(store());
    await unit(writer, tables => tables.set(1, "a", bytes(1)));
    await assert.rejects(open(store(), { whenBusy: "refuse" }), { kind: "busy" });
    await assert.rejects(open(store(), { signal: AbortSignal.timeout(60) }), { name: "TimeoutError" });
    const reader = await open(store(), { whenBusy: "readOnly" });
    assert.deepEqual([reader.persistence.readOnly, contents(reader.tables)], [true, { "1/a": "\x01" }]);
    await reader.persistence.close();
    const waiting = open(store());
    await unit(writer, tables => tables.set(1, "a", bytes(2)));
    await writer.persistence.close();
    const next = await waiting;
    assert.deepEqual([next.persistence.readOnly, contents(next.tables)], [false, { "1/a": "\x02" }]);
    await next.persistence.close();
  });

  it("Lua goes on where it was, here and in a worker", async ({ store }) => {
    for (const [i, how] of ["open", "openWorker", "open"].entries()) {
      const lua = await LuaPersistent[how]({ store: store() });
      const { values } = await lua.run(
        "Memory.n = (Memory.n or 0) + 1 Memory.t = { list = { Memory.n } } return Memory.n",
      );
      assert.deepEqual(values, [i + 1]);
      await lua.close();
    }
  });
}
