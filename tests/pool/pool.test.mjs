// LuaPool: order, turns, room, eviction, limits, and threads that are lost.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import workerThreads from "node:worker_threads";
import { LuaPool } from "../../js/dist/node.js";
import { StoreError, memoryStore } from "../../js/dist/stores.js";
import { collectGarbage } from "../host/opened.mjs";

/** Bytes of some Luas: of one, 2.6 MB are reserved. */
const ROOM_FOR_3 = 9_000_000;
const COUNT = "Memory.n = (Memory.n or 0) + 1 return Memory.n";

/** A pool over stores in memory, by name. */
function makePool(options = {}, vm = {}) {
  const records = new Map();
  const recordsOf = name => records.get(name) ?? records.set(name, new Map()).get(name);
  const pool = new LuaPool({
    threads: 1,
    options: async name => ({
      store: memoryStore(recordsOf(name)),
      ...(typeof vm === "function" ? await vm(name) : vm),
    }),
    ...options,
  });
  const values = async (...args) => (await pool.run(...args)).values;
  return { pool, records, values };
}

/** One that says when it has begun. */
function endlessRun(more = {}) {
  let hasBegun = false;
  const options = { ...more, onOutput: () => (hasBegun = true) };
  return { code: "print('here') io.flush() while true do end", options, hasBegun: () => hasBegun };
}

async function until(condition) {
  while (!condition()) await setTimeout(5);
}

