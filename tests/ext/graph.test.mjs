// Plain tables stored by value, as new external tables: what is kept, what is refused, what it costs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { DESCRIBE, LONG, callsOf, callsOfRun, dumpTables, openCounting, reopen } from "./store.mjs";

/** What `expression` gives in a fresh instance on the store that `source` wrote. */
function afterReload(source, expression) {
  const lua = open();
  lua.run(source);
  return reopen(lua).run(`return ${expression}`);
}

test("nested tables are read back by a fresh instance", () => {
  assert.equal(
    afterReload("Memory.a = {b = {c = {d = 42}}, 1, 2}", "Memory.a.b.c.d, Memory.a[1], #Memory.a"),
    "42\t1\t2",
  );
});

test("a write into a nested table persists", () => {
  assert.equal(afterReload("Memory.cfg = {depth = 1} Memory.cfg.depth = 3", "Memory.cfg.depth"), "3");
});

test("a shared table is one table after a reload", () => {
  const source = "local s = {} Memory.g = {a = s, b = {c = s}}";
  assert.equal(afterReload(source, "rawequal(Memory.g.a, Memory.g.b.c)"), "true");
});

test("equal tables that are not the same stay two", () => {
  assert.equal(afterReload("Memory.g = {{}, {}}", "Memory.g[1] == Memory.g[2]"), "false");
});

test("a table that holds itself does so after a reload", () => {
  assert.equal(
    afterReload(
      "local t = {} t.self = t t[1] = t Memory.t = t",
      "Memory.t.self == Memory.t and Memory.t[1] == Memory.t",
    ),
    "true",
  );
});

test("a cycle of three is a cycle after a reload", () => {
  const source = "local a, b, c = {}, {}, {} a.next, b.next, c.next = b, c, a Memory.a = a Memory.x = 1";
  assert.equal(afterReload(source, "Memory.a.next.next.next == Memory.a, Memory.a.next == Memory.a"), "true\tfalse");
});

test("external tables in a plain one are stored as references", () => {
  assert.equal(
    afterReload(
      "Memory.x = {} Memory.g = {x = Memory.x, root = Memory} Memory.x.late = 7",
      "Memory.g.x.late, Memory.g.root == Memory",
    ),
    "7\ttrue",
  );
});

test("an external table can be a key in a plain one", () => {
  assert.equal(afterReload('Memory.x = {} Memory.g = {[Memory.x] = "v"}', "Memory.g[Memory.x]"), "v");
});

test("later changes to the plain table do not reach the stored one", () => {
  const lua = open();
  lua.run("local t = {n = 1, inner = {n = 1}} Memory.t = t t.n = 2 t.inner.n = 2 t.new = true");
  assert.equal(lua.run("return Memory.t.n, Memory.t.inner.n, Memory.t.new"), "1\t1\tnil");
});

test("storing a plain table twice makes two external ones", () => {
  assert.equal(open().run("local t = {} Memory.a = t Memory.b = t return Memory.a == Memory.b"), "false");
});

test("every kind of key and value survives in a graph", () => {
  const lua = open();
  const literal = `{[1] = 3.0, [-5] = math.mininteger, [0.5] = "", [1e300] = "\\0\\255", [true] = false, [false] = -0.0,
    [""] = 1, ["\\0"] = 2, ["\\4\\0\\0\\0\\0"] = 3, ["\\7\\1\\0\\0\\0"] = {4}, ["\\8"] = 5, ["\\255"] = math.huge,
    [("k"):rep(1000)] = ("v"):rep(1000000)}`;
  lua.run(`Memory.t = ${literal}`);
  const [there, here] = reopen(lua)
    .run(`${DESCRIBE} return (describe(Memory.t) .. "\\1" .. describe(${literal})):gsub("v+", "v")`)
    .replace(/\t\d+$/, "")
    .split("\x01");
  assert.equal(there, here);
  assert.ok(here.length > 1000);
});

test("a chain is stored, copied, read back and swept at any depth", () => {
  for (const depth of LONG ? [100_000, 1_000_000] : [100_000]) {
    const lua = open();
    lua.run(`local t = {} for i = 1, ${depth} do t = {next = t} end Memory.chain = t`);
    const walk = start => `local n, t = 0, ${start} while t.next do n, t = n + 1, t.next end return n`;
    const other = reopen(lua);
    assert.equal(other.run(walk("Memory.chain")), String(depth));
    assert.equal(other.run(walk("ext.copy(Memory.chain)")), String(depth));
    other.exports.run_gc();
    assert.equal(other.run(walk("Memory.chain")), String(depth), "after a sweep");
    other.run("Memory.chain = nil");
    other.exports.run_gc();
    assert.deepEqual(dumpTables(other.host.store), []);
  }
});

test("a cycle 100,000 tables long is stored, copied and swept", () => {
  const lua = open();
  lua.run(
    "local first = {} local t = first for i = 2, 100000 do t = {next = t} end first.next = t Memory.ring = first",
  );
  const walk = start =>
    `local start = ${start} local n, t = 1, start.next while t ~= start do n, t = n + 1, t.next end return n`;
  assert.equal(lua.run(walk("Memory.ring")), "100000");
  assert.equal(lua.run(walk("ext.copy(Memory.ring)")), "100000");
  lua.run("Memory.ring = nil");
  lua.exports.run_gc();
  assert.deepEqual(dumpTables(lua.host.store), []);
});

