// What patches 0011 and 0022 do without Lua's API gives in patched native Lua and in lua.wasm what it gives in stock native Lua.
import assert from "node:assert/strict";
import test from "node:test";
import { open } from "../abi/client.mjs";
import { patched, runNative, stock } from "./native.mjs";

/** The libraries that are everywhere. */
const LIBRARIES = ["_G", "coroutine", "math", "string", "table", "utf8"];

/**
 * Their functions in an order that does not depend on hashing. In which order `fmod` looks at its arguments C leaves open;
 * `atan2` is `atan`, and a message may name either.
 */
const functions = libraries => `local names = {}
  math.atan2 = nil
  for lib in ("${libraries.join(" ")}"):gmatch("%S+") do
    for name, f in pairs(_G[lib]) do
      if type(f) == "function" and not ("collectgarbage dofile fmod loadfile print require"):find(name, 1, true) then
        names[#names + 1] = { lib .. "." .. name, f }
      end
    end
  end
  table.sort(names, function(a, b) return a[1] < b[1] end)
  local function tell(...)
    local out = table.pack(...)
    for i = 1, out.n do out[i] = tostring(out[i]) end
    print((table.concat(out, " ", 1, out.n):gsub("0x%x+", "0x"):gsub("(: )0x", "%1")))
  end`;

/** Arguments that are absent, of each type, and of types that convert. */
const callsOf = library => `${functions([library])}
    local values = { "12", "0x10", "x", 3, 3.0, 2.5, -1, true, {}, print, coroutine.create(print), math.mininteger, 1e100, "1e1" }
    for _, entry in ipairs(names) do
      local name, f = entry[1], entry[2]
      if not ("coroutine.running coroutine.yield coroutine.close math.random math.randomseed string.dump"):find(name, 1, true) then
        tell(name, pcall(f))
        tell(name, pcall(f, nil, nil))
        if not ("string.rep table.move _G.xpcall _G.pcall _G.select"):find(name, 1, true) then
          for i = 1, #values do
            tell(name, i, pcall(f, values[i]))
            if name ~= "table.concat" and name ~= "table.unpack" then
              tell(name, i, pcall(f, "abc", values[i]))
              tell(name, i, pcall(f, 5, values[i], 2))
            end
          end
        end
      end
    end`;

