// Programs that wait at every place where a task can, and at those where it cannot.

/** Where a task can wait: each runs with `wait` as host.wait, and must do as with host.now. */
export const PLACES = {
  "at the top level": "print(wait(1), wait(2, 3)) return wait(4)",
  "in pcall":
    'print(pcall(function() print(wait(1)) error("x" .. wait(2)) end)) print(pcall(wait, 5)) return pcall(pcall, wait, 6)',
  "in xpcall with a handler":
    'print(xpcall(function(...) print(..., wait(1)) error("x") end, function(m) return m .. "!" end, 7))',
  "in nested pcall": "print(pcall(pcall, pcall, function() error(wait(3)) end))",
  "in __index and __newindex":
    "local t = setmetatable({}, {__index = function(_, k) return wait(k) end, __newindex = function(t, k, v) rawset(t, k, wait(v)) end}) print(t.a, t.b) t.c = 5 print(t.c)",
  "__index that is the function":
    "local t = setmetatable({}, {__index = function(t, k) return (wait(k)) end}) print(t.x, t[1])",
  "in arithmetic and concatenation": `local m = {} for _, e in ipairs {"add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat"} do m["__" .. e] = function(a, b) return wait(e) end end
    local a, b = setmetatable({}, m), setmetatable({}, m) print(a + b, a - b, a * b, a / b, a % b, a ^ b, -a, a // b, a & b, a | b, a ~ b, a << b, a >> b, ~a, a .. b, 1 + a, a + 1, "x" .. a .. "y")`,
  "in comparisons, length and calls":
    'local m = {__eq = function() return wait(true) end, __lt = function() return wait(false) end, __le = function() return wait(true) end, __len = function() return wait(9) end, __call = function(_, ...) return wait(...) end} local a, b = setmetatable({}, m), setmetatable({}, m) print(a == b, a ~= b, a < b, a <= b, a > b, #a, a(1, 2)) if a < b then print "lt" else print "ge" end',
  "in __close":
    'do local x <close> = setmetatable({}, {__close = function(_, e) print("close", wait(1), e) end}) print "in" end print(pcall(function() local y <close> = setmetatable({}, {__close = function(_, e) print(wait("c"), e) end}) error("e", 0) end))',
  "__close on return and break":
    'local function f() local y <close> = setmetatable({}, {__close = function() wait(1) print "closed" end}) return wait(2), 3 end print(f()) for i = 1, 2 do local z <close> = setmetatable({}, {__close = function() print(wait(i)) end}) if i == 1 then break end end',
  "in for iterators":
    "for i, v in function(_, i) i = wait(i + 1) if i < 4 then return i, i * i end end, nil, 0 do print(i, v) end for k, v in pairs {wait(5), 6} do print(k, wait(v)) end",
  "in __pairs":
    "for k, v in pairs(setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return 1, wait(2) end end, t, nil end})) do print(k, v) end",
  "in tail calls and vararg functions":
    "local function f(...) return wait(...) end local function g(...) local a = wait(...) return f(a, ...) end print(g(1, 2, nil)) print((f(3, 4)))",
  "in a coroutine":
    'local co = coroutine.create(function(a) local b = coroutine.yield(wait(a)) print(b) return wait("end") end) print(coroutine.resume(co, 1)) print(coroutine.status(co)) print(coroutine.resume(co, 2)) print(coroutine.status(co), coroutine.resume(co))',
  "in coroutine.wrap":
    'local f = coroutine.wrap(function(...) print(...) print(coroutine.yield(wait(1), 2)) error("x" .. wait(3), 0) end) print(f(8, 9)) print(pcall(f, 10)) print(pcall(f))',
  "in coroutines three deep":
    'local function deep(n) if n == 0 then return wait("bottom") end local f = coroutine.wrap(function() coroutine.yield(wait(n)) local r = deep(n - 1) coroutine.yield(r) return wait(-n) end) print(f()) local r = f() print(f()) return r end print(deep(3)) print(select(2, coroutine.resume(coroutine.create(function() return deep(3) end))))',
  "in a coroutine as an iterator":
    "for v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(wait(i)) end end) do print(v, wait(v)) end",
  "in pcall in a coroutine in pcall":
    'print(pcall(coroutine.wrap(function() print(pcall(function() wait(1) coroutine.yield(2) error(wait("e"), 0) end)) return wait(4) end)))',
  "beside a neighbour that is closed":
    'local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() print "closed" end}) wait(1) coroutine.yield(2) end) print(coroutine.resume(co)) print(wait(3)) print(coroutine.close(co), coroutine.status(co))',
  "in an error of a coroutine with variables to be closed":
    'print(pcall(coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() print "c" end}) wait(1) error("e", 0) end)))',
  "in require":
    'package.preload.m = function(name, x) print(name, x, wait(1)) return {v = wait(2)} end print(require("m").v, require("m") == package.loaded.m, select(2, require "m")) package.preload.n = function() wait(1) end print(require "n") package.preload.e = function() wait(1) error("bad", 0) end print(pcall(require, "e"))',
  "in a chunk of load and dofile": 'print(load("local a = ... return a, wait(a)", "=c", "t", {wait = wait})(5))',
  "results of a wait are as many as there are": 'print(select("#", wait()), select("#", wait(nil, nil)), (wait(1, 2)))',
  "in metamethods of globals, methods and constant operands": `local e = setmetatable({print = print, wait = wait}, {__index = function(_, k) return (wait(k)) end, __newindex = function(t, k, v) t.print(k, v, t.wait(v)) end})
    do local _ENV = e print(foo) bar = 5 end
    local o = setmetatable({}, {__index = function(_, k) wait() return function(self, x) return x, wait(k) end end, __add = function() return wait("add") end, __shl = function() return wait("shl") end, __lt = function() return wait(true) end, __le = function() return wait(false) end})
    print(o:go(1)) print(o[300](o, 2)) print(o + 5, 2.5 + o, 1 << o, o << 1) print(o < 5, 5 < o, o > 1.5, o >= 3) if not (o < 5) then print "ge" end while o <= 5 do print "never" end`,
  "in concatenation of many values":
    'local m = {__concat = function(a, b) return wait((type(a) == "table" and "T" or a) .. (type(b) == "table" and "T" or b)) end} local a = setmetatable({}, m) print("a" .. "b" .. a .. "c" .. 1 .. a .. "d")',
  "in __call of __call, in tail calls and as an iterator":
    "local f = setmetatable({}, {__call = setmetatable({}, {__call = function(_, _, x) return wait(x) end})}) print(f(5)) local function tail() return f(6) end print(tail()) for i in setmetatable({}, {__call = function(_, _, i) i = (i or 0) + 1 if i < 4 then return wait(i) end end}) do print(i) end",
  "in __pairs itself, and in the value that closes a for loop":
    'for k, v in pairs(setmetatable({}, {__pairs = function(t) wait(1) return next, {a = wait(2)}, nil end})) do print(k, v) end for i in function(_, i) return (i or 0) + 1 end, nil, nil, setmetatable({}, {__close = function() print("closed", wait(9)) end}) do if i == 3 then break end print(i) end',
  "as the function of pcall, xpcall and coroutines":
    "print(xpcall(wait, print, 1, 2)) print(xpcall(pcall, print, wait, 3)) local f = coroutine.wrap(wait) print(f(1, 2)) local co = coroutine.create(wait) print(coroutine.resume(co, 5)) print(coroutine.status(co))",
  "in __close of several variables with errors":
    'print(pcall(function() local a <close> = setmetatable({}, {__close = function(_, e) print("a", e) wait(1) error("A", 0) end}) local b <close> = setmetatable({}, {__close = function(_, e) print("b", e) wait(2) error("B", 0) end}) error("C", 0) end))',
  "with deep recursion":
    "local function r(n) if n == 0 then return wait(0) end return 1 + r(n - 1) end print(r(5000)) print(pcall(r, 3000))",
};

