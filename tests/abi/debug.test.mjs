// Nothing in the debug library forges an external table, reaches behind the libraries, or traps.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open } from "./client.mjs";

let lua;
beforeEach(() => {
  lua = open();
  lua.run('Memory.x = "kept"');
});

/** Runs source, which may fail or not; then the module must be sound. */
function survive(source) {
  const answer = lua.eval(source);
  assert.equal(lua.run("debug.sethook() return 1 + 1, Memory.x"), "2\tkept");
  return answer.text;
}

test("debug.getregistry is absent", () => {
  assert.equal(lua.run("return debug.getregistry"), "nil");
});

test("the metatable of an external table is not to be had", () => {
  assert.equal(
    lua.run("return getmetatable(Memory), debug.getmetatable(Memory), debug.getuservalue(Memory, 1)"),
    "nil\tnil\tnil",
  );
  assert.equal(
    lua.run("next(Memory) return debug.getuservalue(Memory, 1), debug.setuservalue(Memory, {}, 1)"),
    "nil\tnil",
  );
  assert.match(lua.fail("setmetatable(Memory, {})"), /./);
});

test("debug.getmetatable of an external table gives nothing that reaches another table", () => {
  // The metamethods may be had, but refuse whatever is not an external table.
  const source = `local mt = debug.getmetatable(Memory)
    if type(mt) ~= "table" then return "hidden" end
    local report = {}
    for _, value in ipairs {1, 2, "x", {}, io.stdout, print, coroutine.create(print), false} do
      for _, name in ipairs {"__index", "__newindex", "__len", "__pairs", "__gc"} do
        if type(mt[name]) == "function" then
          report[#report + 1] = tostring((pcall(mt[name], value, 1, 1)))
        end
      end
    end
    return table.concat(report, " ")`;
  assert.doesNotMatch(survive(source), /true/);
});

for (const [name, value] of Object.entries({ "an external table": "Memory", "a file": "io.stdout" })) {
  test(`debug.setmetatable on ${name} is refused`, () => {
    const source = `local before = debug.getmetatable(${value})
      local ok = pcall(debug.setmetatable, ${value}, {__index = {x = "forged"}})
      local removed = pcall(debug.setmetatable, ${value}, nil)
      return ok, removed, debug.getmetatable(${value}) == before`;
    assert.equal(survive(source), "false\tfalse\ttrue");
  });
}

test("a file cannot be given the metatable of an external table, nor the other way round", () => {
  survive(`pcall(debug.setmetatable, io.stdout, debug.getmetatable(Memory))
    pcall(debug.setmetatable, Memory, debug.getmetatable(io.stdout))`);
  assert.equal(lua.run("return io.type(io.stdout), io.type(Memory)"), "file\tnil");
});

test("a plain table with an external table's metatable is no external table", () => {
  survive(`local mt = debug.getmetatable(Memory)
    if type(mt) == "table" then fake = debug.setmetatable({}, mt) else fake = {} end`);
  assert.doesNotMatch(survive("return pcall(function() return fake.x end)"), /kept/);
  survive('pcall(function() fake.x = "forged" end) pcall(function() return #fake end)');
});

test("a light userdata, number or string with an external table's metatable is no external table", () => {
  survive(`local mt = debug.getmetatable(Memory)
    if type(mt) == "table" then
      for _, value in ipairs {1, true, "", print} do
        local before = debug.getmetatable(value)
        debug.setmetatable(value, mt)
        found = pcall(function() return value.x end)
        debug.setmetatable(value, before)
        assert(not found)
      end
    end`);
});

test("changing an external table's metatable in place neither traps nor reaches another table", () => {
  survive(`local mt = debug.getmetatable(Memory)
    if type(mt) == "table" then
      local kept = {}
      for k, v in pairs(mt) do kept[k] = v end
      for k in pairs(kept) do mt[k] = nil end
      mt.__index = function(_, k) return k end
      pcall(function() return Memory.x, #Memory end)
      mt.__index = nil
      for k, v in pairs(kept) do mt[k] = v end
    end`);
});

test("user values of external tables and files cannot be set or found", () => {
  assert.equal(
    survive(`local found = {}
    for n = -1, 3 do
      for _, u in ipairs {Memory, io.stdout} do
        local ok, value = pcall(debug.setuservalue, u, "x", n)
        found[#found + 1] = ok and value and "set" or nil
        found[#found + 1] = debug.getuservalue(u, n)
      end
    end
    return #found`),
    "0",
  );
});

