// The sweep of run_gc: what is reachable stays, the rest goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { refusing, storeHost, tooBig, wrap } from "../abi/hosts.mjs";
import { Random } from "../abi/random.mjs";
import { LONG, callsOf, callsOfRun, dump, dumpTables, openCounting, storeOf, stored } from "./store.mjs";

const contents = (lua, id) => lua.host.store.get(id)?.size ?? 0;
/** Ids above Memory's with contents. */
const used = lua =>
  dumpTables(lua.host.store)
    .map(([id]) => id)
    .filter(id => id > 1);

/** Runs the source and then run_gc. */
function swept(source, host = storeHost()) {
  const lua = open(host);
  lua.run(source);
  lua.exports.run_gc();
  return lua;
}

test("what Memory reaches stays: by value, by key, over several tables", () => {
  const lua = swept(`Memory.a = {b = {c = {x = 1}}}
    local k = ext.table() k.x = 2
    Memory[k] = true
    local inner = ext.table() inner.x = 3
    Memory.a.b[inner] = 1`);
  assert.equal(
    lua.run(
      'local n = 0 for k in pairs(Memory) do if type(k) == "table" then n = k.x end end return Memory.a.b.c.x, n',
    ),
    "1\t2",
  );
  assert.equal(lua.run('for k in pairs(Memory.a.b) do if type(k) == "table" then return k.x end end'), "3");
  assert.deepEqual(used(lua), [2, 3, 4, 5, 6]);
});

test("what a name reaches stays", () => {
  const lua = swept('ext.table("n").a = {x = 1}');
  assert.equal(lua.run('return ext.table("n").a.x'), "1");
});

test("what nothing reaches goes", () => {
  assert.deepEqual(used(swept("ext.table().x = 1 Memory.t = {{1}, {2}} Memory.t = nil")), []);
});

test("a cycle that nothing reaches goes", () => {
  assert.deepEqual(used(swept("local t = {x = 1} t.self = t t.other = {t} Memory.t = t Memory.t = nil")), []);
});

test("a table that only refers to Memory does not stay", () => {
  assert.deepEqual(used(swept("ext.table().root = Memory")), []);
});

const HELD = {
  "a global": "held = T",
  "an upvalue": "local t = T function read() return t end",
  "a local of a suspended coroutine": "co = coroutine.wrap(function() local t = T coroutine.yield() return t end) co()",
  "a key of a plain table": "keys = {[T] = true}",
  "a value of a plain table": "list = {{T}}",
  "a metatable": "object = setmetatable({}, {t = T})",
  "the hook of a coroutine":
    'local t = T co = coroutine.create(function() end) debug.sethook(co, function() return t end, "c")',
  "a user-visible registry of modules": "package.loaded.mine = T",
  "an iterator of pairs": "step = pairs(T)",
  "an error kept": "ok, err = pcall(error, T)",
  "a closure of string.gsub kept in a table": "local t = T handlers = {function(s) return t[s] end}",
};

for (const [name, source] of Object.entries(HELD)) {
  test(`a table that Lua holds stays, with what it reaches: ${name}`, () => {
    const lua = swept(source.replace("T", "(function() local new = ext.table() new.inner = {x = 1} return new end)()"));
    assert.deepEqual(used(lua), [2, 3]);
    lua.exports.run_gc();
    assert.deepEqual(used(lua), [2, 3], "a second sweep");
  });
}

test("a weak reference does not keep a table", () => {
  const lua = swept('weak = setmetatable({}, {__mode = "v"}) weak[1] = ext.table() weak[1].x = 1');
  assert.deepEqual(used(lua), []);
  assert.equal(lua.run("return weak[1]"), "nil");
});

test("a reference given up goes at the next sweep", () => {
  const lua = swept("held = ext.table() held.x = 1");
  assert.deepEqual(used(lua), [2]);
  lua.run("held = nil");
  lua.exports.run_gc();
  assert.deepEqual(used(lua), []);
});

test("a table brought back to life by a finalizer keeps its contents", () => {
  const lua = swept(`do
    local t = ext.table() t.x = 1 t.inner = {y = 2}
    setmetatable({t = t}, {__gc = function(o) saved = o.t end})
  end`);
  assert.equal(lua.run("return saved.x, saved.inner.y"), "1\t2");
  lua.exports.run_gc();
  assert.equal(lua.run("return saved.x, saved.inner.y"), "1\t2");
});

test("a table brought back to life is the same table as the one that is read anew", () => {
  const lua = swept(`Memory.t = {1}
    setmetatable({t = Memory.t}, {__gc = function(o) saved = o.t end})`);
  assert.equal(lua.run("return saved == Memory.t, saved[1]"), "true\t1");
});

test("a finalizer that stores its table in Memory keeps it", () => {
  const lua = swept(`do
    local t = ext.table() t.x = 1
    setmetatable({t = t}, {__gc = function(o) Memory.saved = o.t end})
  end`);
  lua.exports.run_gc();
  assert.equal(lua.run("return Memory.saved.x"), "1");
});

