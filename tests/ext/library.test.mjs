// The library `ext`: names, ids, size, clear, copy; and that no script can forge an external table.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, quote } from "../abi/client.mjs";
import { DESCRIBE, reopen } from "./store.mjs";

const opened = source => {
  const lua = open();
  lua.run(source);
  return lua;
};

test("Memory and _home are the table with id 1", () => {
  assert.equal(open().run("return rawequal(Memory, _home), ext.id(Memory), type(Memory)"), "true\t1\ttable");
});

test("the first ordinary id is 2, and ids do not repeat", () => {
  assert.equal(
    open().run("a, b, c = ext.table(), ext.table(), ext.table() return ext.id(a), ext.id(b), ext.id(c)"),
    "2\t3\t4",
  );
});

test("a named table is the same table each time", () => {
  assert.equal(
    open().run('return rawequal(ext.table("a"), ext.table("a")), ext.table("a") == ext.table("b")'),
    "true\tfalse",
  );
});

test("a named table is the same one after a reload, with its contents", () => {
  const lua = opened('ext.table("a").x = 5 id = ext.id(ext.table("a")) ext.table("b").x = 6');
  assert.equal(
    reopen(lua).run('return ext.id(ext.table("a")), ext.table("a").x, ext.table("b").x'),
    `${lua.run("return id")}\t5\t6`,
  );
});

const AWKWARD_NAMES = ["", "\0", "a", "a\0b", "name:", "next", "max", "\xff", "x".repeat(10_000), "\x01", "7"];

test("a name can be any string", () => {
  const lua = open();
  const quoted = AWKWARD_NAMES.map(name => quote(Buffer.from(name, "latin1")));
  quoted.forEach((name, i) => lua.run(`ext.table(${name}).i = ${i}`));
  const other = reopen(lua);
  quoted.forEach((name, i) => assert.equal(other.run(`return ext.table(${name}).i`), String(i)));
  assert.equal(
    other.run("local t = ext.table() t.x = 1 return ext.id(t)"),
    String(2 + AWKWARD_NAMES.length),
    "the catalogue is whole",
  );
});

test("ext.names is a sorted list of all names", () => {
  const lua = open();
  const quoted = AWKWARD_NAMES.map(name => quote(Buffer.from(name, "latin1")));
  for (const name of quoted) lua.run(`ext.table(${name})`);
  lua.run("ext.table() Memory.a = {}");
  assert.equal(
    lua.run(`local expected = {${quoted.join(",")}} table.sort(expected)
      local names = ext.names()
      assert(#names == #expected and getmetatable(names) == nil)
      for i, name in ipairs(expected) do assert(names[i] == name) end
      return type(names)`),
    "table",
  );
});

test("ext.names works when a script has replaced table.sort", () => {
  const lua = opened('ext.table("b") ext.table("a") ext.table("c") table.sort = nil');
  assert.equal(lua.run('return table.concat(ext.names(), " ")'), "a b c");
});

test("ext.names is empty in a new store", () => {
  assert.equal(open().run("return #ext.names()"), "0");
});

test("ext.drop says whether there was such a name", () => {
  assert.equal(
    open().run('ext.table("a") return ext.drop("a"), ext.drop("a"), ext.drop("b"), #ext.names()'),
    "true\tfalse\tfalse\t0",
  );
});

test("a dropped name names a new table afterwards", () => {
  assert.equal(
    open().run(
      'local old = ext.table("a") old.x = 1 ext.drop("a") return ext.table("a") == old, ext.table("a").x, old.x',
    ),
    "false\tnil\t1",
  );
});

test("the contents of a dropped table go with the next sweep", () => {
  const lua = opened('ext.table("a").x = 1 ext.drop("a")');
  const id = 2;
  assert.equal(lua.host.store.get(id).size, 1);
  lua.exports.run_gc();
  assert.equal(lua.host.store.get(id)?.size ?? 0, 0);
});

test("a dropped table that something else reaches stays", () => {
  const lua = opened('ext.table("a").x = 1 Memory.a = ext.table("a") ext.drop("a")');
  lua.exports.run_gc();
  assert.equal(reopen(lua).run("return Memory.a.x"), "1");
});

test("a name that is no string is an error with the position", () => {
  for (const call of ["ext.table({})", "ext.table(true)", "ext.drop()", "ext.drop({})", "ext.table(Memory)"]) {
    assert.match(open().fail(call), /^eval:1: /, call);
  }
});

test("the functions of ext take external tables only", () => {
  for (const name of ["size", "clear", "copy", "id"]) {
    for (const argument of ["", "nil", "1", '"Memory"', "{}", "io.stdout", "print"]) {
      assert.match(
        open().fail(`ext.${name}(${argument})`),
        /^eval:1: bad argument #1 to '\w+' \(external table expected, got /,
        `${name}(${argument})`,
      );
    }
  }
});