test("debug.setlocal cannot change what a for loop keeps for itself", () => {
  for (const loop of [
    "for i = 1, 3 do",
    "for i = 1.0, 3.0 do",
    "for i in next, {1, 2, 3} do",
    'for i in string.gmatch("abc", ".") do',
  ]) {
    for (const value of ['"x"', "{}", "nil", "1 << 62", "-1", "print", "Memory"]) {
      survive(`local rounds = 0
        ${loop}
          rounds = rounds + 1
          if rounds > 10 then break end
          for n = 1, 30 do
            local name = debug.getlocal(1, n)
            if name and name:sub(1, 1) == "(" then debug.setlocal(1, n, ${value}) end
          end
        end`);
    }
  }
});

test("debug.setlocal cannot change temporaries of Lua and C functions, at any level", () => {
  for (const value of ['"x"', "{}", "nil", "1 << 62", "print", "Memory"]) {
    survive(`local function meddle()
        for level = 2, 12 do
          for n = -5, 40 do
            local ok, name = pcall(debug.getlocal, level, n)
            if ok and name and name:sub(1, 1) == "(" then pcall(debug.setlocal, level, n, ${value}) end
          end
        end
        return "r"
      end
      pcall(string.gsub, "abc", ".", meddle)
      pcall(table.sort, {3, 2, 1}, function(a, b) meddle() return a < b end)
      pcall(string.format, "%s%s", setmetatable({}, {__tostring = meddle}), 1)
      pcall(table.concat, setmetatable({}, {__len = function() return 3 end, __index = meddle}))
      pcall(function() return {1, 2, meddle(), 3} end)
      pcall(function() return "a" .. meddle() .. setmetatable({}, {__concat = meddle}) .. 1 end)
      pcall(load, function() local r = meddle() meddle = function() end return "return 1" end)
      pcall(require, setmetatable({}, {__tostring = meddle}))
      coroutine.wrap(function() meddle() end)()`);
  }
});

test("debug.getlocal of other coroutines, suspended in C functions, is harmless", () => {
  survive(`local co = coroutine.create(function() string.gsub("x", "x", function() end) pcall(coroutine.yield) end)
    coroutine.resume(co)
    for level = 0, 5 do
      for n = -5, 20 do
        local ok, name = pcall(debug.getlocal, co, level, n)
        if ok and name then pcall(debug.setlocal, co, level, n, {}) end
      end
    end
    return coroutine.resume(co)`);
});

test("upvalues of C functions cannot be read or set", () => {
  assert.equal(
    survive(`local found = {}
    local functions = {string.gmatch("abc", "."), coroutine.wrap(print), io.lines, require, next, package.searchers[1], (utf8.codes("x"))}
    for _, f in ipairs(functions) do
      for n = 1, 10 do
        if debug.getupvalue(f, n) ~= nil then found[#found + 1] = "get" end
        if debug.setupvalue(f, n, {}) ~= nil then found[#found + 1] = "set" end
      end
    end
    return table.concat(found, " ")`),
    "",
  );
});

test("a gmatch iterator works whatever debug does to it", () => {
  assert.equal(
    survive(`local f = string.gmatch("abc", ".")
    for n = -3, 10 do
      pcall(debug.setupvalue, f, n, {})
      pcall(debug.upvalueid, f, n)
      pcall(debug.upvaluejoin, f, n, function() return f end, 1)
      pcall(debug.upvaluejoin, function() return f end, 1, f, n)
    end
    return f(), f(), f()`),
    "a\tb\tc",
  );
});

test("upvaluejoin of Lua functions works, and refuses C functions", () => {
  assert.equal(
    survive(`local a, b = 1, 2
    local function fa() return a end local function fb() return b end
    debug.upvaluejoin(fa, 1, fb, 1)
    return fa(), (pcall(debug.upvaluejoin, print, 1, fb, 1))`),
    "2\tfalse",
  );
});

test("a hook left behind by one eval does not spoil the next one", () => {
  for (const mask of ['"c"', '"r"', '"l"', '"", 1']) {
    lua.eval(`debug.sethook(function() error("from the hook") end, ${mask})`);
    assert.equal(lua.run("return 1 + 1"), "2");
  }
});

