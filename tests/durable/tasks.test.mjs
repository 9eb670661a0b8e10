// Tasks of a program that its store keeps: spawn, join and all go on after a program has ended at any commit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import * as story from "../browser/pages/story.mjs";
import { after, never, shelf, until, values } from "./kept.mjs";

const PROGRAM = `
  local function part(name, n)
    local sum = 0
    for i = 1, n do
      sum = sum + host.ask(name, i)
      if i % 2 == 0 then host.sleep(0.0005) end
    end
    Memory[name] = sum
    return sum, function() return name end
  end
  local first, second = host.spawn(part, "a", 3), host.spawn(part, "b", 4)
  local failing = host.spawn(function() host.sleep(0.0005) error({ code = 7 }) end)
  local three, four = host.all(function() return (part("c", 3)) end, function() return (part("d", 2)) end)
  local a, name = host.join(first)
  local ok, problem = pcall(host.join, failing)
  local both, why = pcall(host.all, function() return host.ask("e", 1) end, function() host.ask("f", 1) error("no", 0) end)
  local b = host.join(second)
  result = table.concat({ a, b, three, four, name(), tostring(ok), tostring(both), tostring(why) }, " ")
  Memory.result = result`;

const ANSWERS = { a: 1, b: 10, c: 100, d: 1000, e: 0, f: 0 };
const host = {
  async ask(name, i) {
    await after(0);
    return ANSWERS[name] * i;
  },
};
const RESULT = "6 100 600 3000 a false false host.all: no";

const ended = lua => until(async () => (await values(lua, "return result ~= nil and result == Memory.result"))[0]);

/** The records of a store before each of its commits, from the first program on. */
function momentsOf(it) {
  const moments = [];
  it.refuse = () => {
    if (it.records.has("program")) moments.push(new Map([...it.records].map(([name, bytes]) => [name, bytes.slice()])));
  };
  return moments;
}

/** Opens each of these, and goes on to the end. */
async function fromEach(t, moments, options, end) {
  for (const records of moments) {
    const left = shelf(t);
    for (const [name, bytes] of records) left.records.set(name, bytes);
    const again = await left.open(options);
    await end(again);
    await again.close();
  }
}

test("a program with tasks comes to the same result from each of its commits", async t => {
  // The task that fails may do so before it is joined.
  globalThis.reportError = () => {};
  t.after(() => delete globalThis.reportError);
  const it = shelf(t);
  const moments = momentsOf(it);
  const lua = await it.open({ host });
  lua.run(PROGRAM);
  const end = async lua => {
    await ended(lua);
    assert.deepEqual(await values(lua, "return result"), [RESULT]);
  };
  await end(lua);
  assert.ok(moments.length > 20, `${moments.length} commits`);
  await fromEach(t, moments, { host }, end);
});

test("a story comes to the same end from each of its commits", async t => {
  const it = shelf(t);
  const moments = momentsOf(it);
  const lua = await it.open({ host: story.host });
  lua.run(story.STORY, { args: [6] });
  const text = async lua => {
    await until(async () => (await story.look(lua)).text);
    return (await story.look(lua)).text;
  };
  const told = await text(lua);
  assert.ok(moments.length > 20, `${moments.length} commits`);
  await fromEach(t, moments, { host: story.host }, async lua => assert.equal(await text(lua), told));
});

const isOfTask = name => /^host\/(\d|task )/.test(name);

test("a task that has ended is joined after reopening: its results, its functions, its error", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run(`
    good = host.spawn(function(x) return x, { 2 }, function() return "f" end end, 1)
    bad = host.spawn(function() error("broken", 0) end)`);
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  await until(async () => it.records.has("host/task 2") && it.records.get("host/task 2")[1] === 3);
  const again = await it.killed().open();
  const code = "local x, list, f = host.join(good) return x, list, f(), select(2, pcall(host.join, bad)).message";
  assert.deepEqual(await values(again, code), [1, [2], "f", "broken"]);
  await assert.rejects(again.run("host.join(good)"), /there is no task 1: it was joined, or ended long ago/);
});

test("numbers of tasks are not given again", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("host.join(host.spawn(function() end))");
  assert.deepEqual(await values(await it.killed().open(), "return host.spawn(function() end)"), [2]);
});

test("functions of all are not called twice", async t => {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  lua
    .run("calls = 0 host.all(function() calls = calls + 1 host.wait() end, function() calls = calls + 1 end)")
    .catch(() => {});
  await lua.run("");
  const left = it.killed();
  const again = await left.open({ host: { wait: async () => {} } });
  await until(() => ![...left.records.keys()].some(name => /^host\/\d/.test(name)));
  assert.deepEqual(await values(again, "return calls"), [2]);
  assert.ok(![...left.records.keys()].some(name => name.startsWith("host/task ")));
});

test("an all that is stopped after reopening ends its functions", async t => {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  lua.run("pcall(host.all, function() host.wait() end, function() host.wait('second') end)").catch(() => {});
  await lua.run("");
  const aborted = [];
  const left = it.killed();
  const wait = LuaPersistent.hostFunction(({ signal }, what) => {
    signal.addEventListener("abort", () => aborted.push(signal.reason.message));
    return what ? never() : Promise.reject(new Error("refused"));
  });
  await left.open({ host: { wait } });
  await until(() => aborted.length > 0);
  assert.deepEqual(aborted, ["another of the functions of host.all failed"]);
  await until(() => ![...left.records.keys()].some(isOfTask));
});

test("a task waits for as long as it likes: the timeout of the run that has begun it is that of each of its steps", async t => {
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  const lua = await shelf(t).open();
  const code = "host.spawn(function() for i = 1, 2 do host.sleep(0.6) x = i end while true do end end)";
  await lua.run(code, { timeout: 400 });
  await until(() => reported.length > 0);
  assert.deepEqual([reported, await values(lua, "return x")], [["interrupted"], [2]]);
});
