// Coroutines, goto, to-be-closed variables and the collector.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open } from "./client.mjs";

let lua;
beforeEach(() => {
  lua = open();
});

/** One behaviour: a name, a program, and what it must give by the manual. */
const PROGRAMS = {
  "values pass both ways through resume and yield": [
    'local co = coroutine.create(function(a, b) local c = coroutine.yield(a + b) local d, e = coroutine.yield(c * 2) return d + e end) return table.concat({select(2, coroutine.resume(co, 1, 2)), select(2, coroutine.resume(co, 10)), select(2, coroutine.resume(co, 3, 4))}, " ")',
    "3 20 7",
  ],
  "the status of a coroutine follows its life": [
    "local co co = coroutine.create(function() s = coroutine.status(co) coroutine.yield() end) local a = coroutine.status(co) coroutine.resume(co) local b = coroutine.status(co) coroutine.resume(co) return a, s, b, coroutine.status(co)",
    "suspended\trunning\tsuspended\tdead",
  ],
  "a coroutine that resumed another is normal": [
    "local outer outer = coroutine.create(function() return coroutine.wrap(function() return coroutine.status(outer) end)() end) return select(2, coroutine.resume(outer))",
    "normal",
  ],
  "wrap raises the error of its coroutine": [
    "return pcall(coroutine.wrap(function() error({code = 5}) end))",
    null,
    /^false\ttable: /,
  ],
  "yield crosses pcall": [
    'local co = coroutine.wrap(function() local ok, v = pcall(function() local x = coroutine.yield(1) error("e" .. x, 0) end) coroutine.yield(v) return "end" end) return co(), co(5), co()',
    "1\te5\tend",
  ],
  "yield crosses xpcall, and its handler still runs": [
    'local co = coroutine.wrap(function() return xpcall(function() coroutine.yield(1) error("x", 0) end, function(m) return "handled " .. m end) end) co() return co()',
    "false\thandled x",
  ],
  "yield crosses metamethods": [
    'local t = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end, __add = function(a, b) return coroutine.yield("add") end, __eq = function() return coroutine.yield("eq") end, __concat = function() return coroutine.yield("concat") end, __lt = function() return coroutine.yield("lt") end}) local u = setmetatable({}, getmetatable(t)) local co = coroutine.wrap(function() return t.x, t + 1, t == u, t .. "s", t < u end) return co(), co(10), co(20), co(true), co("c"), co(false)',
    "x\tadd\teq\tconcat\tlt\t10\t20\ttrue\tc\tfalse",
  ],
  "yield crosses iterators of for": [
    'local co = coroutine.wrap(function() local sum = 0 for v in function() return coroutine.yield("next") end do sum = sum + v end return sum end) co() co(1) co(2) return co(nil)',
    "3",
  ],
  "yield crosses dofile-like calls of load": [
    'local co = coroutine.wrap(function() return load("return coroutine.yield(1) + 1")() end) co() return co(41)',
    "42",
  ],
  "yield does not cross sort and gsub": [
    'local function in_(f) return select(2, coroutine.resume(coroutine.create(f))) end return in_(function() table.sort({3, 2, 1}, function() coroutine.yield() end) end), in_(function() ("x"):gsub("x", coroutine.yield) end)',
    "attempt to yield across a C-call boundary\tattempt to yield across a C-call boundary",
  ],
  "isyieldable and running tell where they are": [
    "local main, is = coroutine.running() local co = coroutine.wrap(function() local c, m = coroutine.running() return c ~= main, m, coroutine.isyieldable() end) return is, coroutine.isyieldable(), co()",
    "true\tfalse\ttrue\tfalse\ttrue",
  ],
  "a dead coroutine cannot be resumed": [
    "local co = coroutine.create(function() end) coroutine.resume(co) return coroutine.resume(co)",
    "false\tcannot resume dead coroutine",
  ],
  "a coroutine cannot resume itself": [
    "local co co = coroutine.create(function() return coroutine.resume(co) end) return select(2, coroutine.resume(co)), select(3, coroutine.resume(coroutine.create(function() return coroutine.resume(coroutine.running()) end)))",
    "false\tcannot resume non-suspended coroutine",
  ],
  "close runs pending to-be-closed variables": [
    'local log = {} local co = coroutine.create(function() local a <close> = setmetatable({}, {__close = function() log[#log + 1] = "a" end}) local b <close> = setmetatable({}, {__close = function() log[#log + 1] = "b" end}) coroutine.yield() end) coroutine.resume(co) return coroutine.close(co), coroutine.status(co), table.concat(log, " ")',
    "true\tdead\tb a",
  ],
  "close gives the error of a closing method": [
    'local co = coroutine.create(function() local a <close> = setmetatable({}, {__close = function() error("in close", 0) end}) coroutine.yield() end) coroutine.resume(co) return coroutine.close(co)',
    "false\tin close",
  ],
  "a hundred thousand coroutines, one after the other": [
    "local n = 0 for i = 1, 100000 do n = n + coroutine.wrap(function(a) coroutine.yield(a) end)(1) end return n",
    "100000",
  ],
  "ten thousand coroutines suspended at once": [
    "local t = {} for i = 1, 10000 do t[i] = coroutine.wrap(function() coroutine.yield() return i end) t[i]() end local s = 0 for i = 1, 10000 do s = s + t[i]() end return s",
    "50005000",
  ],
  "coroutines nested 150 deep": [
    "local function f(n) if n == 0 then return 0 end return 1 + coroutine.wrap(f)(n - 1) end return f(150)",
    "150",
  ],
  "deep recursion inside a coroutine, yielding at the bottom": [
    'local function f(n) if n == 0 then return coroutine.yield("bottom") end return 1 + f(n - 1) end local co = coroutine.wrap(f) local a = co(50000) return a, co(0)',
    "bottom\t50000",
  ],
  "a generator in a for loop": [
    'local o = {} for v in coroutine.wrap(function() for i = 1, 5 do coroutine.yield(i * i) end end) do o[#o + 1] = v end return table.concat(o, " ")',
    "1 4 9 16 25",
  ],
  "tracebacks of suspended coroutines": [
    'local co = coroutine.create(function() local function inner() coroutine.yield() end inner() end) coroutine.resume(co) return (debug.traceback(co):gsub("\\n", "|"))',
    null,
    /^stack traceback:\|\t\[C\]: in function 'coroutine\.yield'\|\teval:1: in /,
  ],
  "goto continues loops": [
    "local s = 0 for i = 1, 10 do if i % 2 == 0 then goto continue end s = s + i ::continue:: end return s",
    "25",
  ],
  "goto leaves nested loops": [
    'for i = 1, 10 do for j = 1, 10 do if i * j == 42 then x = i .. "," .. j goto out end end end ::out:: return x',
    "6,7",
  ],
  "goto backwards makes a loop with fresh locals": [
    "local t = {} local i = 1 ::again:: local x = i t[i] = function() return x end i = i + 1 if i <= 3 then goto again end return t[1](), t[2](), t[3]()",
    "1\t2\t3",
  ],
  "to-be-closed variables close in reverse order, on every way out": [
    'local log = {} local function c(n) return setmetatable({}, {__close = function(_, e) log[#log + 1] = n .. tostring(e) end}) end do local a <close> = c("a") local b <close> = c("b") end local function f() local d <close> = c("d") return "r" end f() for i = 1, 2 do local e <close> = c("e") if i == 1 then goto next end break ::next:: end pcall(function() local g <close> = c("g") error("!", 0) end) return table.concat(log, " ")',
    "bnil anil dnil enil enil g!",
  ],
  "the closing value of a generic for is closed": [
    "local closed = 0 for i in next, {1, 2, 3}, nil, setmetatable({}, {__close = function() closed = closed + 1 end}) do if i == 2 then break end end return closed",
    "1",
  ],
  "constants cannot be assigned": [
    'return select(2, load("local x <const> = 1 x = 2"))',
    null,
    /attempt to assign to const variable 'x'/,
  ],
  "varargs, select and table.pack keep nils": [
    'local function f(...) return select("#", ...), select(-1, ...), table.pack(...).n end return f(nil, 2, nil)',
    "3\tnil\t3",
  ],
  "multiple assignment evaluates before assigning": [
    "local i, t = 1, {} i, t[i] = i + 1, 20 local a, b = 1, 2 a, b = b, a return i, t[1], t[2], a, b",
    "2\t20\tnil\t2\t1",
  ],
  "and, or and not give operands": [
    'return nil and 1, false or "x", 1 and 2, not nil, nil or false',
    "nil\tx\t2\ttrue\tfalse",
  ],
  "integer keys and equal float keys are one": [
    'local t = {} t[1.0] = "a" t[2^53] = "b" return t[1], t[1 << 53], #t, next({[3.0] = 1}), math.type(next({[3.0] = 1}))',
    "a\tb\t1\t3\tinteger",
  ],
  "the length of a table is a border": [
    "local t = {1, 2, 3, nil, 5} local n = #t return (n == 3 or n == 5), #{n = 1}, #{1, 2, nil}",
    null,
    /^true\t0\t[2]$/,
  ],
  "pairs walks everything once, also while fields are cleared": [
    'local t = {} for i = 1, 100 do t[i] = i t["k" .. i] = i end local n = 0 for k in pairs(t) do t[k] = nil n = n + 1 end return n, next(t)',
    "200\tnil",
  ],
  "table.sort sorts, and refuses inconsistent orders": [
    "local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1009 end table.sort(t) for i = 2, 1000 do assert(t[i - 1] <= t[i]) end return (pcall(table.sort, {3, 1, 2, 5, 4, 9, 8}, function() return true end))",
    "false",
  ],
  "table.move, insert, remove, concat and unpack follow the manual": [
    'local t = {1, 2, 3} table.insert(t, 4) table.insert(t, 1, 0) table.remove(t, 2) table.move(t, 1, 3, 3) return table.concat(t, ","), table.concat({}, ","), table.unpack({1, 2, 3}, 2)',
    "0,2,0,2,3\t\t2\t3",
  ],
  "metamethods: __index, __newindex, __call, __len, __eq, __lt, __le, __concat, __unm, __tostring, __name": [
    'local mt = {} mt.__index = function(_, k) return k end mt.__newindex = function(t, k, v) rawset(t, k, v * 2) end mt.__call = function(_, a) return a end mt.__len = function() return 9 end mt.__eq = function() return true end mt.__lt = function() return true end mt.__le = function() return false end mt.__concat = function() return "c" end mt.__unm = function() return "u" end mt.__tostring = function() return "ts" end local a, b = setmetatable({}, mt), setmetatable({}, mt) a.x = 4 return a.y, a.x, a(7), #a, a == b, a < b, a <= b, a .. 1, -a, tostring(a)',
    "y\t8\t7\t9\ttrue\ttrue\tfalse\tc\tu\tts",
  ],
  "__metatable protects": [
    'local t = setmetatable({}, {__metatable = "locked"}) return getmetatable(t), pcall(setmetatable, t, {})',
    "locked\tfalse\tcannot change a protected metatable",
  ],
  "rawget, rawset, rawequal and rawlen bypass metamethods": [
    'local t = setmetatable({}, {__index = function() return 1 end, __len = function() return 5 end, __eq = function() return true end}) return rawget(t, "x"), rawlen(t), rawequal(t, setmetatable({}, getmetatable(t))), rawset(t, 1, 2) == t',
    "nil\t0\tfalse\ttrue",
  ],
  "collectgarbage takes every option of the manual": [
    'local count = collectgarbage("count") return collectgarbage(), collectgarbage("isrunning"), collectgarbage("stop"), collectgarbage("isrunning"), collectgarbage("restart"), collectgarbage("step", 0) ~= nil, collectgarbage("incremental", 200, 100, 13), collectgarbage("generational", 20, 100), collectgarbage("incremental"), math.type(count)',
    "0\ttrue\t0\tfalse\t0\ttrue\tincremental\tincremental\tgenerational\tfloat",
  ],
  "collectgarbage refuses unknown options": [
    'return pcall(collectgarbage, "unknown")',
    null,
    /^false\tbad argument #1 to 'collectgarbage' \(invalid option 'unknown'\)$/,
  ],
  "weak values, weak keys and ephemerons are cleared": [
    'local v, k, e = setmetatable({}, {__mode = "v"}), setmetatable({}, {__mode = "k"}), setmetatable({}, {__mode = "k"}) v[1], v[2] = {}, "string" local key = {} k[key], k[{}] = 1, 2 do local a = {} e[a] = {a} end collectgarbage() local n = 0 for _ in pairs(k) do n = n + 1 end return v[1], v[2], n, next(e)',
    "nil\tstring\t1\tnil",
  ],
  "finalizers run in reverse order of their marking": [
    'local log = {} for i = 1, 5 do setmetatable({}, {__gc = function() log[#log + 1] = i end}) end collectgarbage() return table.concat(log, " ")',
    "5 4 3 2 1",
  ],
  "a resurrected object is finalised once, or again when marked again": [
    "local n, mt = 0 mt = {__gc = function(o) n = n + 1 keep = o if n < 3 then setmetatable(o, mt) end end} setmetatable({}, mt) for i = 1, 6 do keep = nil collectgarbage() end return n",
    "3",
  ],
  "an object in a cycle with a finalizer is collected": [
    "local done = false do local a = {} a.self = a setmetatable(a, {__gc = function() done = true end}) end collectgarbage() return done",
    "true",
  ],
  "a finalizer that errors gives a warning and the program goes on": [
    'warn("@on") setmetatable({}, {__gc = function() error("oops", 0) end}) collectgarbage() warn("@off") return "on"',
    "Lua warning: error in __gc (oops)\non",
  ],
  "memory of garbage is used again while a program runs": [
    'for i = 1, 200 do local s = string.rep("x", 1000000) end return collectgarbage("count") < 20000',
    "true",
  ],
  "generational mode collects": [
    'collectgarbage("generational") local w = setmetatable({}, {__mode = "v"}) for i = 1, 100 do w[i] = {} end collectgarbage() collectgarbage("incremental") return next(w)',
    "nil",
  ],
  "load takes environment, name and pieces": [
    'local env = {x = 5} local parts = {"return ", "x", nil} local i = 0 return load("return x", "=n", "t", env)(), load(function() i = i + 1 return parts[i] end, "=n", "t", env)(), select(2, load("error(", "=name"))',
    "5\t5\tname:1: unexpected symbol near <eof>",
  ],
  "chunk names appear as the manual says": [
    'return select(2, pcall(load("error(\'x\')", "@file.lua"))), select(2, pcall(load("error(\'x\')", "=short"))), select(2, pcall(load("error(\'x\')")))',
    "file.lua:1: x\tshort:1: x\t[string \"error('x')\"]:1: x",
  ],
  "select, next, ipairs and type refuse what they must": [
    'return pcall(select, 0), pcall(next, {}, "absent"), pcall(ipairs), pcall(type)',
    null,
    /^false\tfalse\tfalse\tfalse\tbad argument #1 to 'type' \(value expected\)$/,
  ],
  "xpcall passes arguments and results": [
    'return xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3)',
    "true\t3\t1\tnil\t3",
  ],
  "errors keep their values through levels of pcall": [
    "local e = {} local ok, v = pcall(function() local ok, v = pcall(error, e) error(v) end) return ok, v == e",
    "false\ttrue",
  ],
};

for (const [name, [source, expected, pattern]] of Object.entries(PROGRAMS)) {
  test(name, () => {
    const text = lua.run(source);
    if (pattern) assert.match(text, pattern);
    else assert.equal(text, expected);
  });
}

test("a coroutine suspended in one eval goes on in the next", () => {
  lua.run("co = coroutine.wrap(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end)");
  for (let i = 1; i <= 5; i++) assert.equal(lua.run("return co()"), String(i));
});

test("a finalizer of a global runs when a later eval drops it", () => {
  lua.run("g = setmetatable({}, {__gc = function() finalised = true end})");
  lua.run("g = nil");
  lua.exports.run_gc();
  assert.equal(lua.run("return finalised"), "true");
});

test("the main thread cannot yield, in pcall or not", () => {
  assert.equal(lua.run("return pcall(coroutine.yield)"), "false\tattempt to yield from outside a coroutine");
});