test("a hook that a finalizer sets does not spoil the eval in which it happens to run", () => {
  for (const set of [
    'debug.sethook(raise, "lcr", 1)',
    'debug.sethook(main, raise, "lcr", 1)',
    'coroutine.wrap(function() debug.sethook(main, raise, "c") end)()',
  ]) {
    const lua = open();
    lua.run(`main = coroutine.running() function raise() error("from the hook") end
      for i = 1, 1000 do setmetatable({}, {__gc = function() finalized = true ${set} end}) end`);
    // Enough garbage for a collection, without a call of it.
    for (let i = 0; i < 400; i++)
      assert.equal(lua.run("for i = 1, 200 do local t = {} end return debug.gethook() == nil"), "true", set);
    assert.equal(lua.run("return finalized"), "true");
  }
});

test("a hook of the script survives finalizers, which do not run under it", () => {
  const source = `local lines, finalized = 0, 0
    debug.sethook(function() lines = lines + 1 end, "l")
    setmetatable({}, {__gc = function() finalized = finalized + 1 end})
    collectgarbage()
    local there = debug.gethook() ~= nil
    debug.sethook()
    return there, finalized, lines`;
  assert.equal(open().run(source), "true\t1\t4");
});

test("an error under a hook that errors is not taken for lack of memory", () => {
  assert.doesNotMatch(
    lua.eval('debug.sethook(function() error("from the hook") end, "c") print()').text,
    /not enough memory/,
  );
});

const HOOKS = {
  "that errors": 'error("from the hook")',
  "that errors with a table": "error({})",
  "that yields": "coroutine.yield()",
  "that sets another hook": 'debug.sethook(function() error("second") end, "crl", 1)',
  "that collects garbage": "collectgarbage()",
  "that closes its coroutine": "coroutine.close(coroutine.running())",
  "that recurses": "local function f() return f() + 1 end f()",
  "that reads and writes external tables": "Memory.y = Memory.x",
  "that changes locals of its caller": "for n = 1, 20 do pcall(debug.setlocal, 2, n, {}) end",
};
const MASKS = { calls: '"c"', returns: '"r"', lines: '"l"', counts: '"", 1', "all of them": '"crl", 3' };
for (const [name, action] of Object.entries(HOOKS)) {
  for (const [on, mask] of Object.entries(MASKS)) {
    test(`a hook ${name} does not trap, on ${on}`, () => {
      for (const wrapper of [
        "pcall(body)",
        "coroutine.wrap(body)()",
        'pcall(string.gsub, "abc", ".", body)',
        "pcall(table.sort, {3, 1, 2}, body)",
      ]) {
        survive(`local function body()
            debug.sethook(function() ${action} end, ${mask})
            local t = {} for i = 1, 3 do t[i] = tostring(i) .. string.rep("x", i) end
            local y = Memory.x .. #Memory
            return false
          end
          local ok = pcall(function() ${wrapper} end) debug.sethook()`);
      }
    });
  }
}

test("the function that stores a graph is not shown to a hook", () => {
  const found = lua.run(`local seen, found = {}, {}
    debug.sethook(function()
      for level = 2, 4 do
        local info = debug.getinfo(level, "fS")
        if info and info.what == "C" and not seen[info.func] then seen[info.func] = true found[#found + 1] = info.func end
      end
    end, "cr")
    Memory.t = { 1, { 2 } }
    debug.sethook()
    -- __newindex, and debug.sethook itself
    return #found, seen[debug.sethook]`);
  assert.equal(found, "2\ttrue");
});

test("no table of another id comes out of a graph that is changed while it is stored", () => {
  const text = survive(`local secret = ext.table("secret") secret.x = "secret"
    local found = {}
    debug.sethook(function() local info = debug.getinfo(2, "fS") if info.what == "C" then found[#found + 1] = info.func end end, "cr")
    Memory.t = { { 1 } }
    debug.sethook()
    collectgarbage("setpause", 0) collectgarbage("setstepmul", 1000)
    for round = 1, 20 do
      for _, f in ipairs(found) do
        local graph = {}
        for i = 1, 200 do graph[i] = { i } end
        setmetatable({}, { __gc = function() for i = 1, 200 do graph[i] = { { i } } end end })
        pcall(f, Memory, "g", graph)
        local g = Memory.g
        if type(g) == "table" then for i = 1, 200 do assert(type(g[i]) == "table" and g[i].x == nil) end end
      end
    end
    debug.sethook() Memory.g = nil return "sound"`);
  assert.equal(text, "sound");
});

