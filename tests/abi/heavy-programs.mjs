// Endless programs whose single steps are heavy: long strings, colliding keys, deep closers, long chains, straight lines.
// Each is [what makes the data, what never ends]; 64 MiB suffice for the data.

/** `count` times the same statement, in one line of code: without a jump. */
const straight = (statement, count) =>
  `load("local s, f = ... " .. (${JSON.stringify(`${statement} `)}):rep(${count}))`;

const MEGABYTES = 's = ("x"):rep(10000):rep(1000)';
/** 4096 integers that have the same place in a table of 2^15 fields. */
const COLLIDING =
  "t = {} k = (1 << 15) - 1 for i = 1, 20000 do t[-i] = true end for i = 1, 1 << 12 do t[i * k] = true end";

export const HEAVY = {
  "a straight line of string.upper": [
    `${MEGABYTES} f = ${straight("f(s)", 20000)}`,
    "while true do f(s, string.upper) end",
  ],
  "a straight line of reads with a long key": [
    `${MEGABYTES} t = { [s .. "y"] = 1 } f = ${straight("local _ = f[s]", 150)}`,
    'local k = s .. "y" while true do f(k, t) end',
  ],
  "a straight line of writes with a long key": [
    `${MEGABYTES} t = { [s .. "y"] = 1 } f = ${straight("f[s] = 1", 150)}`,
    'local k = s .. "y" while true do f(k, t) end',
  ],
  "a straight line of comparisons": [
    `${MEGABYTES} z = s .. "y" f = ${straight("local _ = s < f", 150)}`,
    "while true do f(s, z) end",
  ],
  "a straight line of tonumber": [
    's = (" "):rep(1 << 20) .. "1" n = math.tointeger f = ' + straight("f(s)", 4000),
    "while true do f(s, tonumber) end",
  ],
  "a counter that might wrap": [
    `s = ("x"):rep(4096):rep(4096) t = { [s] = 1 } f = ${straight("local _ = f[s]", 150)}`,
    "while true do f(s, t) end",
  ],
  "a long chain of __index": [
    `t = {} local n = t for i = 1, 1990 do local m = {} setmetatable(n, { __index = m }) n = m end f = ${straight("local _ = s.a", 150)}`,
    "while true do f(t) end",
  ],
  "a long chain of __newindex": [
    `t = {} local n = t for i = 1, 1990 do local m = {} setmetatable(n, { __newindex = m }) n = m end f = ${straight("s.a = nil", 150)}`,
    "while true do f(t) end",
  ],
  "integer keys that collide": [COLLIDING, "local t, key = t, k while true do local _ = t[key] end"],
  "a straight line of keys that collide": [
    `${COLLIDING} f = ${straight("local _ = s[f]", 150)}`,
    "while true do f(t, k) end",
  ],
  "tables of colliding keys that grow": [
    "",
    "while true do local u = {} for i = 1, 1 << 15 do u[i * ((1 << 15) - 1)] = true end u.x = 1 end",
  ],
  "tables of colliding and other keys that grow": [
    "",
    "while true do local u = {} for i = 1, 1 << 14 do u[i * ((1 << 15) - 1)] = true end for i = 1, 1 << 14 do u[-i] = true end end",
  ],
  "next over colliding keys": [COLLIDING, "while true do for _ in next, t do end end"],
  "reads of an external table with a long key": [MEGABYTES, "while true do local _ = Memory[s] end"],
  "writes of a long key to an external table": [
    MEGABYTES,
    "while true do pcall(function() Memory[s] = 1 end) end Memory[s] = nil",
  ],
  "deletions of a long key of an external table": [MEGABYTES, "while true do Memory[s] = nil end"],
  "pairs of an external table of many keys": [
    'for i = 1, 50000 do Memory["key" .. i] = i end',
    "while true do for _ in pairs(Memory) do end end",
  ],
  "next through an external table of many keys": [
    'for i = 1, 50000 do Memory["key" .. i] = i end',
    "while true do for _ in next, Memory do end end",
  ],
  "comparisons of zero bytes": ['a = ("\\0"):rep(10000):rep(1000) b = a .. "b"', "while true do local _ = a < b end"],
  "comparisons by a metamethod of strings": [MEGABYTES, 'while true do local _ = s <= s .. "" end'],
  "gsub with a long replacement": [
    's = ("x"):rep(1000):rep(1000) r = ("%0"):rep(1000):rep(1000)',
    'while true do s:gsub("", r) end',
  ],
  "gsub with a replacement of captures": ['r = ("%1%%"):rep(100000)', 'while true do ("x"):rep(50):gsub("(.)", r) end'],
  "a long set, repeated": [
    'p = "[" .. ("a"):rep(1000000) .. "b]*c" x = ("b"):rep(10000)',
    "while true do x:find(p) end",
  ],
  "a frontier of a long set": [
    'p = "%f[" .. ("a"):rep(1000000) .. "b]c" x = ("b "):rep(10000)',
    "while true do x:find(p) end",
  ],
  "a long plain search": [MEGABYTES, 'while true do s:find("y", 1, true) end'],
  "string.reverse": [MEGABYTES, "while true do s:reverse() end"],
  "string.lower": [MEGABYTES, "while true do s:lower() end"],
  "string.byte and char": ['s = ("x"):rep(200000)', "while true do string.char(s:byte(1, -1)) end"],
  "string.format with a long format": [MEGABYTES, "while true do s:format() end"],
  "string.format with many items": [
    'p = ("%99.99f"):rep(200) a = {} for i = 1, 200 do a[i] = 1e308 end',
    "while true do p:format(table.unpack(a)) end",
  ],
  "string.format with %q": ['s = ("\\1"):rep(1000000)', 'while true do ("%q"):format(s) end'],
  "string.format with a bad format": ['s = "%" .. ("0"):rep(10000000)', "while true do pcall(string.format, s, 1) end"],
  "string.rep of a long piece": [MEGABYTES, "while true do s:rep(2) end"],
  "switching the mode of the collector": [
    "t = {} for i = 1, 200000 do t[i] = { i } end",
    'while true do collectgarbage("generational") collectgarbage("incremental") end',
  ],
  "a collector without pauses": [
    't = {} for i = 1, 200000 do t[i] = { i } end collectgarbage("incremental", 1, 1000, 60) collectgarbage("setpause", 0)',
    "while true do local x = {} end",
  ],
  "the generational collector": [
    't = {} for i = 1, 200000 do t[i] = { i } end collectgarbage("generational", 1, 1)',
    "while true do local x = { {} } end",
  ],
  "full collections": ["t = {} for i = 1, 200000 do t[i] = { i } end", "while true do collectgarbage() end"],
  "closers that are C functions": [
    `${MEGABYTES} getmetatable("").__close = string.upper`,
    "local function f(n) local x <close> = s if n > 0 then f(n - 1) end while true do end end f(10000)",
  ],
  "closers that collect": [
    't = {} for i = 1, 200000 do t[i] = { i } end getmetatable("").__close = collectgarbage',
    'local function f(n) local x <close> = "collect" if n > 0 then f(n - 1) end while true do end end f(2000)',
  ],
  "closers that are run in turn": [
    `${MEGABYTES} getmetatable("").__close = string.upper`,
    "while true do local x <close> = s end",
  ],
  "coroutines that yield once": [
    'f = load(("a = a "):rep(4000) .. "coroutine.yield()")',
    "while true do coroutine.wrap(f)() end",
  ],
  "functions left by an error": ['f = load(("a = a "):rep(4000) .. "string.rep()")', "while true do pcall(f) end"],
  "functions left by an error in a coroutine": [
    'f = load(("a = a "):rep(4000) .. "error()")',
    "while true do coroutine.resume(coroutine.create(f)) end",
  ],
  "error messages about long functions": [
    'f = load(("a = a "):rep(30000) .. "local x = a.b.c")',
    "while true do pcall(f) end",
  ],
  "a source with many jumps": [
    's = "local x " .. ("if x then x = 1 else"):rep(20000) .. "if x then end end"',
    "while true do load(s) end",
  ],
  "a source with many gotos": ['s = "do " .. ("goto e "):rep(20000) .. "::e:: end"', "while true do load(s) end"],
  "a source that is a long comment": ['s = "--" .. ("x"):rep(10000):rep(1000)', "while true do load(s) end"],
  "a source that is a long string": [
    's = "return [[" .. ("x"):rep(10000):rep(300) .. "]]"',
    "while true do load(s) end",
  ],
  "a source from one long piece of a reader": [
    's = (" "):rep(10000):rep(1000)',
    "while true do local p = s load(function() local q = p p = nil return q end) end",
  ],
  "finalizers of old objects": [
    "o = {} for i = 1, 1000 do o[i] = {} end t = {} for i = 1, 300000 do t[i] = {} end m = { __gc = function() end }",
    "local i = 0 while true do i = i % 1000 + 1 setmetatable(o[i], m) o[i] = {} end",
  ],
  "upvalues deep in the stack": [
    "",
    "local top = 1 local function f(n) local x local function g() return x end if n > 0 then return f(n - 1), 1 end while true do local h = function() top = top + 1 end end end f(15000)",
  ],
  "masks of hooks": [
    MEGABYTES,
    "local f = function() end while true do pcall(debug.sethook, f, s) debug.sethook() end",
  ],
  "options of getinfo": ['s = ("S"):rep(10000):rep(1000)', "while true do pcall(debug.getinfo, 1, s) end"],
  "a recursion on its way down": [
    'f = load("local f, x = ... " .. ("x = x "):rep(50000) .. "return 1 + f(f, x)")',
    "while true do pcall(f, f) end",
  ],
  "a coroutine that yields deep in a recursion": [
    "co = coroutine.wrap(function() local function f(n) if n == 0 then while true do coroutine.yield() end end return 1 + f(n - 1) end f(100000) end)",
    "while true do co() end",
  ],
  "tracebacks of a deep coroutine": [
    "co = coroutine.create(function() local function f(n) if n == 0 then coroutine.yield() end return 1 + f(n - 1) end f(180000) end) coroutine.resume(co)",
    "while true do debug.traceback(co) end",
  ],
  "a function of many instructions": [
    'f = load("local x = ... " .. ("x = x ^ 1.5 "):rep(100000))',
    "while true do f(1.1) end",
  ],
  "remainders of floats that differ much": ["", "local x, y = 1.7e308, 5e-324 while true do local _ = x % y end"],
  "floats as text": ["", 'local x = 5e-324 while true do local _ = x .. "" end'],
  "text as floats": ["", 'local x = "1.7e-308" while true do local _ = x + 0 end'],
  "hooks set deep in a recursion": [
    "",
    'local set, hook = debug.sethook, function() end local function f(n) if n > 0 then return 1 + f(n - 1) end while true do set(hook, "", 1 << 30) end end f(100000)',
  ],
  "names of many local variables": [
    's = load(("do local a = 1 end "):rep(32000) .. "local g = ... while true do g(1, 1) end")',
    "s(debug.getlocal)",
  ],
  "names in nested functions": [
    `local names = {} for i = 1, 150 do names[i] = "local v" .. i .. " " end names = table.concat(names)
     s = ("function f() " .. names):rep(180) .. ("x = x "):rep(200) .. ("end "):rep(180)`,
    "while true do load(s) end",
  ],
  "lines of a function in one line": ['f = load(("a = a "):rep(1000000))', 'while true do debug.getinfo(f, "L") end'],
  "a source of many lines for each instruction": [
    'f = load("local d = ... " .. (("\\n"):rep(130) .. "a = a "):rep(20000) .. " while true do d(1, \'l\') end")',
    "f(debug.getinfo)",
  ],
  "a chunk name that is long": [MEGABYTES, 'while true do load("", s) end'],
  "closers that are cheap C functions": [
    'getmetatable("").__close = math.type',
    'local function f(n) local c <close> = "" if n > 0 then return f(n - 1), 1 end end while true do f(50000) end',
  ],
  "values that pass through many calls": [
    `t = {} for i = 1, 200000 do t[i] = i end
     local p = "local pcall, t = ... return " .. ("pcall("):rep(150) .. "pcall, table.unpack(t)" .. (")"):rep(150) f = load(p)`,
    "while true do f(assert, t) end",
  ],
  "package.searchpath with many marks": [
    's = ("?"):rep(10000):rep(1000)',
    'while true do package.searchpath("", s) end',
  ],
  "package.searchpath of a long name": [MEGABYTES, 'while true do package.searchpath(s, "", "y") end'],
  "package.searchpath with a separator that is nearly there": [
    's = ("x"):rep(1000000) z = ("x"):rep(500000) .. "y"',
    'while true do package.searchpath(s, "", z) end',
  ],
  "require with many searchers": [
    "for i = 1, 100000 do package.searchers[i] = math.type end",
    'while true do pcall(require, "x") end',
  ],
  "string.format with %.3s": [MEGABYTES, 'while true do ("%.3s"):format(s) end'],
  "io.open with a long mode": ['s = "r" .. ("b"):rep(10000):rep(1000)', 'while true do pcall(io.open, "x", s) end'],
  "string.packsize with many zeros": ['s = "i" .. ("0"):rep(10000):rep(1000) .. "4"', "while true do s:packsize() end"],
  "warnings that are long": [`warn("@on") ${MEGABYTES}`, "while true do warn(s) end"],
  "deep calls where loaded packages are large": [
    't = {} for i = 1, 200000 do t["k" .. i] = 1 end for i = 1, 500 do package.loaded["a" .. i] = t end',
    "local function f(n) if n > 0 then return (f(n - 1)) end while true do end end f(30)",
  ],
  "a hexadecimal numeral that is long": ['s = "0x" .. ("f"):rep(16 << 20)', "while true do tonumber(s) end"],
  "a hexadecimal fraction that is long": ['s = "0x." .. ("0"):rep(16 << 20)', "while true do tonumber(s) end"],
  "a decimal numeral that is long": ['s = "0." .. ("7"):rep(16 << 20)', "while true do tonumber(s) end"],
  "a numeral of zeros": ['s = ("0"):rep(16 << 20)', "while true do local _ = s + 1 end"],
  "a long exponent": ['s = "1e" .. ("0"):rep(16 << 20)', "while true do local _ = s + 1 end"],
  "a numeral among spaces": [
    's = ("\\v"):rep(8 << 20) .. "1" .. ("\\v"):rep(8 << 20)',
    "while true do math.tointeger(s) end",
  ],
  "a float among spaces": [
    's = ("\\v"):rep(8 << 20) .. "1.5" .. ("\\v"):rep(8 << 20)',
    "while true do tonumber(s) end",
  ],
  "io.read of many formats": [
    't = {} for i = 1, 200000 do t[i] = "a" end',
    "while true do io.read(table.unpack(t)) end",
  ],
  "io.write of many empty strings": [
    't = {} for i = 1, 200000 do t[i] = "" end',
    "while true do io.write(table.unpack(t)) end",
  ],
  "warnings in many pieces": ['t = {} for i = 1, 200000 do t[i] = "" end', "while true do warn(table.unpack(t)) end"],
  "threads with upvalues that are dropped": [
    "",
    `while true do
       local t = {}
       for i = 1, 20000 do
         t[i] = coroutine.wrap(function() local x = {} t[-i] = function() return x end coroutine.yield() end) t[i]()
       end
     end`,
  ],
  "weak keys beside a long list": [
    't = setmetatable({}, { __mode = "k" }) for i = 1, 2000000 do t[i] = i end',
    "while true do collectgarbage() end",
  ],
  "many open upvalues in a stack that grows": [
    `k = {} s = {} for i = 1, 150 do s[i] = "local v" .. i .. " k[#k + 1] = function() return v" .. i .. " end " end
     f = load("local n, f = ... if n == 0 then return table.unpack({}, 1, 1000) end " .. table.concat(s) .. " return f(n - 1, f), 1")`,
    "while true do k = {} f(500, f) end",
  ],
  "a stop in nested pcalls": [
    "",
    "local function f(n) if n > 0 then pcall(f, n - 1) else while true do end end end f(5000)",
  ],
  "a stop in nested pcalls of coroutines": [
    "",
    `local function f(n)
       if n == 0 then while true do end end
       if n % 500 == 0 then coroutine.wrap(pcall)(f, n - 1) else pcall(f, n - 1) end
     end f(5000)`,
  ],
  "string.pack that pads": ["", 'while true do string.pack("c20000000", "") end'],
  "string.pack of a long string": ['s = ("x"):rep(15 << 20)', 'while true do string.pack("z", s) end'],
  "table.pack of many values": ["t = {}", "while true do table.pack(table.unpack(t, 1, 900000)) end"],
  "utf8.char of many values": [
    "t = {} for i = 1, 900000 do t[i] = 65 end",
    "while true do utf8.char(table.unpack(t)) end",
  ],
  "print of many values": ["t = {}", "while true do print(table.unpack(t, 1, 900000)) end"],
  "math.max of many values": [
    "t = {} for i = 1, 900000 do t[i] = i end",
    "while true do math.max(table.unpack(t)) end",
  ],
  "an array that grows": ["", "while true do local t = {} for i = 1, 1500000 do t[i] = i end end"],
  "a buffer that grows": ['s = ("x"):rep(1000)', 'while true do s:rep(2):gsub("", ("y"):rep(10000)) end'],
  "gsub with a replacement without marks": ['s = ("x"):rep(10000000)', 'while true do ("y"):gsub("y", s) end'],
  "io.open of a long name": ['s = ("x"):rep(20000000)', "while true do io.open(s) end"],
  "table.concat": ['t = {} for i = 1, 300000 do t[i] = "x" end', "while true do table.concat(t) end"],
  "table.unpack": ["t = {}", 'while true do select("#", table.unpack(t, 1, 200000)) end'],
};
