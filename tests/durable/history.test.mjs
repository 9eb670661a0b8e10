// The history of a program, and how it goes back: globals, tables and what waits are those of one moment. In the page's thread and
// in a worker.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { History } from "../../js/dist/session/history.js";
import { after, never, rejection, shelf, until, values } from "./kept.mjs";

for (const how of ["open", "openWorker"]) {
  const inWorker = how === "open" ? "" : ", in a worker";
  const each = (name, body) => test(`${name}${inWorker}`, t => body(t, shelf(t, how)));

  each("it goes back over runs: globals, closures, coroutines and tables agree", async (t, it) => {
    const lua = await it.open();
    await lua.run(`
      ids = coroutine.wrap(function() for i = 1, math.huge do coroutine.yield(i) end end)
      function step() n = (n or 0) + 1 Memory.n = n Memory[n] = { n } return n, ids() end`);
    await lua.history({ keep: 20 });
    for (let i = 0; i < 3; i++) await lua.run("return step()");
    const [, first] = await lua.history();
    await lua.rewind(first.n);
    assert.deepEqual(await values(lua, "return n, Memory.n, #Memory, Memory[1][1], ids()"), [1, 1, 1, 1, 2]);
    const again = await it.killed().open();
    assert.deepEqual(await values(again, "return n, Memory.n, #Memory, Memory[1][1], ids()"), [1, 1, 1, 1, 3]);
  });

  each("the list says what was done when, and reading is not in it", async (t, it) => {
    const lua = await it.open();
    const began = Date.now();
    assert.deepEqual(await lua.history(), []);
    const [base] = await lua.history({ keep: 3 });
    await lua.run("x = 1");
    await lua.get("x");
    await lua.runGc();
    await lua.run("function f() return x end", { name: "functions" });
    await lua.call("f");
    await lua.set("y", 2);
    await lua.eval("x = 5", { name: "last" });
    const moments = await lua.history();
    assert.deepEqual(
      moments.map(({ what }) => what),
      ["functions", "call f", "set y", "last"],
    );
    assert.deepEqual(
      moments.map(({ n }) => n),
      [3, 4, 5, 6],
    );
    assert.equal(base.n, 1);
    for (const { when } of moments) assert.ok(when instanceof Date && when >= began && when <= Date.now());
    await lua.rewind(4);
    assert.deepEqual(await values(lua, "return x, y"), [1, undefined]);
  });

  each("going back is a moment, too: one can go back behind it", async (t, it) => {
    const lua = await it.open();
    await lua.history({ keep: 9 });
    await lua.run("x = 1 Memory.x = 1");
    await lua.run("x = 2 Memory.x = 2 big = string.rep('x', 1e6) Memory.t = { 1 }");
    await lua.rewind(2);
    assert.deepEqual(await values(lua, "return x, big, Memory.x, Memory.t"), [1, undefined, 1, undefined]);
    const moments = await lua.history();
    assert.deepEqual(moments.map(({ what }) => what).slice(0, 4), ["", "run 1", "run 2", "rewind 2"]);
    await lua.rewind(3);
    assert.deepEqual(await values(lua, "return x, #big, Memory.x, Memory.t[1]"), [2, 1e6, 2, 1]);
    await lua.rewind(1);
    assert.deepEqual(await values(lua, "return x, big, Memory.x"), [undefined, undefined, undefined]);
  });

  each("what waited then waits again, with the same call; what waits now is lost, and told", async (t, it) => {
    const calls = [];
    const wait = LuaPersistent.hostFunction(
      ({ id, signal }, what) => new Promise(resolve => calls.push({ id, signal, what, resolve })),
    );
    const lua = await it.open({ host: { wait } });
    await lua.history({ keep: 9 });
    const first = lua.run("got = host.wait('first')", { name: "waiting" });
    await until(() => calls.length === 1);
    await lua.run("x = 1");
    const [, then] = await lua.history();
    assert.equal(then.what, "waiting");
    calls[0].resolve("one");
    await first;
    const second = rejection(lua.run("other = host.wait('second')"));
    await until(() => calls.length === 2);
    await lua.rewind(then.n);
    const why = await second;
    assert.deepEqual(
      [why.name, why.message],
      ["AbortError", "Lua went back to an earlier moment, and what waited is lost"],
    );
    await until(() => calls[1].signal.aborted && calls.length === 3);
    assert.deepEqual([calls[2].id, calls[2].what], [calls[0].id, "first"]);
    assert.deepEqual(await values(lua, "return got, x"), [undefined, undefined]);
    calls[2].resolve("again");
    await until(async () => (await values(lua, "return got"))[0] === "again");
  });

  each("an answer that comes while it goes back is not that of the call that waits then", async (t, it) => {
    const answers = [];
    const lua = await it.open({ host: { wait: () => new Promise(resolve => answers.push(resolve)) } });
    await lua.history({ keep: 9 });
    const run = rejection(lua.run("got = host.wait()"));
    await until(() => answers.length === 1);
    await lua.run("x = 1");
    const going = lua.rewind(2);
    answers[0]("of before");
    await going;
    assert.equal((await run).name, "AbortError");
    await until(() => answers.length === 2);
    assert.deepEqual(await values(lua, "return got"), [undefined]);
    answers[1]("now");
    await until(async () => (await values(lua, "return got"))[0]);
    assert.deepEqual(await values(lua, "return got"), ["now"]);
  });

  each("onRestore says what becomes of a call that waited then", async (t, it) => {
    const wait = LuaPersistent.hostFunction(never, { onRestore: "fail" });
    const lua = await it.open({ host: { wait } });
    await lua.history({ keep: 9 });
    lua.run("got = select(2, pcall(host.wait)).message").catch(() => {});
    await lua.run("x = 1");
    await lua.rewind(2);
    await until(async () => (await values(lua, "return got"))[0]);
    assert.deepEqual(await values(lua, "return got"), [
      "it was waiting at the moment to which Lua went back, and is not called again",
    ]);
  });

  each("functions of Lua that JavaScript holds are gone, and those asked for then are others", async (t, it) => {
    const lua = await it.open();
    const [f] = await values(lua, "x = 1 function f() return x end return f");
    await lua.history({ keep: 9 });
    await lua.run("x = 2");
    const going = lua.rewind(1);
    const waiting = rejection(lua.call(f));
    await going;
    assert.match((await waiting).message, /this function of Lua is gone: Lua was loaded or put back/);
    assert.match((await rejection(lua.call(f))).message, /this function of Lua is gone/);
    const [again] = await values(lua, "return f");
    assert.deepEqual(await lua.call(again), [1]);
    await lua.run("function f() end collectgarbage()");
    assert.deepEqual(await lua.call(again), [1]);
  });

  each("a kill in its midst leaves either moment, whole", async (t, it) => {
    const lua = await it.open();
    await lua.history({ keep: 9 });
    for (let i = 1; i < 4; i++) await lua.run(`x = ${i} Memory.x = ${i} Memory[${i}] = { ${i} }`);
    await lua.flush();
    const moments = [];
    const before = it.commits.length;
    it.refuse = () => moments.push(it.killed());
    await lua.rewind(2);
    assert.equal(it.commits.length, before + 1, "it is one commit");
    moments.push(it.killed());
    const seen = [];
    for (const moment of moments) seen.push(await values(await moment.open(), "return x, Memory.x, #Memory"));
    assert.deepEqual(seen[0], [3, 3, 3]);
    assert.deepEqual(seen.at(-1), [1, 1, 1]);
  });

  each("keep: 0 forgets all, and a moment that is not there is an error", async (t, it) => {
    const lua = await it.open();
    assert.match((await rejection(lua.rewind(1))).message, /there is no moment 1 in the history, which has none/);
    await lua.history({ keep: 2 });
    for (let i = 0; i < 5; i++) await lua.run("x = (x or 0) + 1");
    assert.match((await rejection(lua.rewind(1))).message, /there is no moment 1 in the history, which has 4 to 6/);
    assert.match((await rejection(lua.rewind("4"))).message, /there is no moment 4/);
    assert.deepEqual(await lua.history({ keep: 0 }), []);
    await lua.run("x = 9");
    assert.deepEqual(await lua.history(), []);
    const [{ n }] = await lua.history({ keep: 1 });
    await lua.run("x = 10");
    await lua.rewind(n);
    assert.deepEqual(await values(lua, "return x"), [9]);
  });

  each("options that make no sense are errors", async (t, it) => {
    const lua = await it.open();
    const refused = async (options, message) => assert.equal((await rejection(lua.history(options))).message, message);
    await refused({ keep: -1 }, "history: keep is -1, and must be a whole number of moments");
    await refused({ keep: 1.5 }, "history: keep is 1.5, and must be a whole number of moments");
    await refused({ depth: 1 }, "history: there is no option 'depth', only keep");
    await refused(3, "history: the argument is 3, and must be an object of options");
  });

  each("load and migrate begin another history", async (t, it) => {
    const lua = await it.open();
    await lua.history({ keep: 9 });
    await lua.run("x = 1 Memory.x = 1");
    await lua.load();
    assert.equal((await lua.history()).length, 1);
    await lua.run("y = 1");
    const moments = await lua.history();
    assert.deepEqual(
      moments.map(({ what }) => what),
      ["", "run 2"],
    );
    await lua.rewind(moments[0].n);
    assert.deepEqual(await values(lua, "return x, y, Memory.x"), [undefined, undefined, 1]);
    await lua.migrate("z = 3 Memory.z = 3");
    const [anew] = await lua.history();
    await lua.run("z = 4 Memory.z = 4");
    await lua.rewind(anew.n);
    assert.deepEqual(await values(lua, "return z, Memory.z"), [3, 3]);
    await rejection(lua.migrate("error('no')"));
    assert.match((await rejection(lua.rewind(anew.n))).message, /there is no moment/);
  });

  each("it goes back in memory alone, and where tables alone persist", async (t, it) => {
    const lua = await it.open({ store: undefined });
    const tables = await it.open({ persist: "tables" });
    for (const each of [lua, tables]) {
      await each.run("x = 1 Memory.x = 1 Memory.t = { 1 }");
      await each.history({ keep: 2 });
      await each.run("x = 2 Memory.x = 2 Memory.t = nil");
      await each.rewind(1);
      assert.deepEqual(await values(each, "return x, Memory.x, Memory.t[1]"), [1, 1, 1]);
    }
    const again = await it.killed().open({ persist: "tables" });
    assert.deepEqual(await values(again, "return x, Memory.x, Memory.t[1]"), [undefined, 1, 1]);
  });

  each("a unit that failed and was rolled back, and one that a store refused, are moments as others", async (t, it) => {
    const lua = await it.open({ rollbackOnError: true });
    await lua.history({ keep: 9 });
    await lua.run("x = 1 Memory.x = 1");
    await rejection(lua.run("x = 2 Memory.x = 2 Memory.y = 2 error('no')"));
    it.refuse = () => {
      throw new Error("not now");
    };
    await rejection(lua.run("x = 3 Memory.x = 3"));
    assert.equal((await rejection(lua.rewind(3))).kind, "failed");
    assert.deepEqual(await values(await it.killed().open(), "return x, Memory.x, Memory.y"), [2, 1, undefined]);
    it.refuse = () => {};
    await lua.flush();
    assert.deepEqual(await values(await it.killed().open(), "return x, Memory.x, Memory.y"), [2, 1, undefined]);
    await lua.rewind(4);
    assert.deepEqual(await values(lua, "return x, Memory.x"), [3, 3]);
  });
}