test("the finalizer of string buffers, which a hook is shown, takes no other userdata", () => {
  assert.equal(
    survive(`local seen = {}
    debug.sethook(function() seen[debug.getinfo(2, "f").func] = true end, "c")
    for i = 1, 3 do local s = string.gsub(string.rep("x", 5000), "x", "yy") end
    debug.sethook()
    local known = { [string.gsub] = true, [string.rep] = true, [debug.sethook] = true }
    local called = 0
    for f in next, seen do
      if not known[f] then
        called = called + 1
        for _, value in ipairs {io.stdout, io.stderr, Memory, 1, {}} do for i = 1, 3 do assert(not pcall(f, value)) end end
      end
    end
    return called`),
    "1",
  );
});

test("internal functions that a hook finds cannot be misused", () => {
  // The function that runs the source of an eval is among them, and would start all this again.
  survive(`if started then return "again" end started = true
    local found, seen = {}, {}
    local function spy() for level = 1, 6 do
      local info = debug.getinfo(level, "f")
      if info and info.func and not seen[info.func] then seen[info.func] = true found[#found + 1] = info.func end
    end end
    debug.sethook(spy, "cr")
    local work = {
      function() Memory.a = 1 return Memory.a, #Memory end,
      function() for x in string.gmatch("ab", ".") do end end,
      function() for p in utf8.codes("ab") do end end,
      function() pcall(require, "nothing") package.preload.m = function() end require "m" end,
      function() tostring(io.stdout) io.stdout:write("") end,
      function() setmetatable({}, {__gc = function() end}) collectgarbage() end,
      function() coroutine.wrap(function() coroutine.yield() end)() end,
      function() for k in pairs(Memory) do end end,
      function() local c <close> = io.lines and setmetatable({}, {__close = function() end}) end,
    }
    for _, f in ipairs(work) do pcall(f) end
    debug.sethook()
    local values = {nil, false, 0, -1, 1 << 62, 0.5, "x", "", {}, print, Memory, io.stdout, coroutine.create(print)}
    for _, f in ipairs(found) do
      if debug.getinfo(f, "S").what == "C" and f ~= debug.sethook and f ~= collectgarbage then
        for i = 1, 13 do for j = 1, 13 do pcall(f, values[i], values[j], values[(i + j) % 13 + 1]) end end
      end
    end
    -- Memory and "x" were among the arguments of its own metamethods.
    debug.sethook() Memory.x = "kept" return #found`);
});

test("metamethods of an external table called by hand with other arguments only raise", () => {
  survive(`local mt = debug.getmetatable(Memory)
    if type(mt) == "table" then
      local values = {nil, false, 0, "x", {}, print, Memory, io.stdout, coroutine.create(print)}
      for name, f in pairs(mt) do
        if type(f) == "function" then
          pcall(f)
          for i = 1, 9 do for j = 1, 9 do if values[i] ~= Memory then pcall(f, values[i], values[j], values[j]) end end end
        end
      end
    end`);
});

test("metamethods of files called by hand with other values only raise", () => {
  survive(`local mt = debug.getmetatable(io.stdout)
    for _, value in ipairs {Memory, {}, 1, "x", print} do
      for name, f in pairs(mt) do if type(f) == "function" then assert(not pcall(f, value)) end end
      for name, f in pairs(mt.__index) do if type(f) == "function" then assert(not pcall(f, value)) end end
    end`);
});

test("a string dumped and changed cannot be loaded", () => {
  assert.match(
    survive('local s = string.dump(function() return 1 end) return load(s:gsub("\\0", "\\1"))'),
    /^nil\t.*binary chunk/,
  );
});

test("debug.debug reads an empty stdin and returns", () => {
  assert.match(survive('debug.debug() return "back"'), /back$/);
});

test("debug.traceback and getinfo take any argument", () => {
  survive(`for _, v in ipairs {1, -1, 1 << 40, "x", {}, print, coroutine.create(print), Memory} do
      for _, w in ipairs {"nSltufrL", ">f", "x", "", 1 << 40, -5, {}, print} do
        pcall(debug.traceback, v, w) pcall(debug.getinfo, v, w) pcall(debug.getinfo, coroutine.create(print), v, w)
      end
    end`);
});

