// LuaPool: what waits in a closed Lua of which everything is kept wakes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { LuaPool } from "../../js/dist/node.js";
import { Retries } from "../../js/dist/pool/retries.js";
import { StoreError, memoryStore } from "../../js/dist/stores.js";

/** A pool over programs in memory, by name. @param vm gives more options of a name */
function makePool(options = {}, vm = () => ({}), records = new Map()) {
  const recordsOf = name => records.get(name) ?? records.set(name, new Map()).get(name);
  const pool = new LuaPool({
    threads: 1,
    options: name => ({ store: memoryStore(recordsOf(name)), persist: "everything", ...vm(name, recordsOf(name)) }),
    ...options,
  });
  const values = async (...args) => (await pool.run(...args)).values;
  return { pool, records, values };
}

async function until(condition) {
  while (!(await condition())) await setTimeout(5);
}

const STEPS = `
  local steps, seconds = ...
  Memory.n = 0
  host.spawn(function()
    for i = 1, steps do host.sleep(seconds) Memory.n = i end
  end)`;

test("a task that sleeps wakes its Lua, though that was closed meanwhile", async () => {
  const { pool, records, values } = makePool({ idle: 40 });
  await values("a", STEPS, { args: [2, 0.4] });
  for (const n of [1, 2]) {
    await until(() => pool.getStats().open === 0);
    const before = records.get("a").get("1/n");
    await until(() => records.get("a").get("1/n") !== before);
    assert.equal(pool.getStats().wakes, n);
  }
  assert.deepEqual(await values("a", "return Memory.n"), [2]);
  await until(() => pool.getStats().open === 0);
  assert.equal(pool.getStats().evictions.idle, 3);
  assert.match(pool.metrics(), /^lua_pool_wakes_total 2$/m);
  await pool.close();
});

test("what waits for another task in the same Lua does not keep it open, nor does it wake it", async () => {
  const { pool, values } = makePool({ idle: 40 });
  await values(
    "a",
    `host.spawn(function()
      host.all(function() host.sleep(0.4) end, function() host.join(host.spawn(function() host.sleep(0.5) end)) end)
      Memory.done = true
    end)`,
  );
  await until(() => pool.getStats().open === 0);
  await until(async () => pool.getStats().wakes > 0 && (await values("a", "return Memory.done"))[0]);
  await pool.close();
});

test("one that wakes often stays open", async () => {
  const { pool, records, values } = makePool({ idle: 1000 });
  await values("a", STEPS, { args: [24, 0.1] });
  const opened = pool.getStats().opens;
  let n = 0;
  for (let before; n < 24; n++) {
    await until(() => records.get("a").get("1/n") !== before);
    before = records.get("a").get("1/n");
  }
  assert.deepEqual([opened, pool.getStats().opens], [1, 1]);
  await pool.close();
});

test("more programs than there is room for all go on, each in its turn", async () => {
  const { pool, values } = makePool({ memory: 1 });
  const names = Array.from({ length: 8 }, (_, i) => `n${i}`);
  for (const name of names) await values(name, STEPS, { args: [3, 0.02] });
  const isDone = async name => (await values(name, "return Memory.n"))[0] === 3;
  for (const name of names) await until(() => isDone(name));
  assert.ok(pool.getStats().wakes > 0);
  await pool.close();
});

test("what waits for a function of the host is asked for again by itself, when it had to be closed", async () => {
  let calls = 0;
  const wait = () => (++calls === 1 ? new Promise(() => {}) : Promise.resolve("answer"));
  const { pool, values } = makePool({ idle: 60 }, () => ({ host: { wait } }));
  await values("a", "host.spawn(function() Memory.got = host.wait() end)");
  await setTimeout(300);
  assert.deepEqual([pool.getStats().open, calls], [1, 1]);
  await pool.evict("a");
  await until(() => calls === 2);
  await until(async () => (await values("a", "return Memory.got"))[0] === "answer");
  await pool.close();
});

test("onClosed says when it wakes, before the store is let go of; another pool wakes it", async () => {
  const events = [];
  const onClosed = async (name, wakesAt) => {
    await setTimeout(20);
    events.push([name, wakesAt]);
  };
  const close = () => events.push("closed");
  const one = makePool({ onClosed }, (_, own) => ({ store: { ...memoryStore(own), close } }));
  const before = Date.now();
  // So long that it is closed before, on a busy machine too.
  await one.values("a", STEPS, { args: [1, 5] });
  await one.values("b", "x = 1");
  await one.pool.close();
  const closed = new Map(events.filter(Array.isArray));
  assert.ok(closed.get("a") >= before + 5000 && closed.get("a") < before + 60_000);
  assert.equal(closed.get("b"), Infinity);
  assert.equal(events.at(-1), "closed");
  const other = makePool({}, undefined, one.records);
  other.pool.wake("a");
  await until(() => other.pool.getStats().wakes === 1);
  await until(async () => (await other.values("a", "return Memory.n"))[0] === 1);
  await other.pool.close();
  assert.throws(() => other.pool.wake("a"), /is closed/);
});