test("ext.size counts keys, of the table alone", () => {
  assert.equal(
    open().run(
      "Memory.t = {1, 2, {3, 4}, x = 5, [0.5] = 6} Memory.t[2] = nil return ext.size(Memory.t), ext.size(Memory), ext.size(ext.table())",
    ),
    "4\t1\t0",
  );
});

test("ext.clear deletes every key of any kind, and those alone", () => {
  const lua = opened(`Memory.other = 1
    local t = ext.table("t")
    for i = 1, 10000 do t[i] = i end
    for _, k in ipairs{"", "\\0", "\\255", 0.5, -1, true, false, Memory, ("k"):rep(20000)} do t[k] = 1 end
    ext.clear(t)`);
  assert.equal(
    lua.run(
      'local t = ext.table("t") for _ in pairs(t) do error("a key") end return ext.size(t), #t, Memory.other, #ext.names()',
    ),
    "0\t0\t1\t1",
  );
});

test("a cleared table is the same table and can be filled again", () => {
  assert.equal(
    open().run("Memory.t = {1} local t = Memory.t ext.clear(t) t.x = 2 return Memory.t == t, Memory.t.x, Memory.t[1]"),
    "true\t2\tnil",
  );
});

test("ext.copy makes plain tables, all the way down", () => {
  assert.equal(
    open().run(
      "Memory.t = {a = {b = {1}}} local c = ext.copy(Memory.t) return type(c), type(c.a.b), getmetatable(c), getmetatable(c.a), c.a.b[1]",
    ),
    "table\ttable\tnil\tnil\t1",
  );
});

test("ext.copy keeps shared tables shared and cycles closed", () => {
  assert.equal(
    open().run(`local s = {} local t = {s, s, {s}} t.self = t Memory.t = t
      local c = ext.copy(Memory.t)
      return c[1] == c[2], c[3][1] == c[1], c.self == c, c[1] == c[3]`),
    "true\ttrue\ttrue\tfalse",
  );
});

test("ext.copy and the original do not reach each other", () => {
  assert.equal(
    open().run(`Memory.t = {n = 1, inner = {n = 1}}
      local c = ext.copy(Memory.t)
      c.n, c.inner.n, Memory.t.m, Memory.t.inner.m = 2, 2, 3, 3
      return Memory.t.n, Memory.t.inner.n, c.m, c.inner.m`),
    "1\t1\tnil\tnil",
  );
});

test("what ext.copy gives can be stored, and is the same again", () => {
  const lua = opened(
    `local s = {"s", ("x"):rep(100000)} Memory.t = {s, {s, [0.5] = true, [""] = -0.0}, [-1] = "\\0"} Memory.t.self = Memory.t`,
  );
  lua.run("Memory.u = ext.copy(Memory.t)");
  assert.equal(
    lua.run(
      `${DESCRIBE} return describe(Memory.t) == describe(Memory.u), Memory.u.self == Memory.u, #describe(Memory.t) > 100000`,
    ),
    "true\ttrue\ttrue",
  );
});

test("a key that is a table in the copied graph is its copy", () => {
  assert.equal(
    open().run('Memory.t = {} Memory.t.a = {} Memory.t[Memory.t.a] = "v" local c = ext.copy(Memory.t) return c[c.a]'),
    "v",
  );
});

// Forging.

test("the metatable is hidden and cannot be changed", () => {
  assert.equal(open().run("return getmetatable(Memory), debug.getmetatable(Memory)"), "nil\tnil");
  for (const call of ["setmetatable(Memory, {})", "setmetatable(Memory, nil)", "debug.setmetatable(Memory, {})"]) {
    assert.equal(open().fail(call), "eval:1: cannot change the metatable of an external table", call);
  }
});

test("debug.getregistry is absent", () => {
  assert.equal(open().run("return debug.getregistry"), "nil");
});

test("a metamethod refuses what is no external table, however it got there", () => {
  const lua = opened("Memory.secret = 1 mt = debug.getmetatable(Memory)");
  for (const forged of [
    "{}",
    "io.stdout",
    '"x"',
    "nil",
    "1",
    "print",
    "coroutine.create(print)",
    '"\\5\\0\\0\\0\\1\\0\\0\\0"',
  ]) {
    for (const call of ['__index(F, "secret")', '__newindex(F, "secret", 2)', "__len(F)", "__pairs(F)"]) {
      const { ok } = lua.eval(
        `local m = debug.getmetatable(Memory) if m then return m.${call.replace("F", forged)} end error("hidden")`,
      );
      assert.ok(!ok, `${call} with ${forged}`);
    }
  }
  assert.equal(lua.run("return Memory.secret"), "1");
});

