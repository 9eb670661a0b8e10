-- Gathers every value it can, functions above all, and calls each with whatever there is, in random order: from the main
-- chunk, from hooks, coroutines, error handlers, closers, finalizers and metamethods. Arguments: a seed, and how many calls.
-- What earlier runs found is in the global `pool`, which the calls may spoil; then this one begins again.
local seed, calls = ...
local type, pcall, xpcall, next, select = type, pcall, xpcall, next, select
local setmetatable, load, error, collectgarbage = setmetatable, load, error, collectgarbage
local co_create, co_resume, co_wrap, co_yield, co_close = coroutine.create, coroutine.resume, coroutine.wrap, coroutine.yield, coroutine.close
local debug = debug
local sethook, getinfo, getlocal, setlocal = debug.sethook, debug.getinfo, debug.getlocal, debug.setlocal
local getupvalue, setupvalue, upvaluejoin = debug.getupvalue, debug.setupvalue, debug.upvaluejoin
local getmeta, getuser, getregistry = debug.getmetatable, debug.getuservalue, debug.getregistry
local gmatch, codes, Memory = string.gmatch, utf8.codes, Memory

local function random(n)
  seed = (seed * 6364136223846793005 + 1442695040888963407)
  return (seed >> 33) % n + 1
end

local MOST = 600
if type(pool) ~= "table" or getmeta(pool) or type(pool.all) ~= "table" or getmeta(pool.all) then pool = { all = {}, functions = {}, seen = {} } end
local all, functions, seen = pool.all, pool.functions, pool.seen