test("runs of one name are done in order, and each sees what those before it did", async () => {
  const { pool, values } = makePool();
  const results = await Promise.all(Array.from({ length: 50 }, () => values("a", COUNT)));
  assert.deepEqual(
    results.flat(),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  assert.deepEqual(await pool.call("a", "math.max", 3, 7), [7]);
  await pool.close();
});

test("names do not see each other", async () => {
  const { pool, values } = makePool();
  await Promise.all([values("a", "x = 1 Memory.x = 1"), values("b", "Memory.y = 2")]);
  assert.deepEqual(await values("b", "return x, Memory.x, Memory.y"), [undefined, undefined, 2]);
  await pool.close();
});

test("names take turns: many runs of one do not keep another waiting", async () => {
  const { pool, values } = makePool();
  await Promise.all([values("busy", COUNT), values("other", COUNT)]);
  let done = 0;
  const busy = Array.from({ length: 200 }, () => values("busy", COUNT).then(() => done++));
  await values("other", COUNT);
  assert.ok(done < 20, `${done} runs of the other name were first`);
  await Promise.all(busy);
  await pool.close();
});

test("a Lua is closed when nothing was asked of it for a while; its tables stay, its globals do not", async () => {
  const { pool, values } = makePool({ idle: 40 });
  await values("a", "g = 1 Memory.t = { 1, 2 }");
  assert.equal(pool.getStats().open, 1);
  await until(() => pool.getStats().open === 0);
  assert.deepEqual([pool.getStats().bytes, pool.getStats().evictions.idle], [0, 1]);
  assert.deepEqual(await values("a", "return g, #Memory.t"), [undefined, 2]);
  await pool.close();
});

test("a program of which everything is kept goes on where it was closed", async () => {
  const { pool, values } = makePool({ idle: 40 }, { persist: "everything" });
  await values(
    "a",
    "local n = 6 next_n = coroutine.wrap(function() while true do n = n + 1 coroutine.yield(n) end end)",
  );
  await until(() => pool.getStats().open === 0);
  assert.deepEqual(await values("a", "return next_n()"), [7]);
  await pool.close();
});

test("open Luas take no more than the memory that is given: those that rest longest are closed", async () => {
  const { pool, values } = makePool({ memory: ROOM_FOR_3, threads: 2 });
  let most = 0;
  const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
  for (let round = 1; round <= 2; round++) {
    const runs = names.map(async name => {
      assert.deepEqual(await values(name, COUNT), [round]);
      most = Math.max(most, pool.getStats().bytes);
    });
    await Promise.all(runs);
  }
  assert.ok(most <= ROOM_FOR_3, `${most} bytes`);
  assert.ok(pool.getStats().evictions.memory >= 50);
  await pool.close();
});

test("a name that needs room gets it, though others always have something to do", async () => {
  const { pool, values } = makePool({ memory: ROOM_FOR_3 });
  let isOver = false;
  const busy = ["a", "b", "c"].map(async name => {
    while (!isOver) await Promise.all([values(name, COUNT), values(name, COUNT)]);
  });
  await setTimeout(50);
  await values("late", COUNT);
  isOver = true;
  await Promise.all(busy);
  await pool.close();
});

test("one that asks for more memory than there is runs alone", async () => {
  const { pool, values } = makePool({ memory: 1 });
  assert.deepEqual(await Promise.all([values("a", COUNT), values("b", COUNT)]), [[1], [1]]);
  await pool.close();
});

test("what waits for the host holds neither the thread nor its name", async () => {
  let go;
  const gate = new Promise(resolve => (go = resolve));
  const { pool, values } = makePool({}, { host: { gate: () => gate } });
  const waiting = values("a", "host.gate() return 'gate'");
  assert.deepEqual(await values("b", "return 'b'"), ["b"]);
  assert.deepEqual(await values("a", "return 'a'"), ["a"]);
  assert.equal(pool.getStats().running, 1);
  go();
  assert.deepEqual(await waiting, ["gate"]);
  await pool.close();
});

test("a Lua may ask another of the same pool, also when there is room for one", async () => {
  const { pool, values } = makePool({ memory: 1 }, name => ({
    host: { ask: async other => (await pool.run(other, "return 'from ' .. ...", { args: [name] })).values[0] },
  }));
  assert.deepEqual(await values("a", "return host.ask('b')"), ["from a"]);
  await pool.close();
});

test("limits are those of each name, and an error of one is none of others", async () => {
  const { pool, values } = makePool({}, name => (name === "small" ? { memoryLimit: 3_000_000, timeout: 50 } : {}));
  await assert.rejects(values("small", "while true do end"), { name: "LuaLimitError", limit: "time" });
  await assert.rejects(values("small", "return ('x'):rep(4e6)"), { name: "LuaLimitError", limit: "memory" });
  await assert.rejects(values("small", "error({ code = 7 })"), error => error.value.code === 7);
  assert.deepEqual(await values("large", "return #('x'):rep(4e6)"), [4e6]);
  const { runs, failures } = pool.getStats();
  assert.deepEqual([runs, failures], [1, 3]);
  await pool.close();
});

test("a signal ends waiting for a turn, and a run under way", async () => {
  const { pool, values } = makePool();
  const stop = new AbortController();
  const endless = values("a", "print('begun') while true do end", {
    signal: stop.signal,
    onOutput: () => stop.abort(new Error("enough")),
  });
  const later = new AbortController();
  const waits = values("a", COUNT, { signal: later.signal });
  later.abort(new Error("no more"));
  await assert.rejects(waits, /no more/);
  await assert.rejects(endless, /enough/);
  assert.deepEqual(await values("a", COUNT), [1]);
  await assert.rejects(values("a", COUNT, { signal: AbortSignal.abort(new Error("before")) }), /before/);
  await pool.close();
});

test("one that stands behind another in its thread is rejected by its signal at once, and is never run", async () => {
  const { pool, values } = makePool();
  await Promise.all([values("a", COUNT), values("b", COUNT)]);
  const stop = new AbortController();
  const { code, options, hasBegun } = endlessRun({ signal: stop.signal });
  const endless = assert.rejects(values("a", code, options), /enough/);
  await until(hasBegun);
  const leave = new AbortController();
  const behind = values("b", COUNT, { signal: leave.signal });
  leave.abort(new Error("no longer"));
  await assert.rejects(behind, /no longer/);
  stop.abort(new Error("enough"));
  await endless;
  assert.deepEqual(await values("b", COUNT), [2]);
  await pool.close();
});

test("the time of a run is counted from its beginning, not from when it was sent to its thread", async () => {
  const { pool, values } = makePool();
  await Promise.all([values("a", COUNT), values("b", COUNT)]);
  const { code, options, hasBegun } = endlessRun({ timeout: 2500 });
  const endless = assert.rejects(values("a", code, options), { limit: "time" });
  await until(hasBegun);
  // Its thread would be ended 2 seconds after its time, if it had begun.
  const behind = values("b", COUNT, { timeout: 20 });
  assert.deepEqual(await behind, [2]);
  await endless;
  assert.equal(pool.getStats().restarts, 0);
  await pool.close();
});

test("a store that cannot be opened refuses what is asked, and is tried again by what is asked next", async () => {
  let isThere = false;
  const { pool, values } = makePool({}, () => {
    if (!isThere) throw new Error("no such database");
    return {};
  });
  const refused = await Promise.allSettled([values("a", COUNT), values("a", COUNT)]);
  assert.deepEqual(
    refused.map(({ reason }) => reason.message),
    ["no such database", "no such database"],
  );
  isThere = true;
  assert.deepEqual(await values("a", COUNT), [1]);
  await pool.close();
});

test("one whose store was taken over is closed, and opened again with what the other wrote", async () => {
  const { pool, records, values } = makePool({}, name => {
    const store = memoryStore(records.get(name));
    const { commit } = store;
    let isLost = false;
    store.commit = (...args) => {
      isLost ||= isTaken;
      if (isLost) throw new StoreError("lost", "shelf", "was taken over");
      return commit(...args);
    };
    return { store };
  });
  let isTaken = false;
  await values("a", COUNT);
  isTaken = true;
  const lost = [values("a", COUNT), values("a", COUNT)];
  await assert.rejects(lost[0], { kind: "lost" });
  isTaken = false;
  assert.deepEqual(await lost[1], [2]);
  assert.equal(pool.getStats().evictions.lost, 1);
  await pool.close();
});

test("a thread that is lost takes what ran in it, and no more", async () => {
  const { Worker } = workerThreads;
  const threads = [];
  workerThreads.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      threads.push(this);
    }
  };
  try {
    const { pool, values } = makePool();
    await Promise.all(["a", "b", "c"].map(name => values(name, COUNT)));
    const { code, options, hasBegun } = endlessRun();
    const endless = values("a", code, options);
    const next = values("b", COUNT);
    const other = pool.use("c", lua => lua.get("Memory.n"));
    await until(hasBegun);
    await threads[0].terminate();
    await assert.rejects(endless, /the Lua worker ended unexpectedly/);
    assert.deepEqual(await next, [2]);
    assert.equal(await other, 1);
    assert.deepEqual(await Promise.all(["a", "b", "c"].map(name => values(name, COUNT))), [[2], [3], [2]]);
    assert.equal(threads.length, 2);
    assert.ok(pool.getStats().restarts > 0);
    await pool.close();
  } finally {
    workerThreads.Worker = Worker;
  }
});