/** Where it cannot, by what is in the way: they end with the error. */
export const REFUSED = {
  "table.sort": "table.sort({3, 1, 2}, function(a, b) return host.wait(a < b) end)",
  "string.gsub": '("x"):gsub("x", host.wait)',
  load: "error(select(2, load(function() return host.wait() end)), 0)",
  "table.concat":
    "table.concat(setmetatable({}, {__index = function() return host.wait() end, __len = function() return 1 end}))",
  "table.unpack": "table.unpack(setmetatable({}, {__index = function() return host.wait(1) end}), 1, 2)",
  "table.insert": "table.insert(setmetatable({}, {__len = function() return host.wait(1) end}), 2)",
  "string.format": 'string.format("%s", setmetatable({}, {__tostring = function() return host.wait() end}))',
  "os.time": "os.time(setmetatable({}, {__index = function() return host.wait(1) end}))",
  "math.max": "math.max(setmetatable({}, {__lt = function() return host.wait() end}), 1)",
  tostring: "tostring(setmetatable({}, {__tostring = function() return host.wait() end}))",
  print: "print(setmetatable({}, {__tostring = function() return host.wait() end}))",
  "table.sort ":
    "table.sort({3, 1, 2}, coroutine.wrap(function() pcall(host.wait) error(select(2, pcall(host.wait)), 0) end))",
  "table.sort  ":
    "coroutine.wrap(function() pcall(function() table.sort({3, 1, 2}, function() select(2, pcall(pcall, error)) host.wait() end) end) error(select(2, pcall(function() table.sort({1, 2}, function() host.wait() end) end)), 0) end)()",
  "coroutine.close":
    "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() host.wait() end}) coroutine.yield() end) coroutine.resume(co) error(select(2, coroutine.close(co)), 0)",
  "a message handler":
    "error(select(2, xpcall(function() local x = nil + 1 end, function() return select(2, pcall(host.wait)) end)), 0)",
  "for iterator": "for _ in ipairs(setmetatable({}, {__index = function() return host.wait() end})) do end",
  "a hook":
    'local e debug.sethook(function() debug.sethook() e = select(2, pcall(host.wait)) end, "", 1) local x = 1 error(e, 0)',
  __gc: "local ok, e setmetatable({}, {__gc = function() ok, e = pcall(host.wait) end}) collectgarbage() error(e, 0)",
};
