// Every way a script can recurse, each to its end: name -> source, which must fail with an error that
// `message` matches. Shared by the test of the wasm stack and that of the engine's.

const LIMIT =
  /stack overflow|error in error handling|pattern too complex|too many captures|limit is 200|chain too long/;

const repeat = (text, count) => text.repeat(count);
const chunk = text => `local f, message = load(${text}) if f then return f() end error(message, 0)`;
const nest = (open, middle, close, count = 10000) =>
  chunk(`("${open}"):rep(${count}) .. "${middle}" .. ("${close}"):rep(${count})`);

/** Runs `action` at every depth of a recursion whose each level costs `step`; the last levels are at the limit. */
const atDepth = (step, action) => `
  local last
  local function action() ${action} end
  local function down() pcall(action) ${step} end
  down()`;

/** Recursions that cost much wasm stack a level: through gsub's buffers, and through format's. */
const GSUB = `string.gsub("x", "x", down)`;
const FORMAT = `string.format("%s", setmetatable({}, {__tostring = function() down() return "" end}))`;
const HANDLER = `xpcall(error, down)`;

const parser = {
  "parser: parentheses": nest("(", "1", ")").replace('("(")', '"return " .. ("(")'),
  "parser: table constructors": nest("{", "", "}").replace('("{")', '"return " .. ("{")'),
  "parser: functions as expressions": nest("return function() ", "", " end"),
  "parser: local functions": nest("local function f() ", "", " end"),
  "parser: methods": nest("function a.b:c() ", "", " end"),
  "parser: do blocks": nest("do ", "", " end"),
  "parser: while blocks": nest("while true do ", "", " end"),
  "parser: for blocks": nest("for i = 1, 2 do ", "", " end"),
  "parser: generic for blocks": nest("for k in f do ", "", " end"),
  "parser: if blocks": nest("if a then ", "", " end"),
  "parser: repeat blocks": nest("repeat ", "", " until a"),
  "parser: concatenations": chunk(`"return " .. ("a .. "):rep(10000) .. "a"`),
  "parser: powers": chunk(`"return " .. ("2 ^ "):rep(10000) .. "2"`),
  "parser: unary minus": chunk(`"return " .. ("- "):rep(10000) .. "a"`),
  "parser: not": chunk(`"return " .. ("not "):rep(10000) .. "a"`),
  "parser: indices": chunk(`"return " .. ("a["):rep(10000) .. "1" .. ("]"):rep(10000)`),
  "parser: calls": chunk(`"return " .. ("f("):rep(10000) .. (")"):rep(10000)`),
  "parser: functions as arguments": chunk(
    `"return " .. ("f(function() return "):rep(5000) .. "1" .. (" end)"):rep(5000)`,
  ),
  "parser: functions in tables": chunk(
    `"return " .. ("{[f] = function() return "):rep(5000) .. "1" .. (" end}"):rep(5000)`,
  ),
  "parser: mixed binary operators": chunk(`"return " .. ("1 + (2 * "):rep(5000) .. "1" .. (")"):rep(5000)`),
  "parser: assignments to many variables": chunk(`("a, "):rep(10000) .. "a = 1"`),
  "parser: in the source of eval": `return ${repeat("(", 20000)}1${repeat(")", 20000)}`,
  "parser: load in the reader of load": `
    local function nested() local f, m = load(function() nested() end) if not f then error(m, 0) end end
    nested = function() local done
      local f, m = load(function() if not done then done = true nested() return "x = {{{{1}}}}" end end)
      if not f then error(m, 0) end end
    nested()`,
};

const metamethod = (event, use) => `
  local t = setmetatable({}, {}) getmetatable(t).${event} = function() return ${use} end return ${use}`;

