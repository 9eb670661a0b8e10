-- Two worlds in lockstep: external tables, and plain tables ("nodes") that stand for them. The same random operations
-- go to both, and every answer is compared. model.mjs loads this once per instance and calls the functions at its end.

local random, maxinteger = math.random, math.maxinteger

local SMALL, WIDE = 40, 300 -- keys of a table, tables of the world, beyond which deletion prevails
local NAMES = {"a", "b", "", "\0", "name:a", "\255", "next", "Memory"}

local world -- {root = node, names = {name = node}, refs = {{proxy, node}...}}
local saved
local may_refuse = false
local tables = 0 -- number of tables, when last verified
local id_of = setmetatable({}, {__mode = "k"})
local proxy_of = setmetatable({}, {__mode = "kv"})

local function show(value)
  if type(value) == "string" then
    return #value > 200 and ("a string of %d bytes, %q..."):format(#value, value:sub(1, 60)) or ("%q"):format(value)
  elseif math.type(value) == "float" then
    return ("%q (%g)"):format(value, value)
  elseif id_of[value] then
    return "node " .. id_of[value]
  end
  return tostring(value)
end

local function differ(text, ...)
  local shown = table.pack(...)
  for i = 1, shown.n do shown[i] = show(shown[i]) end
  error(text:format(table.unpack(shown)), 0)
end

local function is_external(value) return type(value) == "table" and (pcall(ext.id, value)) end

-- Notes that `proxy` is the external table of `node`, for good.
local function meet(proxy, node)
  if not is_external(proxy) then differ("%s is no external table", proxy) end
  local id = ext.id(proxy)
  if id_of[node] and id_of[node] ~= id then differ("table %s where it was %s", id, id_of[node]) end
  if proxy_of[node] and not rawequal(proxy_of[node], proxy) then differ("table %s is two objects", id) end
  id_of[node], proxy_of[node] = id, proxy
end

local function same_scalar(a, b)
  if math.type(a) ~= math.type(b) then return false end
  if a ~= a then return b ~= b end
  return a == b and (math.type(a) ~= "float" or 1 / a == 1 / b)
end

local function agrees(value, expected)
  if type(expected) == "table" then
    return is_external(value) and (id_of[expected] == nil or id_of[expected] == ext.id(value))
  end
  return same_scalar(value, expected)
end

local function check(value, expected, what, ...)
  if not agrees(value, expected) then differ(what .. ": %s where %s was expected", ..., value, expected) end
  if type(expected) == "table" then meet(value, expected) end
end

local function count(node)
  local n = 0
  for _ in next, node do n = n + 1 end
  return n
end

-- Compares all contents of one table. `visit(value, expected)` takes every key and value.
local function compare(proxy, node, visit)
  local nodes = {}
  for k in next, node do
    if type(k) == "table" then nodes[id_of[k]] = k end
  end
  local seen = 0
  for k, v in pairs(proxy) do
    local key = k
    if is_external(k) then
      key = nodes[ext.id(k)]
      if not key then differ("table %s has table %s as a key", ext.id(proxy), ext.id(k)) end
    end
    if node[key] == nil then differ("table %s has a key %s", ext.id(proxy), key) end
    seen = seen + 1
    visit(k, key)
    if not agrees(v, node[key]) then
      differ("table %s, key %s: %s where %s was expected", ext.id(proxy), key, v, node[key])
    end
    visit(v, node[key])
  end
  if seen ~= count(node) then differ("table %s: pairs gave %s keys of %s", ext.id(proxy), seen, count(node)) end
  if ext.size(proxy) ~= seen then differ("table %s: ext.size is %s, not %s", ext.id(proxy), ext.size(proxy), seen) end
end