test("it goes back over a task that waits, has ended, or has not begun", async t => {
  const it = shelf(t);
  const answers = [];
  const lua = await it.open({ host: { wait: () => new Promise(resolve => answers.push(resolve)) } });
  await lua.history({ keep: 20 });
  const task = lua.task("quest", "Memory.began = true local x = host.wait() Memory.got = x return x");
  await until(() => task.status === "waiting");
  await lua.run("x = 1");
  answers[0]("a");
  assert.deepEqual(await task.done, ["a"]);
  const moments = await lua.history();
  assert.deepEqual(
    moments.map(({ what }) => what),
    ["", "task quest", "quest", "run 1", "quest"],
  );
  await lua.rewind(moments[2].n);
  assert.equal(task.status, "done", "that of before");
  assert.deepEqual(
    lua.tasks().map(({ name, status }) => [name, status]),
    [["quest", "waiting"]],
  );
  const found = lua.task("quest", "");
  await until(() => answers.length === 2);
  answers[1]("b");
  assert.deepEqual(await found.done, ["b"]);
  assert.deepEqual(await values(lua, "return Memory.got"), ["b"]);
  await task.drop();
  assert.equal(lua.tasks().length, 1, "a task of before does not drop another one");
  await lua.rewind(moments[0].n);
  assert.deepEqual(lua.tasks(), []);
  assert.deepEqual(await values(lua, "return Memory.began"), [undefined]);
  await lua.rewind(moments[1].n);
  await until(() => answers.length === 3);
  assert.deepEqual(await values(lua, "return Memory.began, Memory.got"), [true, undefined], "it begins again");
});