test("nothing is kept of one that was closed", async () => {
  const { pool } = makePool({ threads: 2 });
  const luas = [];
  const names = Array.from({ length: 20 }, (_, i) => `name ${i}`);
  for (const name of names) {
    await pool.use(name, async lua => {
      luas.push(new WeakRef(lua));
      await lua.run(COUNT);
    });
  }
  for (const name of names) await pool.evict(name);
  const { open, bytes } = pool.getStats();
  assert.deepEqual({ open, bytes }, { open: 0, bytes: 0 });
  await setTimeout(20);
  collectGarbage();
  // What was used last may be in a register of the engine.
  assert.ok(luas.filter(each => each.deref()).length <= 1);
  await pool.close();
});

test("evict closes one when nothing is asked of it, so that another process can have it", async () => {
  const { pool, values } = makePool();
  const runs = Array.from({ length: 5 }, () => values("a", COUNT));
  await pool.evict("a");
  assert.equal(pool.getStats().open, 0);
  assert.deepEqual((await Promise.all(runs)).flat(), [1, 2, 3, 4, 5]);
  assert.deepEqual(await values("a", COUNT), [6]);
  await pool.evict("no such name");
  await pool.close();
});

test("closing waits for what was asked before, and refuses what comes after", async () => {
  const { pool, records, values } = makePool();
  const runs = Array.from({ length: 10 }, (_, i) => values(`n${i % 3}`, COUNT));
  const closing = pool.close();
  await assert.rejects(values("a", COUNT), { message: "this LuaPool is closed" });
  await closing;
  assert.equal((await Promise.all(runs)).length, 10);
  assert.equal(records.size, 3);
});