for (const call of ["collectgarbage()", 'collectgarbage("collect")', 'repeat until collectgarbage("step", 1000)']) {
  test(`${call} sweeps at the end of the eval that called it`, () => {
    const lua = openCounting();
    const { delete: deleted, log } = callsOfRun(
      lua,
      `for i = 1, 100 do ext.table().x = i ${call} end Memory.last = true return ext.table()`,
    );
    assert.equal(deleted, 100);
    const last = log.findIndex(([name, table, key]) => name === "set" && table === 1 && key === "last");
    assert.ok(log.findIndex(([name]) => name === "delete") > last, "nothing is deleted before");
    assert.equal(callsOfRun(lua, "ext.table().x = 1").delete, 0, "the next eval does not sweep");
  });
}

test("what is returned, or raised, is not swept by a collection that was asked for", () => {
  for (const gives of ["return", "error"]) {
    const lua = open();
    lua.eval(`local t = ext.table() t.x = 1 collectgarbage() ${gives}(t)`);
    assert.deepEqual(used(lua), [2], gives);
  }
});

test("other uses of collectgarbage, and failed ones, do not sweep", () => {
  const lua = openCounting();
  const { delete: deleted } = callsOfRun(
    lua,
    `ext.table().x = 1
    collectgarbage("count") collectgarbage("isrunning") pcall(collectgarbage, "no such")
    setmetatable({}, {__gc = function() collectgarbage() end})`,
  );
  assert.equal(deleted, 0);
});

test("a sweep at the end of an eval has an instruction limit of its own", () => {
  const lua = open(storeHost());
  assert.equal(lua.run('for i = 1, 2000 do ext.table().x = i end collectgarbage() return "done"'), "done");
  assert.deepEqual(used(lua), []);
});

test("a proxy that was collected in mid-eval is made again for the same table", () => {
  assert.equal(
    open().run(`Memory.t = {1}
      local id = ext.id(Memory.t)
      for i = 1, 100 do Memory.t[1] = i collectgarbage() assert(Memory.t[1] == i and ext.id(Memory.t) == id) end
      return rawequal(Memory.t, Memory.t)`),
    "true",
  );
});

test("a table is the same key in a plain table after collections", () => {
  assert.equal(
    open().run(
      'Memory.t = {} local set = {[Memory.t] = "here"} for i = 1, 10 do collectgarbage() end return set[Memory.t]',
    ),
    "here",
  );
});

test("ids that a sweep freed are given to empty tables", () => {
  const lua = swept("for i = 1, 10 do ext.table().x = i end");
  assert.equal(lua.run("local t = ext.table() return ext.id(t), ext.size(t), t.x"), "2\t0\tnil");
});

test("a sweep on a store that was replaced goes by the new one", () => {
  const lua = swept("Memory.a = {1}");
  lua.host.store = storeOf({
    0: [["next", 5n]],
    1: [["b", { table: 3 }]],
    2: [["x", 1n]],
    3: [["x", 1n]],
    4: [["x", 1n]],
  });
  lua.exports.run_gc();
  assert.deepEqual(used(lua), [3]);
});

test("a deletion that the host refuses leaves the rest swept, and the table for the next sweep", () => {
  let refuses = true;
  const lua = swept(
    "for i = 1, 5 do local t = ext.table() t.x = i t.y = i end",
    refusing(storeHost(), ({ name, table }) => refuses && name === "delete" && table === 4),
  );
  assert.deepEqual(used(lua), [4]);
  refuses = false;
  lua.exports.run_gc();
  assert.deepEqual(used(lua), []);
});

test("malformed values do not stop the sweep from keeping the rest", () => {
  const store = storeOf({
    0: [["next", 9n]],
    1: [
      ["bad", [2, 1]],
      ["f", [5, 0]],
      ["long", "x".repeat(50_000)],
      ["a", { table: 2 }],
      ["zero", [7, 0, 0, 0, 0]],
    ],
    2: [["x", 1n]],
    3: [["x", 1n]],
  });
  const lua = open(tooBig(storeHost(store)));
  lua.exports.run_gc();
  assert.equal(lua.run("return Memory.a.x"), "1");
  assert.equal(contents(lua, 1), 5);
  assert.equal(contents(lua, 3), 0);
});

test("a value that looks like a table but is longer keeps nothing", () => {
  const store = storeOf({ 0: [["next", 3n]], 1: [["s", "\x07\x02\0\0\0"]], 2: [["x", 1n]] });
  const lua = open(storeHost(store));
  lua.exports.run_gc();
  assert.deepEqual(used(lua), []);
});

