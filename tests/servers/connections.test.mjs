// Connections that break while a commit is under way: it is made once, or the error says that this is not known, and what was
// long under way changes nothing any more.
import assert from "node:assert/strict";
import { bytes, contents, open, reopened, unit } from "../stores/fakes.mjs";
import { eachDatabase } from "./databases.mjs";
import { Proxy } from "./proxy.mjs";

const put = (key, value) => tables => tables.set(1, key, bytes(value));

eachDatabase((it, database, { address, storeOf }) => {
  /** A store whose connections go through a proxy. */
  async function between(name, options, run) {
    const { path, target, through, marker } = database.between(address());
    const proxy = new Proxy(path, target, marker);
    await proxy.start();
    const client = await database.connect(through);
    try {
      await run(proxy, () => database.storeOf(client, { name, lease: 5000, ...options }), client);
    } finally {
      await database.end(client);
      await proxy.stop();
    }
  }

  for (const [fate, times] of [
    ["lost", 2],
    ["unanswered", 1],
    ["late", 2],
  ]) {
    it(`a commit whose request is ${fate} when the connection breaks is made, and once`, () =>
      between(`fate ${fate}`, {}, async (proxy, store) => {
        const writer = await open(store());
        await unit(writer, put("a", 1));
        proxy.seen = 0;
        proxy.next = fate;
        await unit(writer, put("b", 2));
        assert.equal(proxy.seen, times);
        assert.equal(writer.persistence.hasPending, false);
        await unit(writer, tables => (tables.delete(1, "b"), tables.set(1, "c", bytes(3))));
        await proxy.deliver?.();
        await unit(writer, put("d", 4));
        await writer.persistence.close();
        assert.deepEqual(await reopened(storeOf(`fate ${fate}`)), contents(writer.tables));
      }));
  }

  it("a late request of a writer that gave up is refused, also when the contents are the same again", () =>
    between("late", {}, async (proxy, store) => {
      const writer = await open(store());
      await unit(writer, put("a", 1));
      proxy.next = "late";
      await unit(writer, put("a", 2));
      await unit(writer, put("a", 1));
      await proxy.deliver();
      await writer.persistence.close();
      assert.deepEqual(await reopened(storeOf("late")), { "1/a": "\x01" });
    }));

  it("an answer that does not come is given up on, and the commit goes another way", () =>
    between("silent", { patience: 1000 }, async (proxy, store) => {
      const writer = await open(store());
      await unit(writer, put("a", 1));
      proxy.next = "ignored";
      const slow = unit(writer, put("a", 2));
      // A client with one connection waits for its answer; this one has to end first.
      setTimeout(() => proxy.cut(), 300);
      await slow;
      await writer.persistence.close();
      assert.deepEqual(await reopened(storeOf("silent")), { "1/a": "\x02" });
    }));

  for (const fate of ["lost", "unanswered"]) {
    it(`while nothing can be reached, a commit whose request was ${fate} says that it may have been made; the next one finds out`, () =>
      between(`away ${fate}`, { patience: 1000 }, async (proxy, store) => {
        const writer = await open(store());
        await unit(writer, put("a", 1));
        proxy.next = fate;
        proxy.closes = true;
        await assert.rejects(unit(writer, put("a", 2)), {
          name: "StoreError",
          kind: "failed",
          message:
            /^\w+ store 'away \w+' may have made the last commit or not: .*\. The changes are kept in memory, and the next commit finds out$/,
        });
        assert.equal(writer.persistence.hasPending, true);
        proxy.open();
        await unit(writer, put("b", 3));
        await writer.persistence.close();
        assert.deepEqual(await reopened(storeOf(`away ${fate}`)), { "1/a": "\x02", "1/b": "\x03" });
      }));
  }

  it("a writer that cannot reach the database is succeeded, and what it sends later is refused", () =>
    between("succeeded", { lease: 400, patience: 1000 }, async (proxy, store) => {
      const writer = await open(store());
      await unit(writer, put("a", 1));
      await proxy.stop();
      const next = await open(storeOf("succeeded"));
      await unit(next, put("a", 2));
      await proxy.start();
      await assert.rejects(unit(writer, put("a", 3)), {
        kind: "lost",
        message:
          /^\w+ store 'succeeded' was taken over by someone else, for its lease had run out\. Nothing was written\. Open the store again$/,
      });
      await next.persistence.close();
      await assert.rejects(unit(writer, put("a", 3)), { kind: "lost" });
      await writer.persistence.close({ discard: true });
      assert.deepEqual(await reopened(storeOf("succeeded")), { "1/a": "\x02" });
    }));

  it("a store closes though its database cannot be reached, and others have it after the lease", () =>
    between("closed", { lease: 400, patience: 1000 }, async (proxy, store) => {
      const writer = await open(store());
      await unit(writer, put("a", 1));
      await proxy.stop();
      await writer.persistence.close();
      await proxy.start();
      assert.deepEqual(await reopened(storeOf("closed")), { "1/a": "\x01" });
    }));

  it("a lease that could not be given back is given back later, though its process stays with other stores", () =>
    between("owed", { lease: 600, patience: 1000 }, async (proxy, store, client) => {
      const other = await open(database.storeOf(client, { name: "owed too", lease: 600 }));
      const writer = await open(store());
      await unit(writer, put("a", 1));
      await proxy.stop();
      await writer.persistence.close();
      await proxy.start();
      const signal = AbortSignal.timeout(20_000);
      assert.deepEqual(await reopened(storeOf("owed"), { signal }), { "1/a": "\x01" });
      await unit(other, put("a", 1));
      await other.persistence.close();
    }));
});