const calls = {
  "Lua functions": "local function f() return 1 + f() end f()",
  "Lua functions with many results": "local function f(...) return 1, f(...) end f(1, 2, 3)",
  ...Object.fromEntries(
    Object.entries({
      __index: "t.x",
      __add: "t + 1",
      __concat: "t .. 1",
      __len: "#t",
      __eq: "t == setmetatable({}, getmetatable(t))",
      __lt: "t < t",
      __le: "t <= t",
      __call: "1 + t()",
      __unm: "-t",
      __tostring: "tostring(t)",
      __bnot: "~t",
      __idiv: "t // 1",
    }).map(([event, use]) => [`metamethod ${event}`, metamethod(event, use)]),
  ),
  "metamethod __newindex": "local t = setmetatable({}, {__newindex = function(t) t.x = 1 end}) t.x = 1",
  "metamethod __close": "local function f() local x <close> = setmetatable({}, {__close = function() f() end}) end f()",
  "metamethod __pairs": "local t = setmetatable({}, {__pairs = function(t) return 1, pairs(t) end}) pairs(t)",
  "a table that is its own __index": "local t = {} setmetatable(t, {__index = t}) return t.x",
  "a table that is its own __newindex": "local t = {} setmetatable(t, {__newindex = t}) t.x = 1",
  "tostring of a chain of tables": `
    local mt = {__tostring = function(t) return "(" .. tostring(t[1]) .. ")" end}
    local t = setmetatable({1}, mt) for i = 1, 3000 do t = setmetatable({t}, mt) end return tostring(t)`,
  "a result that shows itself": "return setmetatable({}, {__tostring = function(t) return tostring(t) end})",
  "comparison of chains of tables": `
    local mt = {__eq = function(a, b) return a[1] == b[1] end}
    local function chain() local t = setmetatable({1}, mt) for i = 1, 3000 do t = setmetatable({t}, mt) end return t end
    return chain() == chain()`,
  "an external table as __index of its own reader": `
    local t = setmetatable({}, {__index = function(t, k) return Memory[t[k]] end}) return t.x`,
  "chain of __index tables": "local t = {} for i = 1, 3000 do t = setmetatable({}, {__index = t}) end return t.x",
  "error in pcall in pcall": "local function f() local ok, m = pcall(f) error(m, 0) end f()",
  "error handlers that fail":
    'local function h(m) error(m, 0) end local ok, m = xpcall(error, h, "stack overflow") error(m, 0)',
  "overflow in the error handler of an overflow": `
    local function f() return 1 + f() end error(select(2, xpcall(f, f)), 0)`,
  "error handlers that call themselves through xpcall": `
    local deepest local function h(m) deepest = m xpcall(error, h, "again") return m end xpcall(error, h, "x") error("stack overflow " .. deepest, 0)`,
  "error handlers in coroutines in error handlers": `
    local deepest
    local function h(m) deepest = m coroutine.wrap(function() xpcall(error, h, "again") end)() return m end
    xpcall(error, h, "x") error("stack overflow " .. deepest, 0)`,
  "gsub with a function": 'local function f() return (string.gsub("x", "x", f)) end f()',
  "gsub with a table": `local t = {} setmetatable(t, {__index = function(t) return (string.gsub("x", "x", t)) end})
    string.gsub("x", "x", t)`,
  "gmatch in gmatch": 'local function f() for x in string.gmatch("x", "x") do f() end end f()',
  "sort in a comparison": "local function f() table.sort({1, 2, 3}, f) return false end f()",
  "sort in the deepest comparison of a sort": `
    local function down()
      local list, count = {}, 0
      for i = 1, 4096 do list[i] = i end
      table.sort(list, function(a, b) count = count + 1 if count == 8192 then down() end return a < b end)
    end down()`,
  "sort of tables with metamethods": `
    local t = setmetatable({}, {__len = function() return 3 end}) local function f() table.sort(t) end
    getmetatable(t).__index = f f()`,
  "table.concat with metamethods":
    "local t = setmetatable({}, {__len = function() return 3 end}) getmetatable(t).__index = function() return table.concat(t) end table.concat(t)",
  "table.unpack with metamethods":
    "local t = setmetatable({}, {}) getmetatable(t).__index = function() return table.unpack(t, 1, 3) end table.unpack(t, 1, 3)",
  "string.format %s":
    'local t = setmetatable({}, {}) getmetatable(t).__tostring = function() return string.format("%s", t) end tostring(t)',
  "print in __tostring":
    'local t = setmetatable({}, {}) getmetatable(t).__tostring = function() print(t) return "" end print(t)',
  "require in require": `
    for i = 1, 1000 do package.preload["m" .. i] = function() return require("m" .. i + 1) end end require "m1"`,
  "searchers of require":
    'table.insert(package.searchers, 1, function(name) return require(name .. "x") end) local ok, m = pcall(require, "a") table.remove(package.searchers, 1) error(m, 0)',
  "coroutines in coroutines": "local function f() return coroutine.wrap(f)() end f()",
  "coroutine.resume in coroutines": `
    local function f() local ok, m = coroutine.resume(coroutine.create(f)) if not ok then error(m, 0) end end f()`,
  "coroutine.close in __close": `
    local function f()
      local co = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = f}) coroutine.yield() end)
      local co2 = coroutine.create(function() local x <close> = setmetatable({}, {__close = f}) coroutine.yield() end)
      coroutine.resume(co2) local ok, m = coroutine.close(co2) if not ok then error(m, 0) end
    end f()`,
  "iterators of coroutines in coroutines":
    "local function f() for x in coroutine.wrap(function() f() coroutine.yield() end) do end end f()",
  "pcall in coroutines in pcall":
    "local function f() local ok, m = pcall(coroutine.wrap(function() f() end)) error(m, 0) end f()",
  "finalizers in collections in finalizers": `
    local n = 0
    local function make() setmetatable({}, {__gc = function() n = n + 1 make() collectgarbage() collectgarbage("step", 0) end}) end
    make() for i = 1, 50 do collectgarbage() end error("stack overflow, or not: " .. n)`,
  "to-be-closed variables in __close in coroutines": `
    local function f()
      local x <close> = setmetatable({}, {__close = function() coroutine.wrap(function() f() end)() end})
    end f()`,
  "string metamethods": 'getmetatable("").__index = function(s, k) return s[k] end return ("x").y',
  "require of a module that requires itself through preload":
    'package.preload.m = function() package.loaded.m = nil return require "m" end require "m"',
  "load in load": 'function f() local ok, m = pcall(load("f()")) if not ok then error(m, 0) end end f()',
  "debug.sethook in hooks": `
    local function f() local co = coroutine.create(function() debug.sethook(f, "c") print() end)
      local ok, m = coroutine.resume(co) if not ok then error(m, 0) end end f()`,
  "coroutines through gsub": 'local function f() return (string.gsub("x", "x", coroutine.wrap(f))) end f()',
  "coroutines through sort and gsub":
    'local function f() table.sort({1, 2, 3}, function() return (string.gsub("x", "x", coroutine.wrap(f))) end) end f()',
  "pattern: captures": 'string.find("x", ("("):rep(33))',
  "pattern: single characters": 'string.find(("x"):rep(300000), (".-"):rep(300000) .. "y")',
  ...Object.fromEntries(
    Object.entries({
      "too complex": '("a?"):rep(1000)',
      "malformed, optional items": '("a?"):rep(198) .. "["',
      "malformed, repetitions": '("a*"):rep(198) .. "%"',
      "malformed, shortest repetitions": '("a-"):rep(198) .. "%f"',
      "malformed balance": '("a*"):rep(198) .. "%bx"',
      captures: '("a*"):rep(160) .. ("("):rep(33)',
      "no capture": '("a?"):rep(198) .. "%1"',
      "no open capture": '("a?"):rep(198) .. ")"',
    }).map(([name, pattern]) => [
      `pattern: ${name}, in its own error handler`,
      `
    local pattern = ${pattern}
    local function handler() string.find(("a"):rep(1000), pattern) end
    error(select(2, xpcall(error, handler)), 0)`,
    ]),
  ),
  "pattern: optional items": 'string.find(("a"):rep(1000), ("a?"):rep(1000) .. ("a"):rep(1000))',
};