local function keep(value)
  local kind = type(value)
  if value == nil or value ~= value or seen[value] then return false end
  if #all < MOST then all[#all + 1] = value else all[random(MOST)] = value end
  seen[value] = true
  if kind == "function" then functions[#functions < MOST and #functions + 1 or random(MOST)] = value end
  return kind == "table" or kind == "function" or kind == "userdata" or kind == "thread"
end

local gather
local function look(level, thread)
  for n = -6, 10 do
    local ok, name, value
    if thread then ok, name, value = pcall(getlocal, thread, level, n) else ok, name, value = pcall(getlocal, level + 2, n) end
    if ok and name then keep(value) end
  end
end

function gather(value, depth)
  if not keep(value) or depth == 0 then return end
  local meta = getmeta(value)
  if meta then gather(meta, depth - 1) end
  local kind = type(value)
  if kind == "table" then
    for k, v in next, value do gather(k, depth - 1) gather(v, depth - 1) end
  elseif kind == "function" then
    for n = 1, 20 do
      local name, upvalue = getupvalue(value, n)
      if not name then break end
      gather(upvalue, depth - 1)
    end
  elseif kind == "userdata" then
    for n = -1, 3 do gather(getuser(value, n), depth - 1) end
  else
    for level = 0, 3 do
      look(level, value)
      local ok, info = pcall(getinfo, value, level, "f")
      if ok and info then keep(info.func) end
    end
  end
end

local SCALARS = {
  false, true, 0, 1, -1, 2, 3, 255, 1 << 31, 1 << 62, math.maxinteger, math.mininteger, 0.5, -0.0, 1 / 0, 2 ^ 53, "", "x", "k", "crl", "c", "f", "n", "%s", "(.)",
  "return ...", "local a <const> = 1 return function() return a end", "@on", "__index", "__gc", "__close", "collect", "generational", "incremental", "nothing", "a key",
}
local function any()
  local kind = random(10)
  if kind <= 2 then return nil
  elseif kind <= 5 then return SCALARS[random(#SCALARS)]
  elseif kind == 6 then return { random(9), { x = all[random(#all)] }, k = "v" }
  elseif kind == 7 then return functions[random(#functions)]
  elseif kind == 8 then return Memory end
  return all[random(#all)]
end

local spy
-- These hide what is under test too soon, or only print.
local DULL = { [print] = true, [io.write] = true, [os.exit] = true, [co_yield] = random(4) > 1 }
local function one()
  local f = functions[random(#functions)]
  if DULL[f] and random(50) > 1 then f = any() end
  return f
end
local function store(...)
  for n = 1, select("#", ...) do keep((select(n, ...))) end
  return ...
end

-- Values in the ways of the language: what a call by hand does not reach.
local function event()
  return setmetatable({ 1, 2, 3 }, {
    __index = one(), __newindex = one(), __call = one(), __close = one(), __gc = one(), __eq = one(), __lt = one(), __le = one(), __len = random(3) == 1 and one() or nil,
    __concat = one(), __unm = one(), __tostring = one(), __pairs = one(), __name = any(), __mode = random(4) == 1 and "k" or nil, __metatable = random(5) == 1 and any() or nil,
  })
end

local WAYS = {
  function(f, a, b, c) return f(a, b, c) end,
  function(f, a, b) return f(a, b) end,
  function(f, a, b, c) return f(Memory, a, b, c) end,
  function(f, a, b, c) return co_wrap(f)(a, b, c) end,
  function(f, a, b)
    local co = co_create(function(...) sethook(spy, "crl", 7) local c <close> = event() return f(...) end)
    keep(co)
    store(co_resume(co, a, b))
    gather(co, 2)
    if random(2) == 1 then store(co_resume(co, b, a)) end
    return co_close(co)
  end,
  function(f, a, b) return xpcall(a, f, b) end,
  function(f, a) return xpcall(error, f, a) end,
  function(f, a) local c <close> = setmetatable({}, { __close = f }) if random(2) == 1 then error(a) end return a end,
  function(f, a) local c <close> = setmetatable({}, { __close = function(...) f(...) co_yield(a) end }) co_yield(a) end,
  function(f) for _ = 1, 5 do setmetatable({}, { __gc = f }) end collectgarbage() end,
  function(f, a) Memory[a] = setmetatable({ a, { a } }, nil) return Memory[a] end,
  function(f, a, b)
    local graph = { a, { b, { Memory } } }
    for i = 1, random(60) do graph[i] = { i, graph } end
    setmetatable({}, { __gc = function() for i = 1, 60 do graph[i] = { { i }, f } end end })
    Memory.g = graph
    return Memory.g
  end,
  function(f) local e = event() return e .. 1, -e, #e, e < e, e == event(), e.x, e(f) end,
  function(f, a, b) for x, y in f, a, b do return x, y end end,
  function(f, a) for k, v in pairs(a) do keep(k) keep(v) if random(8) == 1 then break end end end,
  function(f) for n = 1, random(3) do setupvalue(f, n, any()) end return f() end,
  function(f) upvaluejoin(f, random(3), functions[random(#functions)], random(3)) return f(any()) end,
  function(f, a) return table.sort({ 3, 1, 2, 5, 4 }, f) end,
  function(f, a) return string.gsub("abc", ".", f) end,
  function(f, a) return load(f, a, any(), any()) end,
  function(f, a) warn("@on") warn(a) setmetatable({}, { __gc = error }) return collectgarbage() end,
  function(f, a) debug.setmetatable(SCALARS[random(#SCALARS)], { __index = f, __call = f, __len = f, __close = f }) return f(a) end,
  function(f, a, b) return rawset(all[random(#all)], a, b) end,
}

-- Sees every level below, at times changes what it finds, and at times calls from there.
function spy(what)
  for level = 2, 5 do
    local ok, info = pcall(getinfo, level, "f")
    if not ok or not info then break end
    if info.func then keep(info.func) end
    if random(6) == 1 then look(level) end
    if random(400) == 1 then pcall(setlocal, level, random(8), any()) end
  end
  local kind = random(60)
  if kind == 1 then store(pcall(one(), any(), any(), any()))
  elseif kind == 2 then collectgarbage("step")
  elseif kind == 3 then Memory[random(9)] = any()
  elseif kind == 4 and random(5) == 1 then error(any())
  elseif kind == 5 then Memory.h = nil Memory.h = { { what } } end
end

local MASKS = { "crl", "c", "r", "l", "cr", "" }
local function step()
  sethook(spy, MASKS[random(6)], random(3) == 1 and random(20) or 0)
  store(WAYS[random(#WAYS)](one(), any(), any(), any()))
end
-- These functions stay out of it: calls would soon have spoilt them all.
for _, f in next, { random, keep, look, gather, any, one, store, event, spy, step, getinfo(1, "f").func } do seen[f] = true end
for _, f in next, WAYS do seen[f] = true end

for _, value in next, { _G, package, "", 1, print, Memory, io.stdout, co_create(error), gmatch("ab", "."), co_wrap(error), (codes("x")) } do
  gather(value, 5)
end
for _, value in next, { false, 1, "" } do gather(getmeta(value), 3) end
if getregistry then gather(getregistry(), 5) end
gather(select(2, pcall(pairs, Memory)), 2)

for call = 1, calls do
  pcall(step)
  sethook()
end
-- Every external table is asked, so that a forged one shows itself to the host.
for _, value in next, all do
  if getmeta(value) == nil and type(value) == type(Memory) then pcall(function() return value.x, #value end) end
end
return #all, #functions