test("a task that waits is told, sleeps that are over fire at once, and nothing is reported", async t => {
  const it = shelf(t);
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  const lua = await it.open({ host: { wait: never } });
  await lua.history({ keep: 20 });
  lua.run("host.sleep(0.001) slept = (slept or 0) + 1", { name: "sleeper" }).catch(() => {});
  await until(async () => (await values(lua, "return slept"))[0] === 1);
  const task = lua.task("long", "host.wait()");
  await lua.run("host.spawn(function() host.wait() end) host.spawn(function() host.wait() end)");
  await until(() => task.status === "waiting");
  const moments = await lua.history();
  await lua.rewind(moments.find(({ what }) => what === "sleeper").n);
  assert.match((await rejection(task.done)).message, /Lua went back to an earlier moment/);
  await until(async () => (await values(lua, "return slept"))[0] === 1);
  await lua.rewind(moments.at(-1).n);
  await lua.rewind(moments[0].n);
  await after(5);
  assert.deepEqual(reported, []);
  assert.equal((await lua.getStats()).isDurable, true);
});

test("views of tables that were there then stay, others are gone, and say so", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("Memory.old = { n = 1 } loose = ext.table() loose.x = 1 return 0");
  await lua.history({ keep: 9 });
  const old = lua.table("Memory").get("old");
  const [loose] = await values(lua, "return loose");
  await lua.run("Memory.old.n = 2 Memory.new = { n = 3 } loose.x = 2 Memory.new2 = { n = 4 }");
  const made = lua.table("Memory").get("new");
  await lua.rewind(1);
  assert.deepEqual([old.get("n"), loose.get("x")], [1, 1]);
  const gone = { message: `external table ${made.id} is gone: Lua went back to a moment at which it was not there` };
  for (const use of [
    () => made.get("n"),
    () => made.set("n", 1),
    () => made.size,
    () => [...made],
    () => made.toObject(),
  ])
    assert.throws(use, gone);
  await rejection(lua.call("print", made));
  await lua.run("Memory.another = { n = 5 }");
  const another = lua.table("Memory").get("another");
  assert.equal(another.id, made.id, "the id is given again");
  assert.equal(another.get("n"), 5);
  assert.equal(lua.table(another.id), another);
  assert.throws(() => made.get("n"), gone);
});