const DEEP_ACTIONS = {
  "format %99.99f": 'last = string.format("%99.99f%99.99e%99.99g%.99a", -1e308 / 3, 5e-324, 2^-1000 / 3, 1 / 3)',
  "string to number": 'last = tonumber("0." .. ("123456789"):rep(20) .. "e-300") + tostring(1e300 / 3)',
  "a pattern at its own limit": 'string.find(("x"):rep(300), (".-"):rep(300) .. "y")',
  "an error handler whose pattern is too complex": `
    xpcall(error, function() string.find(("a"):rep(300), ("a*"):rep(300) .. "y") end)`,
  "balanced captures": 'last = ("((((x))))"):gsub("%b()", "%0"):match(("()"):rep(32))',
  traceback: 'last = debug.traceback("x")',
  "error with a traceback": 'xpcall(error, debug.traceback, "x")',
  "table.concat and unpack": 'last = table.concat({table.unpack({1, 2.5, "x"}, 1, 200)}, ",", 1, 3)',
  sort: "local t = {} for i = 1, 200 do t[i] = (i * 7919) % 211 end table.sort(t)",
  "parser nesting": 'last = load("return " .. ("("):rep(180) .. "1" .. (")"):rep(180))',
  "string.pack": 'last = string.pack("!16 i16 d s z", 1, 2, "x", "y"):rep(10)',
  "os.date": 'last = os.date("%c %x %X %p %G %V", 86400)',
  "collectgarbage with finalizers":
    'setmetatable({}, {__gc = function() string.format("%99.99f", 1e300) end}) collectgarbage()',
  "external tables": 'Memory[("k"):rep(100)] = ("v"):rep(20000) last = Memory[("k"):rep(100)] last = #Memory',
  "an external error": "Memory[print] = 1",
  "a graph is stored": 'Memory.t = {{{{}}}, 1, {2, s = ("x"):rep(20000)}}',
  "a graph that cannot be stored": "Memory.t = {{{{{{{{{{{{f = print}}}}}}}}}}}}",
  "a graph is copied": "last = ext.copy(Memory)",
  "names of external tables": 'ext.table("a") ext.table("b") last = #ext.names() ext.drop("a")',
  "a variable of an outer function":
    'last = load("local a " .. ("return function() "):rep(150) .. "a = 1" .. (" end"):rep(150))',
  "the name of a value that was moved 190 times": `
    local moves = {"local v0 = nil"} for i = 1, 190 do moves[i + 1] = "local v" .. i .. " = v" .. i - 1 end
    pcall(load(table.concat(moves, " ") .. " v190()"))`,
  require: 'pcall(require, ("no.such.module"):rep(20))',
};