const PROGRAMS = {
  ...Object.fromEntries(LIBRARIES.map(library => [`arguments of ${library}`, callsOf(library)])),
  "names of functions in messages and tracebacks": `${functions(LIBRARIES)}
    for _, entry in ipairs(names) do
      local ok, trace = xpcall(entry[2], function(m) return debug.traceback(m, 2) end)
      if not ok then tell(entry[1], (trace:gsub("\\n.*", ""))) end
    end
    local function named(m, ...)
      local f = function() error(m) end
      for key, value in pairs(... or {}) do package.loaded[key] = value(f) end
      local _, trace = xpcall(f, function(m) return debug.traceback(m, 1) end)
      for key in pairs(... or {}) do package.loaded[key] = nil end
      print((trace:match("in function 'm[^\\n]*")))
    end
    named("plain")
    named("a module", { mod = function(f) return f end })
    named("in a module", { mod = function(f) return { f = f } end })
    named("too deep", { mod = function(f) return { sub = { f = f } } end })
    named("keys of other types", { [1] = function(f) return f end, [2.5] = function(f) return { f = f } end })
    named("in an array", { mod = function(f) return { f, f } end })
    named("behind metatables", { mod = function(f) return setmetatable({}, { __index = { f = f }, __pairs = error }) end })
    named("a long name", { [("m"):rep(50)] = function(f) return { [("n"):rep(60)] = f } end })
    named("removed", { mod = function(f) local t = { f = f } t.f = nil return t end })
    named("a cycle", { mod = function(f) local t = {} t.t = t t.f = f return t end })`,
  "sorting tables of every kind": `
    local function show(t, ...)
      local ok, message = pcall(table.sort, t, ...)
      local out = { tostring(ok), tostring(message):gsub("0x%x+", "0x") .. "" }
      for i = 1, type(t) == "table" and 12 or 0 do out[#out + 1] = tostring(rawget(t, i)) end
      print(table.concat(out, " "))
    end
    show({})
    show({ 1 })
    show({ 3, 1, 2 })
    show({ 3, 1.5, 2, math.huge, -math.huge, math.mininteger, math.maxinteger, 2.0, 0.0 })
    show({ "b", "a", "c", "B", "a\\0b", "a\\0a" })
    show({ 3, "1", 2 })
    show({ 3, nil, 2, n = 3 })
    show({ true, false })
    show({ 0/0, 1, 0/0, 2, 0/0, 3 })
    show({ 5, 3, 8, 1 }, function(a, b) return a > b end)
    show({ 5, 3, 8, 1 }, function(a, b) return nil end)
    show({ 5, 3, 8, 1 }, function(a, b) return true end)
    show({ 5, 3, 8, 1, 9, 7, 2, 6 }, function(a, b) return true end)
    show({ 5, 3, 8, 1 }, function(a, b) error("from the comparison", 0) end)
    show({ 5, 3, 8, 1 }, function() return 1, 2, 3 end)
    show({ 5, 3, 8, 1 }, 5)
    show(5)
    -- in the hash part
    local h = {} for i = 12, 1, -1 do h[i] = (i * 7) % 13 end show(h)
    -- behind metamethods
    local log = 0
    local data = { 9, 4, 7, 1, 8 }
    local proxy = setmetatable({}, {
      __len = function() return 5 end,
      __index = function(_, k) log = log + 1 return data[k] end,
      __newindex = function(_, k, v) log = log + 100 data[k] = v end,
    })
    table.sort(proxy) print(log, table.concat(data, " "))
    -- by __lt
    local mt = { __lt = function(a, b) return a.v < b.v end }
    local o = {} for i = 1, 9 do o[i] = setmetatable({ v = i * 5 % 11 }, mt) end
    table.sort(o) for i = 1, 9 do io.write(o[i].v, " ") end print()
    -- a comparison that changes the table
    local t = {} for i = 1, 40 do t[i] = i * 17 % 41 end
    print(pcall(table.sort, t, function(a, b) t[#t + 1] = 0 return a < b end), #t > 40)
    t = {} for i = 1, 40 do t[i] = i * 17 % 41 end
    print((pcall(table.sort, t, function(a, b) t[39] = nil return (a or 0) < (b or 0) end)))
    t = {} for i = 1, 40 do t[i] = { i * 17 % 41 } end
    table.sort(t, function(a, b) collectgarbage("step") return a[1] < b[1] end)
    for i = 2, 40 do assert(t[i - 1][1] <= t[i][1]) end
    -- a comparison that grows the stack, and one that yields
    t = {} for i = 1, 30 do t[i] = i * 17 % 41 end
    local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
    table.sort(t, function(a, b) return a + deep(150) < b + deep(150) end) print(table.concat(t, " "))
    print(coroutine.wrap(function() return pcall(table.sort, { 2, 1, 3 }, coroutine.yield) end)())`,
  "utf8.char and tostring": `
    for _, code in ipairs { 0, 1, 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xffff, 0x10000, 0x10ffff, 0x7fffffff, -1, 0x80000000, 65.0 } do
      local ok, text = pcall(utf8.char, code)
      print(code, ok, ok and text:gsub(".", function(c) return ("%02x "):format(c:byte()) end) or text)
      local pair
      ok, pair = pcall(utf8.char, 0x41, code)
      print(ok, ok and #pair or pair)
    end
    for _, n in ipairs { 0, -0.0, 1e15, 1e100, 0.1, -1.5, math.huge, -math.huge, math.mininteger, math.maxinteger, 2^53, 1/3, 100.0 } do
      print(n, tostring(n), ("%s"):format(n), tostring(n) == n .. "", math.type(n))
    end
    local n = 5 local s = tostring(n) print(math.type(n), type(s))
    print(tostring(setmetatable({}, { __tostring = function() return "by metamethod" end })))
    debug.setmetatable(0, { __tostring = function(n) return "number " .. (n + 0) end, __name = "N" })
    print(tostring(7), 7, ("%s"):format(8.5)) debug.setmetatable(0, nil)`,
  "tracebacks of stacks of all depths, from all levels on": `coroutine.wrap(function()
    local function f(n, g, ...) if n > 0 then return (f(n - 1, g, ...)) end return g(...) end
    for depth = 14, 24 do
      local co = coroutine.create(f)
      coroutine.resume(co, depth, coroutine.yield)
      for level = 0, depth + 4, 4 do
        print(depth, level, f(depth, debug.traceback, "message", level))
        print(debug.traceback(co, nil, level))
      end
    end
    print(select(2, xpcall(f, debug.traceback, 40, error, "raised")))
    print((f(20000, debug.traceback)))
    print(debug.traceback(coroutine.create(print)), debug.traceback(true), debug.traceback("x", -1), debug.traceback("x", 1 << 31))
  end)()`,
};

/** Addresses and the sign of NaN differ. */
const run = source => `print(pcall(assert(load([=====[${source}]=====], "=program"))))`;
const comparable = text =>
  text
    .replace(/(function|thread|table): (builtin: )?0x\w*/g, "$1")
    .replaceAll("-nan", "nan")
    .trim()
    .split("\n");
const stockProgram = stock();
const patchedProgram = patched();

for (const [name, source] of Object.entries(PROGRAMS)) {
  const expected = comparable(runNative(stockProgram, run(source)).text);

  test(`${name}: the program runs`, () => {
    assert.ok(expected.length > 8, expected.join("\n"));
    assert.equal(expected.at(-1), "true");
  });

  test(`${name}: patched native Lua`, () => {
    assert.deepEqual(comparable(runNative(patchedProgram, run(source), ["short slices"]).text), expected);
  });

  test(`${name}: lua.wasm`, () => {
    assert.deepEqual(comparable(open().run(run(source))), expected);
  });
}