test("closing with discard rejects what waits", async () => {
  const { pool, values } = makePool({}, { timeout: 300 });
  const endless = values("a", "while true do end");
  const waiting = values("a", COUNT);
  await until(() => pool.getStats().running > 0);
  await Promise.all([
    pool.close({ discard: true }),
    assert.rejects(waiting, /is closed/),
    assert.rejects(endless, /closed|interrupted/),
  ]);
});

test("evict and close end when another evict, or an opening that fails, is under way", async () => {
  let fail;
  const gate = new Promise((_, reject) => (fail = reject));
  const { pool, values } = makePool({}, name => (name === "never" ? gate : {}));
  const refused = assert.rejects(values("never", COUNT), /no such database/);
  const evicting = pool.evict("never");
  fail(new Error("no such database"));
  await Promise.all([refused, evicting]);
  await values("a", COUNT);
  await Promise.all([pool.evict("a"), pool.evict("a")]);
  await values("a", COUNT);
  await Promise.all([pool.evict("a"), pool.close()]);
});

test("closing with discard waits for what is being closed", async () => {
  let state = "open";
  const close = async () => {
    state = "closing";
    await setTimeout(100);
    state = "closed";
  };
  const { pool, values } = makePool({}, () => ({ store: { ...memoryStore(), close } }));
  await values("a", COUNT);
  const evicting = pool.evict("a");
  await until(() => state === "closing");
  await pool.close({ discard: true });
  assert.equal(state, "closed");
  await evicting;
});

test("one whose store takes no changes stays open, and others go on without its room", async () => {
  let isFull = false;
  const { pool, records, values } = makePool({ memory: 1 }, name => {
    const store = memoryStore(records.get(name));
    const { commit } = store;
    store.commit = (...args) => {
      if (isFull && name === "full") throw new Error("the disk is full");
      return commit(...args);
    };
    return { store };
  });
  await values("full", COUNT);
  isFull = true;
  await assert.rejects(values("full", COUNT), /the disk is full/);
  assert.deepEqual(await values("b", COUNT), [1]);
  await assert.rejects(pool.evict("full"), /the disk is full/);
  isFull = false;
  assert.deepEqual(await values("full", COUNT), [3]);
  await pool.close();
});

test("what stands in line while its Lua is closed for another is done when that is open again", async () => {
  const { pool, values } = makePool({ memory: 1 }, { host: { wait: () => new Promise(() => {}) } });
  let letGo, end;
  const gate = new Promise(resolve => (letGo = resolve));
  const waiting = pool.use("a", lua => {
    lua.run("host.wait()").catch(() => {});
    return gate;
  });
  const busy = pool.use("b", () => new Promise(resolve => (end = resolve)));
  await until(() => end);
  const later = values("a", COUNT);
  const wants = values("c", COUNT);
  // Until then, one keeps its room.
  await setTimeout(250);
  letGo();
  await waiting;
  end();
  assert.deepEqual(await Promise.all([later, wants, busy]), [[1], [1], undefined]);
  await pool.close({ discard: true });
});

test("a task that throws at once is rejected, and its thread goes on", async () => {
  const { pool, values } = makePool();
  await assert.rejects(
    pool.use("a", () => {
      throw new Error("at once");
    }),
    /at once/,
  );
  assert.deepEqual(await Promise.all([values("a", COUNT), values("b", COUNT)]), [[1], [1]]);
  await pool.close();
});

test("what was never asked for takes no place in a thread", async () => {
  const { pool, values } = makePool({ threads: 2 });
  await values("a", COUNT);
  await assert.rejects(values("none", COUNT, { signal: AbortSignal.abort(new Error("before")) }), /before/);
  const stop = new AbortController();
  const endless = values("a", "while true do end", { timeout: 10_000, signal: stop.signal });
  await until(() => pool.getStats().running > 0);
  await Promise.all([
    assert.rejects(endless, /stopped by the other/),
    values("b", COUNT).then(() => stop.abort(new Error("stopped by the other"))),
  ]);
  await pool.close();
});

test("a name that nobody wants any more is not opened", async () => {
  const { pool, values } = makePool({ memory: 1 });
  let end;
  const busy = pool.use("a", () => new Promise(resolve => (end = resolve)));
  await until(() => end);
  const stop = new AbortController();
  const unwanted = values("b", COUNT, { signal: stop.signal });
  stop.abort(new Error("no more"));
  await assert.rejects(unwanted, /no more/);
  end();
  await busy;
  await values("c", COUNT);
  assert.equal(pool.getStats().opens, 2);
  await pool.close();
});