const actions = {};
for (const [name, action] of Object.entries(DEEP_ACTIONS)) {
  for (const [through, step] of Object.entries({ gsub: GSUB, format: FORMAT })) {
    actions[`${name}, deep in ${through}`] = atDepth(step, action);
  }
}
actions["coroutines, deep in gsub"] = atDepth(GSUB, "local function f() return coroutine.wrap(f)() end f()");
actions["error handlers, deep in gsub"] = atDepth(
  GSUB,
  'local function h() string.format("%99.99f", 1e308) error() end xpcall(error, h)',
);
actions["gsub in the handler of an overflow in gsub"] = `local function down() return (${GSUB}) end
  error(select(2, xpcall(down, down)), 0)`;
actions["format %99.99f in the handler of an overflow in gsub"] = `local function down() return (${GSUB}) end
  local function handler(m) string.format("%99.99f", 1e308) string.gsub("x", "x", handler) end
  error(select(2, xpcall(down, handler)), 0)`;
actions["format %99.99f, deep in error handlers"] =
  atDepth(HANDLER, DEEP_ACTIONS["format %99.99f"]) + ' error("stack overflow")';

const chain = length => `local t = {} for i = 1, ${length} do t = {t} end`;

/** Data and source that are deep, or long where a list could be taken for nesting: what must not recurse at all. */
export const deepData = {
  "collection of a chain of tables": `${chain(200000)} collectgarbage() t = nil collectgarbage() return "done"`,
  "collection of a chain of closures":
    'local f for i = 1, 100000 do local g = f f = function() return g end end collectgarbage() return "done"',
  "collection of a chain of coroutines": `
    local co for i = 1, 5000 do local last = co co = coroutine.create(function() local keep = last coroutine.yield() end) coroutine.resume(co) end
    collectgarbage() co = nil collectgarbage() return "done"`,
  "collection of a chain of weak tables": `
    local t = setmetatable({}, {__mode = "k"}) local k = {} for i = 1, 2000 do local n = {} t[k] = n k = n end collectgarbage() return "done"`,
  "collection of a chain of finalizers": `
    local t for i = 1, 5000 do t = setmetatable({t}, {__gc = function(o) collectgarbage() end}) if i % 1000 == 0 then t = nil end end return "done"`,
  "a chain of tables is stored, walked and copied": `
    ${chain(20000)} Memory.chain = t local n, e = 0, Memory.chain while e[1] do e, n = e[1], n + 1 end
    local c = ext.copy(Memory.chain) while c[1] do c, n = c[1], n + 1 end Memory.chain = nil return n == 40000 and "done"`,
  "a chain of callable tables": `
    local t = function() return "done" end for i = 1, 3000 do t = setmetatable({}, {__call = t}) end return t()`,
  "a list of 100,000 results":
    'local function count(...) return select("#", ...) end return count(table.unpack({}, 1, 100000)) == 100000 and "done"',
  "source: 10,000 branches of elseif":
    'return load("if a then " .. ("elseif a then "):rep(10000) .. " end return [[done]]")()',
  "source: 10,000 fields": 'a = {} a.a = a return load("return a" .. (".a"):rep(10000) .. " and [[done]]")()',
  "source: 10,000 calls":
    'local function f() return f end g = f return load("return g" .. ("()"):rep(10000) .. " and [[done]]")()',
  "source: 10,000 terms": 'a = 1 return load("return " .. ("a + "):rep(10000) .. "1 and [[done]]")()',
  "source: 10,000 comparisons of and": 'a = 1 return load("return " .. ("a and "):rep(10000) .. "[[done]]")()',
  "source: a line of a million characters": 'return load("return [[" .. ("x"):rep(1000000) .. "]] and [[done]]")()',
};

export const programs = { ...parser, ...calls, ...actions };
export const message = LIMIT;