test("a reference to an id that was never given does no harm", () => {
  const store = storeOf({
    0: [["next", 3n]],
    1: [
      ["far", { table: 2 ** 32 - 2 }],
      ["near", { table: 100 }],
      [{ table: 5000 }, 1n],
    ],
  });
  const lua = open(storeHost(store));
  lua.exports.run_gc();
  assert.equal(lua.run("return Memory.far.x, Memory.near.x, ext.id(Memory.far)"), "nil\tnil\t4294967294");
});

const nextOf = lua => Number(Buffer.from(stored(lua.host, 0, "next")).readBigInt64LE(1));

test("a damaged reference to a huge id does not raise next", () => {
  const lua = openCounting(
    storeOf({
      0: [["next", 3n]],
      1: [
        ["far", [7, 255, 255, 255, 127]],
        ["near", { table: 2 }],
      ],
      2: [["x", 1n]],
    }),
  );
  for (let sweep = 1; sweep <= 2; sweep++) {
    const { size } = callsOf(lua, () => lua.exports.run_gc());
    assert.ok(size < 20, `${size} calls in sweep ${sweep}`);
    assert.equal(nextOf(lua), 3);
  }
});

/** Ids that one sweep looks at (src/ext/sweep.rs). */
const LOOKED_AT = 1 << 22;

/** A host that counts the sizes it is asked for, and keeps no log of millions of calls. */
function countingSizes(store) {
  const host = storeHost(store);
  const counted = wrap(host, { size: table => ++counted.sizes && host.size(table) });
  return Object.assign(counted, { sizes: 0 });
}

test("a sweep of a store with a damaged next of 2^31 ends soon, and brings next down", () => {
  const host = countingSizes(storeOf({ 0: [["next", 2n ** 31n]], 1: [["t", { table: 2 }]], 2: [["x", 1n]] }));
  const lua = open(host);
  for (let sweep = 1; sweep <= 2; sweep++) {
    host.sizes = 0;
    lua.exports.run_gc();
    assert.ok(host.sizes < LOOKED_AT + 20, `${host.sizes} calls`);
    assert.equal(nextOf(lua), 2 ** 31 - sweep * LOOKED_AT);
  }
  assert.equal(lua.run("local t = ext.table() t.x = 2 return Memory.t.x, t.x"), "1\t2");
});

test("what one sweep does not get to, the next ones delete", () => {
  const top = 2 * LOOKED_AT + 100;
  const store = storeOf({
    0: [["next", BigInt(top + 1)]],
    1: [["far", { table: top }]],
    5: [["x", 1n]],
    [LOOKED_AT]: [["x", 1n]],
    [top - 1]: [["x", 1n]],
  });
  const lua = open(storeHost(store));
  const left = [];
  for (let sweep = 1; sweep <= 3; sweep++) {
    lua.exports.run_gc();
    left.push(used(lua));
  }
  assert.deepEqual(left, [[5, LOOKED_AT], [5], []]);
  assert.equal(nextOf(lua), top + 1, "the table that Memory refers to keeps its id");
});

test("run_gc of a clean store deletes nothing", () => {
  const lua = openCounting();
  lua.run('Memory.t = {{1}, {2}} ext.table("n").x = {3}');
  const before = dump(lua.host.store);
  const { delete: deleted } = callsOf(lua, () => lua.exports.run_gc());
  assert.equal(deleted, 0);
  assert.deepEqual(dump(lua.host.store), before);
});

test("random graphs: exactly what the roots reach is left", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    const count = 2 + random.below(60);
    const tables = { 0: [["next", BigInt(count + 2)]], 1: [] };
    const edges = new Map([[1, []]]);
    for (let id = 2; id < count + 2; id++) {
      tables[id] = [["x", 1n]];
      edges.set(id, []);
    }
    for (let i = 0; i < count; i++) {
      const from = 1 + random.below(count + 1);
      const to = 1 + random.below(count + 1);
      edges.get(from).push(to);
      tables[from].push(random.chance(0.5) ? [`e${i}`, { table: to }] : [{ table: to }, 1n]);
    }
    const reached = new Set();
    const visit = id => reached.has(id) || (reached.add(id), edges.get(id).forEach(visit));
    visit(1);
    const named = 1 + random.below(count + 1);
    tables[0].push(["name:n", { table: named }]);
    visit(named);
    const lua = open(storeHost(storeOf(tables)));
    lua.exports.run_gc();
    assert.deepEqual(
      used(lua),
      [...reached].filter(id => id > 1).sort((a, b) => a - b),
      `seed ${seed}`,
    );
  }
});

test("a chain by keys is followed to any depth", () => {
  const depth = LONG ? 1_000_000 : 50_000;
  const lua = swept(
    `local t = ext.table() Memory.start = t for i = 1, ${depth} do local n = ext.table() t[n] = true t = n end t.last = 1 t = nil`,
  );
  assert.equal(
    lua.run(`local t, n = Memory.start, 0 while not t.last do t = pairs(t)() n = n + 1 end return n`),
    String(depth),
  );
});
