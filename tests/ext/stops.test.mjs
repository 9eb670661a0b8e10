// Loops of the module over external tables, and over results, are stopped by the host's interrupt and by the instruction limit, and leave
// the store as it was or as it was to be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { builtModule, instantiate } from "../abi/client.mjs";
import { bytesOf, lying, storeHost, watched, wrap } from "../abi/hosts.mjs";
import { dump, storeOf } from "./store.mjs";

const SERVICES = -1;
const MANY = 30_000;
/** Calls of the host between two questions of `interrupt`, at most. */
const GAP = 500;

/** Answers the services of `answers`: key -> function. Messages are dropped. */
const serving = (host, answers) =>
  wrap(host, {
    get(table, key, room) {
      if (table !== SERVICES) return host.get(table, key, room);
      const text = { ...answers, services: () => Object.keys(answers).join(" ") }[key]?.();
      if (text === undefined) return -1;
      room.set(bytesOf(text).subarray(0, room.length));
      return Math.min(text.length, room.length);
    },
    set: (table, ...args) => (table === SERVICES ? 0 : host.set(table, ...args)),
  });

function ready(host) {
  const lua = instantiate(builtModule(), host);
  assert.equal(lua.exports.init(), 0);
  return lua;
}

/** An instance whose host says stop at the n-th question (never at first); counts calls since the last question. */
function stoppable(store, wrapper) {
  const state = { questions: 0, stopAt: Infinity, calls: 0, gap: 0 };
  const ask = () => {
    state.gap = Math.max(state.gap, state.calls);
    state.calls = 0;
    return ++state.questions >= state.stopAt ? "" : undefined;
  };
  const host = watched(wrapper(storeHost(store)), () => ++state.calls);
  return Object.assign(ready(serving(host, { interrupt: ask, results: () => undefined })), { state });
}

const entries = (count, entry) => Array.from({ length: count }, (_, i) => entry(i));
const numbers = count => entries(count, i => [BigInt(i + 1), 1n]);
const big = () => ({
  0: [["next", 3n]],
  1: [
    ["old", 1n],
    ["big", { table: 2 }],
  ],
  2: numbers(MANY),
});
const same = host => host;

/** name -> {tables, source, wrapper, prepare}. Every one makes more than MANY calls of the host, or looks at as many keys. */
const LOOPS = {
  "ext.copy": { tables: big, source: "ext.copy(Memory)" },
  "pairs over keys deleted meanwhile": {
    tables: big,
    source: "for k in pairs(Memory.big) do if k == 1 then ext.clear(Memory.big) end end",
  },
  "ext.clear": { tables: big, source: "ext.clear(Memory.big)" },
  "a table stored by value": {
    tables: () => ({}),
    prepare: `t = {} for i = 1, ${MANY} do t[i] = i end`,
    source: "Memory.old = t",
  },
  "a graph stored by value": {
    tables: () => ({}),
    prepare: `t = {} for i = 1, ${MANY} do t[i] = {i} end`,
    source: "Memory.old = t",
  },
  "long strings": {
    tables: () => ({}),
    prepare: 's = ("x"):rep(1 << 20)',
    source: "for i = 1, 200 do Memory[1] = s end",
  },
  "tables by name": { tables: big, source: `for i = 1, ${MANY} do ext.table("name") end` },
  "names that are not there": { tables: big, source: `for i = 1, ${MANY} do ext.drop("no name") end` },
  sizes: { tables: big, source: `for i = 1, ${MANY} do ext.size(Memory) end` },
  "reads and writes": { tables: big, source: `for i = 1, ${MANY} do Memory[i] = Memory.old end` },
  "a host without a free id": {
    tables: () => ({ 0: [["next", 2n]] }),
    wrapper: host => lying(host, (name, _, [table]) => (name === "size" && table > 1 && table < MANY ? 1 : undefined)),
    source: "ext.table()",
  },
  "typed results": { tables: () => ({}), prepare: `t = {} for i = 1, 3 * ${MANY} do t[i] = i end`, source: "return t" },
  "the marking of a sweep": { tables: () => ({ ...big(), 1: [["big", { table: 2 }]] }) },
  "the deletions of a sweep": { tables: () => ({ ...big(), 1: [["old", 1n]] }) },
  "a sweep of many ids": { tables: () => ({ 0: [["next", 100_000n]], 1: [["old", 1n]] }) },
};