-- Compares the {proxy, node} of a list and everything reachable from them; returns the number of tables.
-- `only_new` leaves out what is reachable but was known before.
local function verify(list, only_new)
  local node_of, queue = {}, {}
  local function visit(proxy, node)
    if type(node) ~= "table" then return end
    local known = id_of[node]
    meet(proxy, node)
    local id = id_of[node]
    if node_of[id] == nil then
      node_of[id] = node
      if not (only_new and known) or #queue < #list then queue[#queue + 1] = {proxy, node} end
    elseif node_of[id] ~= node then
      differ("table %s stands for two", id)
    end
  end
  for _, pair in ipairs(list) do visit(pair[1], pair[2]) end
  local at = 1
  while queue[at] do
    compare(queue[at][1], queue[at][2], visit)
    at = at + 1
  end
  return at - 1
end

-- Choosing

local function random_key_of(node, wanted)
  local keys = {}
  for k, v in next, node do
    if not wanted or wanted(k, v) then keys[#keys + 1] = k end
  end
  if #keys > 0 then return keys[random(#keys)] end
end

-- The key of the external table that stands for `key`.
local function outer(proxy, key)
  if type(key) ~= "table" then return key end
  if proxy_of[key] then return proxy_of[key] end
  for k in pairs(proxy) do
    if is_external(k) and ext.id(k) == id_of[key] then
      meet(k, key)
      return k
    end
  end
  differ("table %s lost its key %s", ext.id(proxy), key)
end

local function is_node(_, value) return type(value) == "table" end

-- An external table and its node: one of the roots, or somewhere below.
local function target()
  local proxy, node = Memory, world.root
  local start = random(10)
  if start <= 2 then
    local name = random_key_of(world.names)
    if name then proxy, node = ext.table(name), world.names[name] end
  elseif start <= 4 and #world.refs > 0 then
    proxy, node = table.unpack(world.refs[random(#world.refs)])
  end
  for _ = 1, random(0, 3) do
    local key = random_key_of(node, is_node)
    if key == nil then break end
    local inner = proxy[outer(proxy, key)]
    if not rawequal(inner, proxy[outer(proxy, key)]) then differ("key %s gave two objects", key) end
    check(inner, node[key], "reading %s", key)
    proxy, node = inner, node[key]
  end
  meet(proxy, node)
  return proxy, node
end

local function random_bytes(length)
  local bytes = {}
  for i = 1, length do bytes[i] = string.char(random(0, 255)) end
  return table.concat(bytes)
end

local AWKWARD = {
  "", "\0", "\1", "\1\1", "\2", string.pack("<Bi8", 2, 1), "\3", string.pack("<Bd", 3, 0.5), "\4",
  string.pack("<Bs4", 4, "x"), "\5", "\6", "\7", string.pack("<BI4", 7, 1), "\8", "\8\7", "\255", "\255\0\255", "1",
  "7", "-1", "next", "max", "name:a", "table:2", "x", "y", "\xC3\xA4", "a'b", "a\nb", "\0\0\0\0", ("k"):rep(61),
  ("\3"):rep(300), ("long"):rep(200),
}

local function string_key()
  if random(4) == 1 then return random_bytes(random(0, 12)) end
  return AWKWARD[random(#AWKWARD)]
end

local NUMBERS = {
  0, 1, -1, 2, 3, 1.0, 2.0, -0.0, 0.5, -1.5, 1e15, 2 ^ 31, 2 ^ 32, 2 ^ 53, 2 ^ 53 + 2, -2.0 ^ 53, 2 ^ 62, 2.0 ^ 63,
  -2.0 ^ 63, 1e300, -1e300, 5e-324, math.huge, -math.huge, 1 << 31, 1 << 32, (1 << 53) + 1, maxinteger,
  maxinteger - 1, math.mininteger, 255, 256, 65536, 127, -128,
}

local function number_value()
  if random(3) == 1 then return random(-1000, 1000) end
  if random(3) == 1 then return random() * 10.0 ^ random(-300, 300) end
  return NUMBERS[random(#NUMBERS)]
end

local LENGTHS = {16378, 16379, 16380, 16383, 16384, 16385, 65530, 65536, 70000}

local function scalar()
  local kind = random(100)
  if kind <= 35 then return number_value() end
  if kind <= 75 then return string_key() end
  if kind <= 90 then return random(2) == 1 end
  if kind <= 93 then return 0 / 0 end
  if kind <= 97 then return random_bytes(random(20, 400)) end
  if kind <= 99 then return ("v"):rep(random(400, 9000)) end
  return random_bytes(8):rep(LENGTHS[random(#LENGTHS)] // 8) .. ("."):rep(random(0, 7))
end

-- A key that can be stored: for the external table, and for its node.
local function some_key(proxy, node)
  local kind = random(100)
  if kind <= 40 then
    local key = random_key_of(node)
    if key ~= nil then return outer(proxy, key), key end
  end
  if kind <= 65 then
    local i = random(1, 14)
    return i, i
  elseif kind <= 80 then
    local s = string_key()
    return s, s
  elseif kind <= 90 then
    local n = number_value()
    return n, n
  elseif kind <= 94 then
    local b = random(2) == 1
    return b, b
  end
  return target()
end

-- Plain tables to store, and the nodes they become: nested, shared, cyclic.
local function graph()
  local plain, nodes = {}, {}
  local size = random(1, 6)
  for i = 1, size do plain[i], nodes[i] = {}, {} end
  for i = 1, size do
    for _ = 1, random(0, 5) do
      local k, mk = some_key(Memory, {})
      local v = scalar()
      local mv = v
      local kind = random(10)
      if kind <= 5 then
        local j = random(size)
        v, mv = plain[j], nodes[j]
      elseif kind == 6 then
        v, mv = target()
      end
      plain[i][k], nodes[i][mk] = v, mv
    end
  end
  return plain[1], nodes[1], plain
end

-- Operations that write

local function put(t, k, v) t[k] = v end
local PUT = debug.getinfo(put, "S").linedefined

local function is_refusal(message)
  return may_refuse and type(message) == "string" and message:find("the host refused to ", 1, true) ~= nil
end

local function shown_key(key)
  if type(key) == "string" and key:find("^%w+$") and #key <= 40 then return "'" .. key .. "'" end
  if math.type(key) == "integer" or type(key) == "boolean" then return ("[%s]"):format(key) end
end

local function expect_refusal(message, proxy, key, value)
  if not is_refusal(message) then differ("assigning to %s of table %s: %s", key, ext.id(proxy), message) end
  -- A refused deletion has no form in the contract; a refused graph may name any of its tables.
  if value == nil or type(value) == "table" then return end
  local shown = shown_key(key)
  local expected = ("eval:%d: external table %d: the host refused to store key %s"):format(PUT, ext.id(proxy), shown)
  if shown and message ~= expected then differ("%s where %s was expected", message, expected) end
end

-- Assigns in both worlds; nothing changes when the host refuses. True if it was done.
local function assign(proxy, node, k, mk, v, mv)
  local done, message = pcall(put, proxy, k, v)
  if done then node[mk] = mv else expect_refusal(message, proxy, k, v) end
  check(proxy[k], node[mk], "after assigning to %s", mk)
  return done
end

-- Runs `call(t)` on a stand-in for the node that records what is assigned, then on the external table, which may be
-- refused at any of the assignments.
local function both(proxy, node, border, call)
  local shadow, log = {}, {}
  for k, v in next, node do shadow[k] = v end
  local recorder = setmetatable({}, {
    __index = shadow,
    __newindex = function(_, k, v)
      log[#log + 1] = {k, v}
      shadow[k] = v
    end,
    __len = function() return border end,
  })
  local expected = table.pack(pcall(call, recorder, true))
  local actual = table.pack(pcall(call, proxy, false))
  if not actual[1] and is_refusal(actual[2]) then
    return log, actual[2]
  end
  if actual.n ~= expected.n then
    differ("%s results where %s were expected (%s, %s)", actual.n, expected.n, actual[2], expected[2])
  end
  for i = 1, expected.n do check(actual[i], expected[i], "result %s", i) end
  for _, entry in ipairs(log) do node[entry[1]] = entry[2] end
end

-- After a refusal: the external table must be as it was after some number of the assignments.
local function catch_up(proxy, node, log)
  local state = {}
  for _, entry in ipairs(log) do state[entry[1]] = {node[entry[1]]} end
  for done = 0, #log do
    if done > 0 then state[log[done][1]] = {log[done][2]} end
    local fits = true
    for key, box in next, state do
      if not agrees(proxy[key], box[1]) then
        fits = false
        break
      end
    end
    if fits then
      for key, box in next, state do node[key] = box[1] end
      return
    end
  end
  differ("table %s is in no state between two of the %s assignments", ext.id(proxy), #log)
end

local function compound(proxy, node, call)
  local border = #proxy
  local log = both(proxy, node, border, call)
  if log then catch_up(proxy, node, log) end
  for i = -1, border + 2 do check(proxy[i], node[i], "afterwards at %s", i) end
end

local function rank(value)
  local kind = type(value)
  if kind == "number" then
    if value ~= value then return 0, 0 end
    return math.type(value) == "integer" and 1 or 2, value
  end
  if kind == "string" then return 3, value end
  if kind == "boolean" then return 4, value and 1 or 0 end
  if is_external(value) then return 5, ext.id(value) end
  return 5, id_of[value]
end

local function before(a, b)
  local rank_a, value_a = rank(a)
  local rank_b, value_b = rank(b)
  if rank_a ~= rank_b then return rank_a < rank_b end
  return value_a < value_b
end

local operations = {}

local function check_border(proxy, node)
  local n = #proxy
  if math.type(n) ~= "integer" or n < 0 or n > 0 and node[n] == nil or n < maxinteger and node[n + 1] ~= nil then
    differ("#t is %s, which is no border", n)
  end
  return n
end

function operations.get(proxy, node)
  local k, mk = some_key(proxy, node)
  check(proxy[k], node[mk], "reading %s", mk)
end

function operations.set(proxy, node)
  local k, mk = some_key(proxy, node)
  local v = scalar()
  if count(node) > SMALL and random(3) > 1 then v = nil end
  assign(proxy, node, k, mk, v, v)
end

operations.set_again = operations.set

function operations.delete(proxy, node)
  local k, mk = some_key(proxy, node)
  assign(proxy, node, k, mk, nil, nil)
end

function operations.set_table(proxy, node)
  local k, mk = some_key(proxy, node)
  local v, mv = target()
  assign(proxy, node, k, mk, v, mv)
end

function operations.set_graph(proxy, node)
  local k, mk = some_key(proxy, node)
  local plain, top, all = graph()
  if not assign(proxy, node, k, mk, plain, top) then return end
  verify({{proxy[k], top}}, true)
  for _, t in ipairs(all) do t.later, t[1] = true, nil end
  check(proxy[k].later, top.later, "after changing the plain table: %s", "later")
end

function operations.append(proxy, node)
  local n = check_border(proxy, node)
  local v = scalar()
  if n < SMALL then assign(proxy, node, n + 1, n + 1, v, v) end
end

operations.border = check_border

function operations.ipairs(proxy, node)
  local n = 0
  for i, v in ipairs(proxy) do
    n = n + 1
    if i ~= n then differ("ipairs: %s where %s was expected", i, n) end
    check(v, node[i], "ipairs at %s", i)
  end
  if node[n + 1] ~= nil then differ("ipairs ended before %s", n + 1) end
end

-- pairs, with assignment to existing fields and deletion on the way: what is done at a key is drawn when it is met.
function operations.pairs(proxy, node)
  local nodes, begun, met = {}, {}, {}
  for k in next, node do
    begun[k] = true
    if type(k) == "table" then nodes[id_of[k]] = k end
  end
  local modifies = random(2) == 1
  for k, v in pairs(proxy) do
    local key = k
    if is_external(k) then key = nodes[ext.id(k)] end
    if not begun[key] then differ("pairs: a key %s that was not there", k) end
    if met[key] then differ("pairs: key %s twice", key) end
    met[key] = true
    if node[key] == nil then differ("pairs: key %s was deleted", key) end
    check(v, node[key], "pairs at %s", key)
    local action = modifies and random(4) or 4
    if action == 1 then
      local new = scalar()
      assign(proxy, node, k, key, new, new)
    elseif action == 2 then
      assign(proxy, node, k, key, nil, nil)
    elseif action == 3 then
      local other = random_key_of(node)
      if other ~= nil then
        local new
        if random(2) == 1 then new = scalar() end
        assign(proxy, node, outer(proxy, other), other, new, new)
      end
    end
  end
  for k in next, node do
    if not met[k] then differ("pairs: key %s was left out", k) end
  end
end

function operations.insert(proxy, node)
  if count(node) > SMALL then return end
  local v, position = scalar(), random(3) > 1 and random(-1, #proxy + 3)
  compound(proxy, node, function(t)
    if position then return table.insert(t, position, v) end
    return table.insert(t, v)
  end)
end

function operations.remove(proxy, node)
  local position = random(3) > 1 and random(-1, #proxy + 3)
  compound(proxy, node, function(t)
    if position then return table.remove(t, position) end
    return table.remove(t)
  end)
end

function operations.move(proxy, node)
  local from, to = random(-2, 12), random(-2, 16)
  local last = from + random(-1, 8)
  compound(proxy, node, function(t) table.move(t, from, last, to) end)
end

function operations.move_between(proxy, node)
  local from, to = random(-2, 12), random(-2, 16)
  local last = from + random(-1, 8)
  local source, source_node = target()
  if source_node == node then return end
  compound(proxy, node, function(t, is_model)
    return table.move(is_model and source_node or source, from, last, to, t) == t
  end)
end

function operations.move_out(proxy, node)
  local from = random(-2, 12)
  local last = from + random(-1, 8)
  local out, expected = table.move(proxy, from, last, 1, {}), table.move(node, from, last, 1, {})
  for i = 1, last - from + 1 do check(out[i], expected[i], "moved to %s", i) end
end

function operations.concat(proxy, node)
  local from = random(-1, 4)
  local to = random(3) > 1 and from + random(-1, 6) or nil
  compound(proxy, node, function(t) return table.concat(t, "-", from, to) end)
end

function operations.concat_all(proxy, node)
  compound(proxy, node, function(t) return table.concat(t) end)
end

function operations.unpack(proxy, node)
  local from, to = random(-3, 8), random(3) > 1 and random(-3, 20) or nil
  compound(proxy, node, function(t) return table.unpack(t, from, to) end)
end

function operations.sort(proxy, node)
  if #proxy > 90 then return end
  for i = 1, #proxy do
    if node[i] == nil then return end -- a border beyond a hole: nil cannot be ranked
  end
  compound(proxy, node, function(t) table.sort(t, before) end)
end

function operations.clear(proxy, node)
  if random(4) > 1 then return end
  local keys = {}
  for k in next, node do keys[k] = outer(proxy, k) end
  local done, message = pcall(ext.clear, proxy)
  if not done and not is_refusal(message) then differ("ext.clear: %s", message) end
  for k in next, node do
    local value = proxy[keys[k]]
    if done and value ~= nil then differ("ext.clear left key %s", k) end
    if value == nil then node[k] = nil else check(value, node[k], "after a refused ext.clear: %s", k) end
  end
  if done and ext.size(proxy) ~= 0 then differ("ext.clear left %s keys", ext.size(proxy)) end
end

function operations.copy(proxy, node)
  if random(5) > 1 then return end
  local copy_of, queue = {[node] = ext.copy(proxy)}, {node}
  local function same(value, expected, key)
    if type(expected) ~= "table" then
      if not same_scalar(value, expected) then differ("copy at %s: %s where %s was expected", key, value, expected) end
    elseif type(value) ~= "table" or is_external(value) then
      differ("copy at %s: %s is no plain table", key, value)
    elseif copy_of[expected] == nil then
      copy_of[expected] = value
      queue[#queue + 1] = expected
    elseif copy_of[expected] ~= value then
      differ("copy at %s: not the same table as elsewhere", key)
    end
  end
  local at = 1
  while queue[at] do
    local original = queue[at]
    local copy = copy_of[original]
    if count(copy) ~= count(original) then differ("copy: %s keys, not %s", count(copy), count(original)) end
    for k, v in next, original do
      if type(k) ~= "table" then same(copy[k], v, k)
      elseif copy_of[k] then same(copy[copy_of[k]], v, k) end
    end
    at = at + 1
  end
end

-- The raw functions, type and next.

function operations.raw(proxy, node)
  local k, mk = some_key(proxy, node)
  check(rawget(proxy, k), rawget(node, mk), "rawget of %s", mk)
  local v = scalar()
  local done, message = pcall(rawset, proxy, k, v)
  if done then node[mk] = v elseif not is_refusal(message) then differ("rawset: %s", message) end
  check(rawget(proxy, k), node[mk], "after rawset of %s", mk)
  local n = rawlen(proxy)
  if n > 0 and node[n] == nil or n < maxinteger and node[n + 1] ~= nil then differ("rawlen is %s, which is no border", n) end
  if type(proxy) ~= "table" or getmetatable(proxy) ~= nil then differ("%s is no table", proxy) end
end

-- next, as `operations.pairs`; now and then it is asked for the first key, or a walk inside the walk.
function operations.next(proxy, node)
  local nodes, begun, met = {}, {}, {}
  for k in next, node do
    begun[k] = true
    if type(k) == "table" then nodes[id_of[k]] = k end
  end
  local modifies = random(2) == 1
  local function meet_pair(k, v)
    local key = k
    if is_external(k) then key = nodes[ext.id(k)] end
    if not begun[key] or node[key] == nil then differ("next: a key %s that is not there", k) end
    check(v, node[key], "next at %s", key)
    return key
  end
  for k, v in next, proxy do
    local key = meet_pair(k, v)
    if met[key] then differ("next: key %s twice", key) end
    met[key] = true
    local action = random(8)
    if modifies and action == 1 then assign(proxy, node, k, key, nil, nil) end
    if modifies and action == 2 then
      local new = scalar()
      assign(proxy, node, k, key, new, new)
    end
    if action == 3 then
      local first, value = next(proxy)
      if first ~= nil then meet_pair(first, value) elseif next(node) ~= nil then differ("next(t) is nil") end
    elseif action == 4 and count(node) < 20 then
      local n = 0
      for inner, value in next, proxy do n = n + 1 meet_pair(inner, value) end
      if n ~= count(node) then differ("an inner walk met %s keys of %s", n, count(node)) end
    end
  end
  for k in next, node do
    if not met[k] then differ("next: key %s was left out", k) end
  end
  local done, message = pcall(next, proxy, coroutine.create(print))
  if done or message ~= "invalid key to 'next'" then differ("next of a key that is not there: %s", message) end
end

-- What cannot be stored or looked up: the same error as for a plain table, or the contract's.
function operations.invalid(proxy, node)
  local function fails(k, v, expected)
    local done, message = pcall(put, proxy, k, v)
    if done then differ("a %s as key or value was taken", type(k)) end
    if not message:find(expected, 1, true) then differ("%s where %s was expected", message, expected) end
  end
  for _, key in ipairs {0 / 0, false} do
    if key == false then key = nil end
    local _, message = pcall(put, {}, key, 1)
    fails(key, 1, message)
    check(proxy[key], nil, "reading %s", key)
  end
  for _, key in ipairs {print, {}, coroutine.create(print), io.stdout} do
    fails(key, 1, "as a key")
    check(proxy[key], nil, "reading %s", key)
  end
  local k, mk = some_key(proxy, node)
  local plain = graph()
  plain.bad = {print}
  fails(k, plain, "cannot store a function (field '")
  fails(k, setmetatable({}, {}), "cannot store a table with a metatable")
  fails(k, coroutine.create(print), "cannot store a coroutine")
  fails(k, io.stdout, "cannot store a userdata")
  check(proxy[k], node[mk], "after invalid assignments: %s", mk)
end

function operations.identity(proxy, node)
  local other, other_node = target()
  local same = node == other_node
  if rawequal(proxy, other) ~= same or (proxy == other) ~= same or ({[proxy] = 1})[other] ~= (same and 1 or nil) then
    differ("tables %s and %s: identity is wrong", ext.id(proxy), ext.id(other))
  end
end

function operations.hold(proxy, node)
  if #world.refs >= 12 then table.remove(world.refs, random(#world.refs)) end
  world.refs[#world.refs + 1] = {proxy, node}
end

function operations.create()
  local done, proxy = pcall(ext.table)
  if not done then
    if not is_refusal(proxy) then differ("ext.table: %s", proxy) end
    return
  end
  for _, ref in ipairs(world.refs) do
    if rawequal(ref[1], proxy) then differ("ext.table gave table %s again", ext.id(proxy)) end
  end
  if next(ext.copy(proxy)) ~= nil then differ("a new table is not empty") end
  operations.hold(proxy, {})
end

function operations.name()
  local name = NAMES[random(#NAMES)]
  local done, proxy = pcall(ext.table, name)
  if not done then
    if world.names[name] or not is_refusal(proxy) then differ("ext.table(%s): %s", name, proxy) end
    return
  end
  world.names[name] = world.names[name] or {}
  meet(proxy, world.names[name])
end

function operations.names()
  local expected = {}
  for name in next, world.names do expected[#expected + 1] = name end
  table.sort(expected)
  local names = ext.names()
  if #names ~= #expected then differ("ext.names: %s names, not %s", #names, #expected) end
  for i, name in ipairs(expected) do check(names[i], name, "ext.names at %s", i) end
end

function operations.drop()
  if random(3) > 1 then return end
  local name = NAMES[random(#NAMES)]
  local done, existed = pcall(ext.drop, name)
  if not done then
    if not is_refusal(existed) then differ("ext.drop: %s", existed) end
    return
  end
  check(existed, world.names[name] ~= nil, "ext.drop(%s)", name)
  world.names[name] = nil
end

function operations.collect()
  if random(10) == 1 then collectgarbage() end
end

local order = {}
for name in next, operations do order[#order + 1] = name end
table.sort(order)

local function prune()
  for key in next, world.root do
    if random(2) == 1 then assign(Memory, world.root, outer(Memory, key), key, nil, nil) end
  end
  world.refs = {}
end

-- A copy of the nodes that later operations do not change.
local function copy_world(original)
  local copies = {}
  local function copy(node)
    if type(node) ~= "table" then return node end
    if not copies[node] then
      local new = {}
      copies[node], id_of[new] = new, id_of[node]
      for k, v in next, node do new[copy(k)] = copy(v) end
    end
    return copies[node]
  end
  local new = {root = copy(original.root), names = {}, refs = {}}
  for name, node in next, original.names do new.names[name] = copy(node) end
  for i, ref in ipairs(original.refs) do new.refs[i] = {ref[1], copy(ref[2])} end
  return new
end

-- What model.mjs calls

model = {}

function model.open(refuses)
  world, may_refuse = {root = {}, names = {}, refs = {}}, refuses
end

-- Runs `steps` operations that follow from `seed`; `first` is the number of the first, for messages.
function model.run(seed, first, steps)
  math.randomseed(seed)
  if tables > WIDE then prune() end
  for step = first, first + steps - 1 do
    local name = order[random(#order)]
    local done, message = pcall(function() operations[name](target()) end)
    if not done then error(("step %d, %s: %s"):format(step, name, message), 0) end
  end
end

function model.verify()
  local list = {{Memory, world.root}}
  for name, node in next, world.names do list[#list + 1] = {ext.table(name), node} end
  for _, ref in ipairs(world.refs) do list[#list + 1] = ref end
  tables = verify(list)
  operations.names()
end

function model.save() saved = copy_world(world) end
function model.restore() world = copy_world(saved) end