test("what JavaScript writes between units belongs to the one before", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("x = 1");
  await lua.history({ keep: 9 });
  await lua.run("x = 2");
  lua.table("Memory").set("a", 1);
  await lua.run("x = 3 Memory.a = nil");
  await lua.rewind(2);
  assert.deepEqual(await values(lua, "return x, Memory.a"), [2, 1]);
  await lua.rewind(1);
  assert.deepEqual(await values(lua, "return x, Memory.a"), [1, undefined]);
});

test("an instance that failed goes back to a moment before", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.history({ keep: 9 });
  await lua.run("x = 1 Memory.x = 1");
  const smash = () => new Uint8Array(lua.exports.memory.buffer).fill(0xff);
  const run = lua.run("x = 2 Memory.x = 2 print('now') local t = {} for i = 1, 1e5 do t[i] = { i } end", {
    onOutput: smash,
  });
  await assert.rejects(run, /this Lua instance failed/);
  await lua.rewind(2);
  assert.deepEqual(await values(lua, "return x, Memory.x"), [1, 1]);
  assert.deepEqual(await values(await it.killed().open(), "return x, Memory.x"), [1, 1]);
});

test("a session that only reads does not go back", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("x = 1");
  const store = { ...it.store(), lock: () => ({ readOnly: true, release() {} }) };
  const reader = await it.open({ store });
  await reader.history({ keep: 1 });
  await reader.run("x = 2");
  assert.match((await rejection(reader.rewind(1))).message, /is open for reading only/);
});

