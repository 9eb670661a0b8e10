// Leases: who has a store, for how long, and what becomes of one who was away.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { LuaPersistent } from "../../js/dist/index.js";
import { bytes, open, reopened, unit } from "../stores/fakes.mjs";
import { kill, waitForAnother, writer } from "../stores/writers.mjs";
import { eachDatabase } from "./databases.mjs";

/** Milliseconds. Others wait so long; and a process that a busy machine keeps waiting must say in time that it is there. */
const LEASE = 1000;
const put = (key, value) => tables => tables.set(1, key, bytes(value));

eachDatabase((it, database, { kind, address, client, storeOf }) => {
  const label = `${kind === "redis" ? "Redis" : "PostgreSQL"} store`;
  const pathOf = name => JSON.stringify({ address: address(), name, lease: LEASE });

  it("a second process waits, reads only, or is refused", () =>
    waitForAnother(kind, pathOf("busy"), () => storeOf("busy", { lease: LEASE }), `${label} 'busy'`));

  it("a process that was stopped for longer than its lease cannot overwrite its successor", async () => {
    const paused = await writer(kind, pathOf("paused"));
    const said = new Promise(resolve => paused.child.once("exit", resolve));
    paused.child.kill("SIGSTOP");
    const next = await open(storeOf("paused", { lease: LEASE }));
    await unit(next, tables => (tables.set(1, "unit", bytes(0, 0, 0, 7)), tables.set(1, "by", bytes(2))));
    const before = await reopened(storeOf("paused"), { whenBusy: "readOnly" });
    paused.child.kill("SIGCONT");
    assert.equal(await said, 1, "it ends by an error");
    await next.persistence.close();
    assert.deepEqual(await reopened(storeOf("paused")), before);
  });

  it("an open store stays its writer's, however long", async () => {
    const here = await open(storeOf("kept", { lease: LEASE }));
    await setTimeout(2 * LEASE);
    await assert.rejects(open(storeOf("kept"), { whenBusy: "refuse" }), { kind: "busy" });
    await unit(here, put("a", 1));
    await here.persistence.close();
  });

  it("a second opening in the same process is somebody else", async () => {
    const here = await open(storeOf("same"));
    await assert.rejects(open(storeOf("same"), { whenBusy: "refuse" }), { kind: "busy" });
    await here.persistence.close();
    await (await open(storeOf("same"), { whenBusy: "refuse" })).persistence.close();
  });

  it("a hundred open stores say that they are there as often as one", async () => {
    let said = 0;
    const counting = new Proxy(client(), {
      get(target, name) {
        const value = target[name];
        if (typeof value !== "function") return value;
        return (...args) => {
          if (/lua_holders VALUES|'PX'/.test(JSON.stringify(args))) said++;
          return value.apply(target, args);
        };
      },
    });
    const stores = Array.from({ length: 100 }, (_, i) =>
      database.storeOf(counting, { name: `many${i}`, lease: 60_000 }),
    );
    const locks = [];
    for (const store of stores) locks.push(await store.lock("refuse"));
    for (const lock of locks) await lock.release();
    assert.equal(said, 1);
  });

  it("a run whose store was taken over rejects with its result, and the next opening has what the other wrote", async () => {
    const dead = await writer(kind, pathOf("run"));
    await kill(dead);
    const lua = await LuaPersistent.open({ store: storeOf("run") });
    await lua.run("Memory.a = 1");
    // Whoever takes over does so when the lease has run out; here it is taken by force.
    if (kind === "redis") await client().hSet("lua:store:run", "owner", "other:1");
    else await client().query("UPDATE lua_stores SET owner = 'other:1' WHERE name = 'run'");
    await assert.rejects(lua.run("Memory.a = 2 return 7"), error => {
      assert.deepEqual([error.name, error.kind, error.result.values], ["StoreError", "lost", [7]]);
      return true;
    });
    await lua.close({ discard: true });
    const again = await LuaPersistent.open({ store: storeOf("run") });
    assert.deepEqual((await again.run("return Memory.a")).values, [1]);
    await again.close();
  });

  it("a layout of a newer version is refused as newer", async () => {
    const here = await open(storeOf("new"));
    await unit(here, put("a", 1));
    await here.persistence.close();
    if (kind === "redis") await client().hSet("lua:store:new", "form", "2");
    else await client().query("UPDATE lua_stores SET form = 2 WHERE name = 'new'");
    await assert.rejects(open(storeOf("new")), {
      kind: "version",
      message: `${label} 'new' was written by a newer version of this library: its layout is 2, and 1 is known here. It was not opened, and nothing in it was changed`,
    });
  });

  it("options and clients that make no sense are errors that say what would", () => {
    const wrong = [
      [{ name: "" }, /^the name of a store is a string of 1 to 500 characters, none of them NUL$/],
      [{ name: "a\0" }, /^the name of a store/],
      [{ lease: 5 }, /^lease is 5, and must be milliseconds: an integer from 100 on$/],
      [{ patience: "1" }, /^patience is 1, and must be milliseconds/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => database.storeOf(client(), options), { name: "TypeError", message });
    }
    for (const nothing of [undefined, null, {}, "localhost"]) {
      assert.throws(() => database.storeOf(nothing), { name: "TypeError", message: /Store takes a .* of the package/ });
    }
  });
});