test("another userdata with the metatable of an external table is none", () => {
  const lua = opened("Memory.secret = 1");
  assert.ok(!lua.eval("debug.setmetatable(io.stdout, debug.getmetatable(Memory)) return io.stdout.secret").ok);
  assert.ok(!lua.eval("Memory.f = io.stdout").ok);
  assert.equal(lua.run("return ext.size(Memory)"), "1");
});

test("user values and upvalues do not lead to another table", () => {
  const lua = opened("Memory.x = 1 a = ext.table() a.secret = 1");
  assert.equal(
    lua.run(`
    assert(not debug.setuservalue(Memory, 7, 1))
    local step = pairs(Memory)
    for i = 1, 20 do
      for _, v in ipairs{2, 0, "\\255\\255\\255\\255", ("\\255"):rep(1000), false, {}, print, io.stdout, -1, math.mininteger, math.maxinteger} do
        local s = pairs(Memory)
        pcall(debug.setupvalue, s, i, v)
        for _ = 1, 3 do
          local done, k, value = pcall(s)
          if done and k ~= nil then assert(k == "x" and value == 1, tostring(k)) end
        end
      end
    end
    return Memory.x, a.secret, ext.size(Memory)`),
    "1\t1\t1",
  );
});

test("no id leads to the catalogue or to the services", () => {
  const lua = opened('ext.table("n")');
  for (const id of [0, -1, 4294967295, 4294967296, 1 << 31])
    assert.ok(!lua.eval(`return ext.table(${id}).next`).ok, String(id));
  assert.equal(lua.run('return Memory.next, Memory["name:n"], ext.table("name:n").next'), "nil\tnil\tnil");
});

test("hooks and finalizers that change every local of every level reach no other table and do no harm", () => {
  const lua = opened(`
    victim = ext.table() victim.secret = "s" Memory.x = {1, {2}} for i = 1, 50 do Memory[i] = ("v"):rep(i * 10) end
    junk = {false, 1, "", ("j"):rep(3000), {}, print, io.stdout}
    local n = 0
    function meddle()
      n = n + 1
      for level = 1, 12 do
        local info = debug.getinfo(level, "S")
        if not info then break end
        if info.what == "C" then
          for i = 1, 12 do
            if debug.getlocal(level, i) == nil then break end
            debug.setlocal(level, i, junk[(n + i) % #junk + 1])
          end
        end
      end
      junk[4] = ("j"):rep(3000 + n % 100)
    end
    function arm() setmetatable({}, {__gc = function() pcall(meddle) if armed then arm() end end}) end`);
  const actions = [
    'Memory.y = {1, {2}, ("y"):rep(30000)}',
    "return Memory.x",
    "return #ext.names()",
    "return ext.copy(Memory)",
    'for k, v in pairs(Memory) do local s = k .. "" end',
    'ext.table("n")',
    "table.sort(Memory)",
    "return #Memory[50]",
    "Memory.z = nil",
    "ext.table().x = {}",
    'ext.drop("n")',
    'local t = {} for i = 1, 100 do t[i] = ("k" .. i):rep(50) end Memory.w = t',
  ];
  for (const action of actions) {
    for (const mode of ["hook", "finalizer"]) {
      const start =
        mode === "hook"
          ? 'debug.sethook(function() debug.sethook() pcall(meddle) debug.sethook(again, "cr") end, "cr") again = debug.gethook()'
          : 'armed = true collectgarbage("setpause", 0) collectgarbage("setstepmul", 400) arm()';
      const stop = mode === "hook" ? "debug.sethook()" : 'armed = false collectgarbage("setpause", 200)';
      lua.eval(`${start} for i = 1, 30 do pcall(function() ${action} end) collectgarbage("step", 1) end ${stop}`);
      lua.eval('debug.sethook() armed = false collectgarbage("setpause", 200) collectgarbage()');
      assert.equal(lua.run("return victim.secret, ext.size(victim), 1 + 1"), "s\t1\t2", `${mode}: ${action}`);
    }
  }
});

test("debug shows no locals and no upvalues of library functions", () => {
  assert.equal(
    open().run(`
    local shown = 0
    local function look()
      for level = 1, 10 do
        local info = debug.getinfo(level, "S")
        if not info then break end
        if info.what == "C" and debug.getlocal(level, 1) then shown = shown + 1 end
      end
    end
    Memory.x = {3, 1, 2}
    debug.sethook(look, "cr")
    ext.names() ext.copy(Memory) table.sort(Memory.x) Memory.y = {{}}
    debug.sethook()
    table.sort({3, 1, 2}, function(a, b) look() return a < b end)
    for i = 1, 10 do
      if debug.getupvalue((pairs(Memory)), i) or debug.setupvalue((pairs(Memory)), i, 1) then shown = shown + 1 end
    end
    return shown`),
    "0",
  );
});