test("a thread that could not be started is tried again by what is asked next", async () => {
  const { Worker } = workerThreads;
  workerThreads.Worker = function () {
    throw new Error("too many threads");
  };
  const { pool, values } = makePool();
  await assert.rejects(values("a", COUNT), /too many threads/).finally(() => (workerThreads.Worker = Worker));
  assert.deepEqual(await values("a", COUNT), [1]);
  await pool.close();
});

/** Runs a program with a pool that it does not close. @returns what it prints */
async function program(lines) {
  const text = `
    import workerThreads from "node:worker_threads";
    import { LuaPool } from "${new URL("../../js/dist/node.js", import.meta.url)}";
    import { memoryStore } from "${new URL("../../js/dist/stores.js", import.meta.url)}";
    const pool = new LuaPool({ threads: 1, options: () => ({ store: memoryStore() }) });
    ${lines}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", text], {
    timeout: 60_000,
  });
  return stdout;
}

test("a program that does not close its pool ends nevertheless", async () => {
  assert.equal(await program('console.log((await pool.run("a", "return 1 + 1")).values[0]);'), "2\n");
});

test("a program ends also when it has lost a thread with something under way", async () => {
  const printed = await program(`
    const { Worker } = workerThreads;
    let thread;
    workerThreads.Worker = class extends Worker { constructor(...args) { super(...args); thread = this; } };
    const stop = () => thread.terminate();
    await pool.run("a", "print(1) while true do end", { onOutput: stop }).catch(({ message }) => console.log(message));
    console.log((await pool.run("a", "return 1 + 1")).values[0]);`);
  assert.equal(printed, "the Lua worker ended unexpectedly: it exited with code 1\n2\n");
});

test("what there was is counted, as an object and for Prometheus", async () => {
  const { pool, values } = makePool();
  for (let i = 0; i < 3; i++) await values("a", COUNT);
  await values("b", "return 1");
  await assert.rejects(values("b", "error('no')"));
  const stats = pool.getStats();
  const { runs, failures, waiting, running, open, opens, commits, restarts } = stats;
  assert.deepEqual([runs, failures, waiting, running, open, opens, commits, restarts], [4, 1, 0, 0, 2, 2, 3, 0]);
  assert.ok(stats.bytes > 4e6 && stats.runMs > 0 && stats.waitMs > 0);
  const text = pool.metrics();
  assert.ok(text.endsWith("\n"));
  for (const line of text.trim().split("\n")) {
    assert.match(line, /^(# (HELP|TYPE) lua_pool_\w+ .+|lua_pool_\w+(\{\w+="[^"]*"\})? [\d.e+-]+)$/);
  }
  for (const line of [
    'lua_pool_runs_total{result="ok"} 4',
    'lua_pool_runs_total{result="error"} 1',
    "lua_pool_open 2",
    "lua_pool_commits_total 3",
    'lua_pool_run_seconds_bucket{le="+Inf"} 5',
    "lua_pool_run_seconds_count 5",
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
  await pool.close();
});

test("options and names that make no sense are errors that say what would", async () => {
  const options = () => ({});
  for (const [given, message] of [
    [undefined, "LuaPool: options must be a function of a name"],
    [
      { options, thread: 1 },
      "LuaPool: there is no option 'thread', only options, threads, memory, idle, waitingLimit, onClosed",
    ],
    [{ options, threads: 0 }, "LuaPool: threads must be a positive whole number"],
  ]) {
    assert.throws(() => new LuaPool(given), { name: "TypeError", message });
  }
  const pool = new LuaPool({ options, waitingLimit: 1 });
  await assert.rejects(pool.run("a", "return 1"), {
    name: "TypeError",
    message: "LuaPool: the options of 'a' have no store, in which its tables are while it is closed",
  });
  await assert.rejects(pool.run("", "return 1"), TypeError);
  await assert.rejects(pool.run("a", 7), TypeError);
  const two = await Promise.allSettled([pool.run("a", "return 1"), pool.run("a", "return 1")]);
  assert.equal(two[1].reason.message, "this LuaPool has 1 runs that wait, and takes no more: see waitingLimit");
  await pool.close();
});