test("debug.setcstacklimit does not raise the limit", () => {
  survive("if debug.setcstacklimit then debug.setcstacklimit(30000) debug.setcstacklimit(0) end");
  assert.match(lua.fail('local function f() return (string.gsub("x", "x", f)) end f()'), /stack overflow/);
});

test("a finalizer that closes a thread does not change its traceback, and finds no place that is gone", () => {
  // What could be read in place of a level's function: a long string at an address outside of memory.
  const result = open().run(String.raw`
    for i = 1, 20 do package.loaded["a" .. i] = { ["k" .. i] = ("z"):rep(100 + i) } end
    collectgarbage("incremental", 1, 1000, 1)
    local function f(n) if n == 0 then coroutine.yield() end return 1 + f(n - 1) end
    local A, B = "\xf0\xff\xff\xff\0\0\0\0", "\x54\0\0\0\0\0\0\0"
    local forged = { (A .. B):rep(2000), (B .. A):rep(2000) }
    local thread, kept
    local closed, partial = 0, 0
    local meta = { __gc = function()
      if thread and debug.getinfo(2, "f").func == debug.traceback then
        closed = closed + 1
        coroutine.close(thread)
        thread = nil
        for _ = 1, 6 do collectgarbage() end
        kept = {}
        for j = 1, 60 do kept[j] = forged[closed % 2 + 1]:sub(1, 100 * j + 16 * closed) .. "" end
      end
    end }
    for i = 1, 300 do
      local co = coroutine.create(f)
      coroutine.resume(co, 100 + i)
      for _ = 1, i % 17 do setmetatable({}, meta) end
      thread = co
      if not debug.traceback(co):find("in function <eval:%d+>$") then partial = partial + 1 end
      thread = nil
    end
    return closed > 0, partial`);
  assert.equal(result, "true\t0");
});

test("debug works for what it is for: locals, upvalues, hooks and tracebacks of Lua functions", () => {
  assert.equal(lua.run("local a = 1 debug.setlocal(1, 1, 5) return a, debug.getlocal(1, 1)"), "5\ta\t5");
  assert.equal(
    lua.run(`local u = 1 local function f() return u end
    debug.setupvalue(f, 1, 7) return f(), debug.getupvalue(f, 1)`),
    "7\tu\t7",
  );
  assert.equal(
    lua.run(`local lines = {} debug.sethook(function(_, line) lines[#lines + 1] = line end, "l")
local x = 1
x = 2
debug.sethook() return table.concat(lines, ",")`),
    "2,3,4",
  );
  assert.equal(
    lua.run(
      'local n = 0 debug.sethook(function() n = n + 1 end, "", 100) for i = 1, 10000 do end debug.sethook() return n > 50',
    ),
    "true",
  );
  assert.equal(lua.run('return (debug.traceback("m"):gsub("\\n.*", ""))'), "m");
  assert.equal(lua.run('local function f(...) return debug.getlocal(1, -1) end return f("v")'), "(vararg)\tv");
});

test("a function of ours that a hook was shown cannot be called, by a later eval either", () => {
  lua.run(`ours = {}
    debug.sethook(function()
      local info = debug.getinfo(2, "fS")
      if info and info.what == "C" and info.func ~= debug.sethook then ours[info.func] = true end
    end, "c")
    return 1`);
  assert.equal(lua.run("local n = 0 for _ in pairs(ours) do n = n + 1 end return n > 0"), "true");
  assert.equal(
    lua.run(`for f in pairs(ours) do
      for count = 0, 3 do
        local ok, message = pcall(f, table.unpack({ 1, 2, 3 }, 1, count))
        if ok or message ~= "eval:3: not callable from Lua" then return count, ok, message end
      end
    end
    return "none"`),
    "none",
  );
});

test("nor by a hook on the very call for which an export has allowed it", () => {
  const lua = open();
  lua.run(`ours, refused = {}, 0
    debug.sethook(function()
      local info = debug.getinfo(2, "fS")
      if info and info.what == "C" and info.func ~= debug.sethook then ours[info.func] = true end
    end, "c")
    return 1`);
  assert.equal(
    lua.run(`debug.sethook(function()
        if not ours[debug.getinfo(2, "f").func] then return end
        for f in pairs(ours) do
          local ok, message = pcall(f)
          if not ok and message:find("not callable from Lua", 1, true) then refused = refused + 1 end
        end
      end, "c")
      return "shown"`),
    "shown",
  );
  assert.equal(lua.run("return refused > 0"), "true");
});