test("one that is open elsewhere is not waited for to wake it, but to run something in it", async () => {
  const asked = [];
  let letGo;
  const gate = new Promise(resolve => (letGo = resolve));
  const { pool, values } = makePool({ idle: 60 }, (_, own) => {
    const lock = async whenBusy => {
      asked.push(whenBusy);
      if (whenBusy === "refuse") throw new StoreError("busy", "shelf", "is in use");
      await gate;
      return { readOnly: false, release() {} };
    };
    return { store: { ...memoryStore(own), lock } };
  });
  pool.wake("a");
  await until(() => asked.length === 1);
  await setTimeout(200);
  assert.deepEqual(asked, ["refuse"]);
  pool.wake("a");
  const run = values("a", "return 1");
  await until(() => asked.length === 3);
  letGo();
  assert.deepEqual([await run, asked], [[1], ["refuse", "refuse", "wait"]]);
  await pool.close();
});

test("one that is open already rests as before when it is woken", async () => {
  const { pool, values } = makePool({ idle: 60 });
  await values("a", "x = 1");
  pool.wake("a");
  await until(() => pool.getStats().open === 0);
  assert.deepEqual([pool.getStats().wakes, await values("a", "return x")], [0, [1]]);
  await pool.close();
});

/** Errors that nobody waits for, while `task` runs. */
async function reported(task) {
  const { reportError } = globalThis;
  const errors = [];
  globalThis.reportError = error => errors.push(error);
  try {
    await task();
  } finally {
    globalThis.reportError = reportError;
  }
  return errors;
}

test("one that could not be opened when it should wake is tried again, ever later; this is counted, and said once", async () => {
  const idle = 40;
  const cause = new Error("no such database");
  const opens = [];
  const { pool } = makePool({ idle }, () => {
    opens.push(performance.now());
    if (opens.length < 5) throw cause;
    return {};
  });
  const errors = await reported(async () => {
    pool.wake("a");
    await until(() => pool.getStats().wakes === 1);
  });
  assert.deepEqual([opens.length, pool.getStats().wakeFailures], [5, 4]);
  assert.match(pool.metrics(), /^lua_pool_wake_failures_total 4$/m);
  opens.slice(1).forEach((at, i) => assert.ok(at - opens[i] >= (idle * 2 ** i) / 2 - 1, `pause ${i}`));
  assert.equal(errors.length, 1);
  assert.equal(
    errors[0].message,
    "LuaPool: 'a' cannot be opened for what waits in it, which is tried again: Error: no such database",
  );
  assert.equal(errors[0].cause, cause);
  await pool.close();
});

test("the pauses between two tries have a bound, begin anew once it was open, and are those of each name", async () => {
  await reported(() => {
    const retries = new Retries(100);
    // A pause is more than half of what it can be.
    const fail = name => Math.ceil(Math.log2(retries.failed(name, "no") / 100)) + 0;
    assert.deepEqual([fail("a"), fail("a"), fail("a"), fail("b")], [0, 1, 2, 0]);
    for (let i = 0; i < 2000; i++) {
      const pause = retries.failed("a", "no");
      assert.ok(pause <= 600_000 && (i < 20 || pause >= 300_000));
    }
    retries.ended("a");
    assert.deepEqual([fail("a"), fail("b")], [0, 1]);
    assert.ok(new Retries(10 ** 6).failed("a", "no") >= 500_000);
  });
});

test("each name that cannot be opened is said once, and no more than one in a minute", async () => {
  let now = 0;
  const retries = new Retries(100, () => now);
  const said = [];
  for (const [minute, ...names] of [
    [0, "a", "b", "b"],
    [1, "a", "b", "c"],
    [2, "a", "b"],
    [3, "c"],
  ]) {
    now = minute * 60_000;
    const errors = await reported(() => names.forEach(name => retries.failed(name, "no")));
    said.push(errors.map(({ message }) => message.slice(10, 11)).join());
  }
  assert.deepEqual(said, ["a", "b", "", "c"]);
  retries.ended("a");
  now = 4 * 60_000;
  assert.equal((await reported(() => retries.failed("a", "no"))).length, 1);
});

test("a run that cannot open its Lua does not keep that from waking when it is time", async () => {
  let isThere = true;
  const { pool, records, values } = makePool({ idle: 40 }, () => {
    if (!isThere) throw new Error("no such database");
    return {};
  });
  await values("a", STEPS, { args: [1, 5] });
  await until(() => pool.getStats().open === 0);
  const before = records.get("a").get("1/n");
  isThere = false;
  await assert.rejects(values("a", "return 1"), /no such database/);
  isThere = true;
  await until(() => records.get("a").get("1/n") !== before);
  assert.deepEqual([pool.getStats().wakes, pool.getStats().wakeFailures], [1, 0]);
  await pool.close();
});