test("a table with 100,000 tables and 100,000 scalars is stored and copied", () => {
  const lua = open();
  lua.run('local t = {} for i = 1, 100000 do t[i] = {i} t["k" .. i] = i end Memory.wide = t');
  const sums = t => `local t = ${t} local a, b, n = 0, 0, 0
    for k, v in pairs(t) do n = n + 1 if math.type(k) then a = a + v[1] else b = b + v end end return n, a, b`;
  assert.equal(reopen(lua).run(sums("Memory.wide")), "200000\t5000050000\t5000050000");
  assert.equal(lua.run(sums("ext.copy(Memory.wide)")), "200000\t5000050000\t5000050000");
});

// What cannot be stored.

const REFUSED = [
  ["Memory.f = print", "cannot store a function (field 'f')"],
  ["Memory.cfg = {handlers = {1, print}}", "cannot store a function (field 'cfg.handlers[2]')"],
  ["Memory.a = {b = {[true] = {c = function() end}}}", "cannot store a function (field 'a.b[true].c')"],
  ["Memory.co = {coroutine.create(print)}", "cannot store a coroutine (field 'co[1]')"],
  ["Memory.file = {io.stdout}", "cannot store a userdata (field 'file[1]')"],
  ["Memory[1] = {print}", "cannot store a function (field '[1][1]')"],
  ["Memory.t = setmetatable({}, {})", "cannot store a table with a metatable (field 't')"],
  [
    "Memory.t = {u = setmetatable({}, {__index = error, __pairs = error, __metatable = false})}",
    "cannot store a table with a metatable (field 't.u')",
  ],
  ["local s = {print} Memory.t = {a = {s}, s}", "cannot store a function"],
];

for (const [source, message] of REFUSED) {
  test(`the error names the field: ${source}`, () => {
    const text = open().fail(source);
    assert.ok(text.startsWith(`eval:1: ${message}`), text);
    assert.match(text, /\(field '[^']+'\)$/);
  });
}

test("the path of a nested assignment begins at the field that is assigned", () => {
  assert.equal(open().fail("Memory.a = {} Memory.a.b = {c = print}"), "eval:1: cannot store a function (field 'b.c')");
});

test("a key that cannot be stored is an error that names its place", () => {
  for (const key of ["print", "{}", "coroutine.create(print)", "io.stdout"]) {
    assert.match(
      open().fail(`Memory.t = {a = {[${key}] = 1}}`),
      /^eval:1: .*(function|table|coroutine|userdata|thread).*t\.a/,
    );
  }
});

test("a function at the end of a chain 100,000 deep is an error of bounded length", () => {
  const message = open().fail("local t = {print} for i = 1, 100000 do t = {next = t} end Memory.t = t");
  assert.match(message, /^eval:1: cannot store a function \(field '.*\[1\]'\)$/);
  assert.ok(message.length < 2000, `${message.length} characters`);
});

test("nothing is written when the graph cannot be stored", () => {
  const lua = openCounting();
  lua.run('Memory.x = "old" Memory.y = {1}');
  for (const [source] of REFUSED) {
    const { set, delete: deleted } = callsOf(lua, () => lua.fail(source.replace(/Memory(\.\w+|\[1\])/, "Memory.x")));
    assert.deepEqual([set, deleted], [0, 0], source);
  }
  assert.equal(lua.run("return Memory.x"), "old");
});

test("the parent's key is written last", () => {
  const lua = openCounting();
  const { log } = callsOfRun(lua, "local t = {1, {2, {3}}, x = {}} t.self = t Memory.parent = t");
  const writes = log.filter(([name]) => name === "set").map(([, table, key]) => [table, key]);
  assert.equal(writes.length, 7 + 1 + writes.filter(([table]) => table === 0).length, "one write a field");
  assert.deepEqual(writes.at(-1), [1, "parent"]);
  assert.equal(writes.filter(([table]) => table === 1).length, 1);
});

test("storing over a table leaves the old one as it was to who holds it", () => {
  const lua = open();
  assert.equal(
    lua.run("Memory.t = {1} local old = Memory.t Memory.t = {2} return old[1], Memory.t[1], old == Memory.t"),
    "1\t2\tfalse",
  );
});

test("an empty table is stored and is the same after a reload", () => {
  assert.equal(afterReload("Memory.e = {}", 'Memory.e == Memory.e and type(Memory.e) == "table" and #Memory.e'), "0");
});

test("a finalizer that runs during a store does not change what is stored", () => {
  const lua = open();
  lua.run(`
    collectgarbage("setpause", 0) collectgarbage("setstepmul", 1000)
    local graph = {}
    for i = 1, 2000 do graph[i] = {i} end
    local function trouble()
      setmetatable({}, {__gc = function()
        for i = 1, 2000 do if graph[i] then graph[i].bad = print end end
        armed = false
      end})
    end
    trouble()
    local stored, message = pcall(function() Memory.g = graph end)
    assert(stored or message:find("cannot store a function", 1, true), message)
    if stored then for i = 1, 2000 do assert(Memory.g[i].bad == nil and Memory.g[i][1] == i) end end`);
});