function attempt(lua, source) {
  lua.state.calls = 0;
  lua.state.questions = 0;
  if (source) return lua.eval(source);
  lua.exports.run_gc();
  return { ok: true, text: "" };
}

for (const [name, { tables, source, prepare = "", wrapper = same }] of Object.entries(LOOPS)) {
  const open = () => {
    const lua = stoppable(storeOf(tables()), wrapper);
    lua.run(prepare);
    return lua;
  };

  test(`the host is asked often, and can stop: ${name}`, () => {
    const whole = open();
    assert.ok(attempt(whole, source).ok);
    assert.ok(whole.state.questions >= 2, `${whole.state.questions} questions`);
    assert.ok(whole.state.gap < GAP, `${whole.state.gap} calls without a question`);
    const stopped = open();
    stopped.state.stopAt = 2;
    const { ok, text } = attempt(stopped, source);
    if (source) assert.deepEqual([ok, text.split("\n")[0]], [false, "interrupted"]);
    assert.equal(stopped.state.questions, 2);
    assert.ok(stopped.state.calls < 10, `${stopped.state.calls} calls after the order to stop`);
  });
}

/** How many of the numbers are in the table that was stored. */
const COUNT = `local count = 0
  for i, v in pairs(Memory.old) do if (type(v) == "table" and v[1] or v) == i then count = count + 1 end end return count`;

for (const name of ["a table stored by value", "a graph stored by value"]) {
  test(`a stop leaves the old value, or all of the new one, and the next sweep deletes what was half written: ${name}`, () => {
    let [begun, whole] = [0, 0];
    for (let question = 1; whole < 3; question++) {
      const store = storeOf({ 0: [["next", 2n]], 1: [["old", 1n]] });
      const lua = stoppable(store, same);
      const before = dump(store);
      lua.run(LOOPS[name].prepare);
      lua.state.stopAt = question;
      const { ok, text } = attempt(lua, LOOPS[name].source);
      if (ok) break;
      assert.match(text, /^interrupted/);
      lua.state.stopAt = Infinity;
      const isOld = lua.run("return Memory.old") === "1";
      if (isOld && store.get(2)?.size > 0) begun++;
      lua.exports.run_gc();
      if (isOld) assert.deepEqual(dump(store), before);
      else {
        whole++;
        assert.equal(lua.run(COUNT), String(MANY));
      }
    }
    assert.ok(begun > 0, "at some questions it was being written");
  });
}

test("a sweep that is stopped has deleted nothing that is reached, and the next one goes on", () => {
  const tables = { 0: [["next", 101n]], 1: [["keep", { table: 50 }]] };
  for (let id = 2; id <= 100; id++) tables[id] = numbers(300);
  const store = storeOf(tables);
  const lua = stoppable(store, same);
  const left = () => [...store].filter(([id, { size }]) => id > 1 && size > 0).length;
  const counts = [];
  for (let sweep = 0; sweep < 200 && left() > 1; sweep++) {
    lua.state.stopAt = 2;
    attempt(lua);
    assert.equal(store.get(50).size, 300);
    counts.push(left());
  }
  assert.equal(left(), 1);
  assert.ok(counts.length > 1, "it was stopped");
});

test("the instruction limit ends a loop over external tables, and no pcall catches that", () => {
  const lua = ready(serving(storeHost(storeOf(big())), { config: () => "instruction_limit=100000" }));
  assert.equal(lua.fail("pcall(ext.copy, Memory) Memory.caught = true"), "instruction limit exceeded");
  assert.equal(lua.run("return Memory.caught, Memory.old, ext.size(Memory.big)"), `nil\t1\t${MANY}`);
});

test("a run_gc within the instruction limit ends at the limit", () => {
  const store = storeOf({ 0: [["next", 2n ** 31n]], 1: [["old", 1n]] });
  const lua = ready(serving(storeHost(store), { config: () => "instruction_limit=1000000" }));
  lua.exports.run_gc();
  assert.equal(lua.run("return Memory.old"), "1");
});