test("whoever is told that a call is lost cannot run Lua before it has gone back", async t => {
  const it = shelf(t);
  const said = [];
  const wait = LuaPersistent.hostFunction(({ signal }) => {
    signal.addEventListener("abort", () => {
      try {
        lua.eval("x = 7");
      } catch (error) {
        said.push(error.message);
      }
    });
    return never();
  });
  const lua = await it.open({ host: { wait } });
  await lua.history({ keep: 9 });
  lua.run("host.wait()").catch(() => {});
  await lua.run("");
  await lua.rewind(1);
  assert.deepEqual(said, ["Lua went back to an earlier moment, and what waited is lost"]);
  assert.deepEqual(await values(lua, "return x"), [undefined]);
});

test("a moment costs the blocks that changed, not all of memory", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("data = {} for i = 1, 20000 do data[i] = { i } end collectgarbage() collectgarbage('stop')");
  const before = await blocksKept(lua);
  for (let i = 0; i < 20; i++) await lua.run("n = (n or 0) + 1");
  const kept = await blocksKept(lua);
  assert.equal((await lua.history()).length, 21);
  const all = lua.getStats().linearBytes / 4096;
  assert.ok(kept - before < 20 * 25 && all > 500, `${kept - before} blocks for 20 moments, of ${all}`);
  for (let i = 0; i < 20; i++) await lua.run("n = n + 1");
  assert.ok(Math.abs((await blocksKept(lua)) - kept) < 60, "older ones are forgotten");
});

test("the oldest moments are given up when all have more than 256 MiB of old contents", async t => {
  const lua = await shelf(t).open();
  await lua.history({ keep: 20 });
  // Each run changes more than 32 MiB, and less than 80.
  for (let i = 1; i <= 12; i++) await lua.run(`big = nil collectgarbage() big = string.rep("${i % 10}", 2^25)`);
  const moments = await lua.history();
  assert.ok(moments.length >= 4 && moments.length <= 10, `${moments.length} moments`);
  const megabytes = (await blocksKept(lua)) / 256;
  assert.ok(megabytes > 176 && megabytes < 256 + 80, `${megabytes} MiB`);
  assert.equal(moments.at(-1).what, "run 12");
  await lua.rewind(moments[0].n);
  const [digit] = await values(lua, "return big:sub(1, 1)");
  assert.equal(moments[0].what, `run ${digit}`);
});

/** Old contents of blocks that a history has. */
async function blocksKept(lua) {
  let blocks = 0;
  const { list } = History.prototype;
  History.prototype.list = function (options) {
    blocks = this.blockCount;
    return list.call(this, options);
  };
  await lua.history({ keep: 20 });
  History.prototype.list = list;
  return blocks;
}
