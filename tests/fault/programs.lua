-- What runs while allocations and host calls fail (tests/fault/*.mjs, tests/fault/*.rs): one program after each line of
-- the form "--- name". A program gives the same text each time it runs in the same world, and changes of the world at
-- most what `look` shows, by one write.

--- world
Memory.old = { 1, { 2, deep = { 3 } }, name = "old" }
Memory.other = { Memory.old, "other" }
ext.table("named").x = Memory.old
Memory.scalar = 1
Memory.long = ("x"):rep(40000)
for i = 1, 3 do ext.table().garbage = { i } end
held = { ext.table() }
held[1].held = true

--- look
local seen = {}
local function show(v)
  if type(v) ~= "table" then return (type(v) == "string" and #v > 60) and "#" .. #v or tostring(v) end
  if seen[v] then return "again" end
  seen[v] = true
  local keys, parts = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, k in ipairs(keys) do parts[#parts + 1] = tostring(k) .. "=" .. show(v[k]) end
  return "{" .. table.concat(parts, ",") .. "}"
end
return show(Memory.old), show(Memory.other), show(ext.table("named").x), show(Memory.scalar), show(Memory.long),
  show(Memory.new), held[1].held, (table.concat(ext.names(), ","):gsub("another,", ""))

--- tables and strings of many sizes
local t = {}
for i = 1, 40 do t[i] = { i, key = "k" .. i } end
for i = 1, 40 do t["s" .. i] = t[i] end
local n = 0
for k, v in pairs(t) do n = n + #k * 0 + v[1] end
return n, #t

--- closures, upvalues and variable arguments
local function counter() local n = 0 return function(...) n = n + select("#", ...) return n, ... end end
local c = counter()
c(1, 2) c(table.unpack({}, 1, 50))
return c("a", "b")

--- metamethods of every kind
local mt = {}
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat", "len", "call" } do
  mt["__" .. event] = function() return event .. "!" end
end
mt.__index = function(_, k) return k .. "?" end
mt.__newindex = function(t, k, v) rawset(t, k, v .. ".") end
mt.__eq, mt.__lt, mt.__le = function() return true end, function() return false end, function() return true end
mt.__tostring, mt.__name = function() return "shown" end, "Name"
local a, b = setmetatable({}, mt), setmetatable({}, mt)
a.field = "x"
return a + b, a .. "s", -a, #a, a(1), a.none, a.field, a == b, a < b, a <= b, tostring(a), a & 1, ~a, a // 1

--- to-be-closed variables
local log = {}
local function closing(name) return setmetatable({}, { __close = function(_, e) log[#log + 1] = name .. tostring(e) end }) end
do local a <close>, b <close> = closing("a"), closing("b") log[1] = "body" end
local ok, message = pcall(function() local c <close> = closing("c") error("raised", 0) end)
for i in (function() return nil, nil, nil, closing("d") end)() do end
if not ok and message ~= "raised" then error(message, 0) end
return table.concat(log, ",")

--- recursion that grows the stack
local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end
return f(3000)

--- errors that are caught
local ok, message = pcall(error, { code = "E" .. 1 })
local handled, text = xpcall(function() local x = nil; return x.y end, function(m) return "handled " .. m end)
if type(message) ~= "table" then error(message, 0) end
if not tostring(text):find("handled", 1, true) then error(text, 0) end
return ok, message.code, handled, text

--- an error with a traceback
local function inner() error("raised " .. 1) end
local function outer() inner() end
outer()

--- an error that is a table
error(setmetatable({ inline = { 1, "two" } }, { __tostring = function() return "shown " .. 1 end }))

--- a syntax error
return 1 +

--- a run-time error of the virtual machine
local t = { name = {} }
return t.name.field.other

--- a runtime error in a coroutine
return coroutine.wrap(function() return #nil end)()

--- coroutines
local function numbers(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i .. "") end end) end
local parts = {}
for s in numbers(10) do parts[#parts + 1] = s end
local co = coroutine.create(function(a) local b <close> = setmetatable({}, { __close = function() end }) coroutine.yield(a) end)
local ok, first = coroutine.resume(co, "first")
if not ok then error(first, 0) end
return table.concat(parts), first, coroutine.close(co), coroutine.status(co), coroutine.isyieldable()

--- a string built piece by piece
local s = ""
for i = 1, 30 do s = s .. i .. "," end
return s, #s

--- string library: find, match, gmatch, gsub
local s = ("key = value; "):rep(20)
local words = {}
for k, v in s:gmatch("(%w+) = (%w+)") do words[#words + 1] = k .. v end
local upper, n = s:gsub("%w+", string.upper)
local named = s:gsub("(%w+) = (%w+)", "%2 = %1")
local mapped = s:gsub("%w+", { key = "K" })
return #words, #upper, n, #named, #mapped, s:find("value", 1, true), s:match("^(%w+)"), ("x"):rep(3, ", ")

--- string library: format
local t = setmetatable({}, { __tostring = function() return ("shown"):rep(100) end })
return string.format("%5d|%-8s|%q|%x|%g|%.3f|%s|%c|%%|%i", 42, "left", "quo\nted\0", 255, 1.5, 1 / 3, #string.format("%s", t), 65, 7),
  #string.format("%99.99f", 1e300), string.format("%a", 0.5)

--- string library: the rest
local packed = string.pack("<i4 s2 z d", 7, "seven", "zero", 0.5)
return #packed, string.unpack("<i4 s2 z", packed), ("abc"):byte(1, -1), string.char(72, 105), ("Mixed"):lower():upper():reverse(), ("x"):rep(2000):len(),
  #string.dump(function() return 1 end) > 0, ("sub string"):sub(-6, -2), string.packsize("<i4 d")

--- table library
local t = {}
for i = 1, 30 do table.insert(t, (i * 7) % 31) end
table.sort(t, function(a, b) return a > b end)
table.insert(t, 5, "five")
table.remove(t, 5)
local moved = table.move(t, 1, 10, 5, {})
local packed = table.pack(table.unpack(t))
return table.concat(t, ","), #moved, packed.n, select("#", table.unpack(t, 1, 20))

--- utf8 library
local s = utf8.char(72, 228, 8364, 128512):rep(10)
local points = {}
for _, c in utf8.codes(s) do points[#points + 1] = c end
return #s, utf8.len(s), #points, utf8.offset(s, 3), utf8.codepoint(s, 1, 2), #("x"):rep(5):gsub(utf8.charpattern, "%0%0")

--- math library and number conversions
math.randomseed(42)
local r = math.random(100)
return r >= 1, math.tointeger("8"), math.type(1.5), tostring(2^53), tostring(0.1 + 0.2), 10 // 3, "10" + 5, math.max(1, 2.5), math.floor(-0.5),
  tostring(math.pi), math.ult(1, -1), string.format("%.14g", math.sin(1) + math.exp(1)), tonumber("0x1p4"), tonumber("zz", 36)

--- os and io libraries
io.write("written ", 1, " ", 2.5, "\n")
print("printed", nil, true)
io.stdout:write("chained"):write(" twice\n")
io.stderr:write("errors")
return os.date("!%Y-%m-%d", 86400), os.time { year = 2020, month = 1, day = 1, hour = 12 }, io.open("none"), io.type(io.stdout), os.getenv("HOME"), tostring(os.tmpname == nil)

--- debug library
local function f(a, b) local c = a return debug.traceback("trace", 1), debug.getinfo(1, "nSlutfrL"), c, b end
local trace, info = f(1, 2)
local lines = 0
debug.sethook(function() lines = lines + 1 end, "l")
for i = 1, 3 do local _ = i end
debug.sethook()
local up = 0
local function g() return up end
debug.setupvalue(g, 1, 5)
return (trace:gsub("\n.*", "")), info.short_src, info.nparams, lines > 3, g(), debug.getlocal(f, 1), debug.getinfo(print).what

--- load and require
local chunks = { "return ", "1 + ", "2, ..." }
local i = 0
local f = assert(load(function() i = i + 1 return chunks[i] end, "=chunk", "t", {}))
local big = {}
for n = 1, 60 do big[n] = "local v" .. n .. " = { " .. n .. ", key" .. n .. " = 'text" .. n .. "' }" end
local g = assert(load(table.concat(big, "\n") .. " return v60[1]"))
package.preload.module = function(name) return { name = name } end
local m = require("module")
package.loaded.module, package.preload.module = nil, nil
local none, message = load("x =")
if message == "not enough memory" then error(message, 0) end
return f(3), g(), m.name, none, message

--- a parse of everything the language has
local f = assert(load [[
  local a <const>, b <close> = 1, nil
  goto skip
  do local unused = { [1] = 2, x = 3, 4; 5 } end
  ::skip::
  local function rec(n, ...) if n > 0 then return rec(n - 1, n, ...) elseif n == 0 then return ... else return nil end end
  local t = { rec(5) }
  function t.method(x) return x end
  function t:colon(x) return self == t and x end
  for i = 10, 1, -3 do t[#t + 1] = i end
  for k, v in next, { 1, 2 } do t[#t + 1] = k + v end
  while #t > 12 do t[#t] = nil end
  repeat local done = true until done
  return table.concat(t, " "), t.method(1), t:colon [==[long
string]==], 0x10, 1e2, 3 .. "", not nil, -2 ^ 2, 7 // 2, "\x41\u{48}\z
    \065", a]])
return f()

--- collections and finalizers
local called = 0
for i = 1, 5 do setmetatable({}, { __gc = function() called = called + 1 end }) end
local weak = setmetatable({}, { __mode = "kv" })
for i = 1, 10 do weak[{}] = { i } end
collectgarbage() collectgarbage("step", 10)
collectgarbage("generational")
for i = 1, 50 do local _ = { i } end
collectgarbage() collectgarbage("incremental")
return called, next(weak), collectgarbage("isrunning")

--- external scalars
Memory.new = nil
local t = ext.table("named")
local sum = 0
for i = 1, 5 do sum = sum + #tostring(t.x[i] or Memory.old[1]) end
Memory.scalar = 1
return Memory.scalar, Memory.none, Memory[1.5], Memory[true], sum, #Memory, #Memory.old

--- an external scalar is replaced
Memory.scalar = "replaced"
return Memory.scalar

--- external keys of every kind
local t = ext.table()
for _, k in ipairs { "s", "", "\1", 1, -1, 2.5, true, Memory } do t[k] = "v" end
local n = ext.size(t)
for k in pairs(t) do t[k] = nil end
return n, ext.size(t)

--- an external string that is long
Memory.new = ("y"):rep(50000)
return #Memory.new, Memory.new:sub(-3)

--- a long external string is read
return #Memory.long, Memory.long:byte(1), #tostring(ext.copy(Memory).long)

--- pairs of external tables
local n = 0
for k, v in pairs(Memory) do n = n + 1 end
for k, v in pairs(Memory.old) do n = n + #tostring(k) end
for i, v in ipairs(Memory.old) do n = n + i end
return n

--- a graph is stored
local shared = { "shared" }
local t = { shared, { shared, k = shared }, [2.5] = { deep = { deeper = {} } }, long = ("z"):rep(20000) }
t.self = t
Memory.new = t
return Memory.new.self == Memory.new, Memory.new[1][1], Memory.new[2].k == Memory.new[1], #Memory.new.long

--- a graph is stored over another
Memory.old = { { "new" }, name = "changed" }
return Memory.old[1][1], Memory.old.name

--- a graph that cannot be stored
Memory.old = { fine = { 1, { 2 } }, handlers = { [2] = { print } } }

--- a key that cannot be
Memory.old[print] = 1

--- a copy of a graph
local c = ext.copy(Memory)
c.old[2].deep[1] = "changed"
return c.old.name, c.other[1] == c.old, c.old[2].deep[1], Memory.old[2].deep[1], #c.long

--- the table library on external tables
local t = ext.table()
for i = 1, 6 do table.insert(t, 7 - i) end
table.sort(t)
local text = table.concat(t, ",")
for i = 1, 6 do table.remove(t) end
return text, ext.size(t), select("#", table.unpack(Memory.old, 1, 5))

--- names
ext.drop("another")
local before = table.concat(ext.names(), ",")
local t = ext.table("another")
t.x = { 1 }
local during = #ext.names()
ext.drop("another")
return before, during, #ext.names(), ext.drop("none"), type(ext.id(Memory)), ext.size(ext.table("named"))

--- a malformed argument of ext
return ext.table(5)

--- an external table is cleared
local t = ext.table()
t.a, t.b = { 1 }, ("b"):rep(20000)
ext.clear(t)
return ext.size(t), t.a

--- external tables in finalizers and metamethods
local t = ext.table()
local log = setmetatable({}, { __index = Memory.old, __newindex = t })
-- A finalizer's error is a warning.
setmetatable({}, { __gc = function() t.gc = #Memory.long end })
collectgarbage()
log.written = "w"
return log.name, t.written

--- results of every kind
local t = { 1, "two", { 3.5, [true] = false } }
t.self = t
return nil, true, 7, -0.5, "text", ("long"):rep(5000), #{ t }, Memory.old == Memory.other[1], select(3, 1, 2, 3)

--- results in tables
local t = { list = { 1, 2, 3 }, map = { a = "b" } }
t.again, t[1] = t.list, setmetatable({ x = 1 }, { __tostring = function() return "shown" end })
for i = 1, 40 do t.list[i] = { i } end
print(#t.list)
return setmetatable(t, { __tostring = function() return "results" end })

--- results that show themselves
local function shown(i) return setmetatable({}, { __tostring = function() return "shown " .. i end }) end
return shown(1), shown(2), coroutine.isyieldable()

--- a result that cannot be shown
return 1, setmetatable({}, { __tostring = function() error("no " .. "way", 0) end })

--- many results
return table.unpack({}, 1, 300)

--- output of 100,000 bytes
for i = 1, 1000 do io.write(("line "):rep(19), i % 10, "\n") end
return "end"
