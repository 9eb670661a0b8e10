-- Runs cells and describes values for the page's trees. It knows nothing of the page: each function takes and gives plain values.
-- Nothing that scripts change (libraries, metatables) reaches it, because it has its own names of what it uses.
local next, pairs, type, pcall, error, load = next, pairs, type, pcall, error, load
local rawget, rawequal, rawlen = rawget, rawequal, rawlen
local format, sub, find, byte, gsub = string.format, string.sub, string.find, string.byte, string.gsub
local sort, pack, concat = table.sort, table.pack, table.concat
local mathtype, strings = math.type, string
local getinfo, getmetatable = debug.getinfo, debug.getmetatable
local status = coroutine.status
local ext_id, ext_size, ext_names, ext_table, ext_copy = ext.id, ext.size, ext.names, ext.table, ext.copy
local plot, rows, image, ask = host.page.plot, host.page.table, host.page.image, host.page.ask
local globals, Memory = _G, Memory


local MOST_COUNTED <const>, MOST_SORTED <const>, LONGEST <const> = 10000, 50000, 4000
local PREVIEW <const>, DEEPEST <const>, FEW <const> = 70, 2, 32

-- Tables that the page shows, by numbers: the same table has one number as long as something shows it. And the keys of those
-- that are open, by the page's number of the place where they are shown, in the order in which they are.
local objects, numbers, holders, lists, last = {}, {}, {}, {}, 0

local function is_external(value)
  local ok, id = pcall(ext_id, value)
  return ok and id or nil
end

-- A table that the page gets is a plain one, with all that is in it.
local function plain(value, seen)
  if type(value) ~= "table" then return value end
  if is_external(value) then return ext_copy(value) end
  if seen[value] then return seen[value] end
  local copy = {}
  seen[value] = copy
  for key, field in next, value do copy[key] = plain(field, seen) end
  return copy
end

local function number_text(value)
  if mathtype(value) == "integer" then return format("%d", value) end
  local text = format("%.14g", value)
  return find(text, "^-?%d+$") and text .. ".0" or text
end

-- Rows whose numbers are as Lua writes them: as a number of the page, 35.0 would be 35.
local function written(list)
  for _, row in next, type(list) == "table" and list or {} do
    for key, value in next, type(row) == "table" and row or {} do
      if type(value) == "number" then row[key] = number_text(value) end
    end
  end
  return list
end

local former = getmetatable(page)
page = {
  plot = function(data) plot(plain(data, {})) end,
  table = function(list) rows(written(plain(list, {}))) end,
  image = function(bytes, description) image(bytes, description) end,
  ask = function(question) return ask(question) end,
}

-- What is global before the first script. In an image there were scripts before: the page that made it has noted this.
local standard = type(former) == "table" and rawget(former, "standard")
if type(standard) ~= "table" then
  standard = {}
  for name in next, globals do standard[name] = true end
end
setmetatable(page, { standard = standard })

-- For loops over all fields, without metamethods. Kept tables list their keys once for `pairs`, and have no metamethods.
local function each(value)
  if is_external(value) then return pairs(value) end
  return next, value
end

-- How many keys: at most so many are counted in a plain table.
local function count(value, id)
  if id then return ext_size(value) end
  local n = 0
  for _ in next, value do
    n = n + 1
    if n >= MOST_COUNTED then return n, true end
  end
  return n
end

local function place_of(f)
  local info = getinfo(f, "S")
  return info.what == "C" and "built in" or format("%s:%d", info.short_src, info.linedefined)
end

local ESCAPES <const> = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ['"'] = '\\"', ["\\"] = "\\\\", ["\0"] = "\\0" }
local function quoted(text) return '"' .. gsub(text, '[%c"\\]', function(c) return ESCAPES[c] or format("\\x%02X", byte(c)) end) .. '"' end

local function name_of_type(value)
  local meta = getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name or nil
end

local ORDER <const> = { number = 1, string = 2, boolean = 3, table = 4 }
local function before(a, b)
  local kind, other = type(a), type(b)
  if kind ~= other then return (ORDER[kind] or 5) < (ORDER[other] or 5) end
  if kind == "number" or kind == "string" then return a < b end
  return kind == "boolean" and a and not b
end

-- In order if they are few; of many the first that come: those of a list do.
local function some_keys(value)
  local keys = {}
  for key in each(value) do
    if #keys == FEW then return keys end
    keys[#keys + 1] = key
  end
  -- Keys that do not compare, such as NaN in a changed table, stay as they are.
  pcall(sort, keys, before)
  return keys
end

local preview

-- A value in a few words, without what is in a table below `depth`.
local function short(value, depth)
  local kind = type(value)
  if kind == "number" then return number_text(value) end
  if kind == "string" then return quoted(#value > 30 and sub(value, 1, 30) .. "..." or value) end
  if kind == "nil" then return "nil" end
  if kind == "boolean" then return value and "true" or "false" end
  if kind == "table" then return depth > 0 and preview(value, depth) or "{...}" end
  return kind
end

-- The first fields of a table, as a constructor would have them.
function preview(value, depth)
  local parts, length = {}, 0
  -- Functions of the host are in what is a table by its type only.
  local ok = pcall(function()
    local listed = rawlen(value)
    for _, key in next, some_keys(value) do
      if length > PREVIEW or #parts > 8 then
        parts[#parts + 1] = "..."
        return
      end
      local text = short(rawget(value, key), depth - 1)
      local isListed = mathtype(key) == "integer" and key >= 1 and key <= listed
      if not isListed then
        local isName = type(key) == "string" and find(key, "^[%a_][%w_]*$")
        text = (isName and key or "[" .. short(key, 0) .. "]") .. " = " .. text
      end
      parts[#parts + 1], length = text, length + #text
    end
  end)
  return ok and "{" .. concat(parts, ", ") .. "}" or "{...}"
end

local function hold(value)
  local number = numbers[value]
  if not number then
    last = last + 1
    number = last
    objects[number], numbers[value], holders[number] = value, number, 0
  end
  holders[number] = holders[number] + 1
  return number
end

-- Each number is released as often as it was told, and each list once.
local function release(released, places)
  for _, number in next, released do
    local left = (holders[number] or 1) - 1
    holders[number] = left
    if left == 0 then
      local value = objects[number]
      objects[number], holders[number] = nil, nil
      if value ~= nil then numbers[value] = nil end
    end
  end
  for _, place in next, places do lists[place] = nil end
end

-- k: its kind, t: in words, n: how much is in it, more: whether there is more than that, h: its number, x: the external table's id.
local function describe(value)
  local kind = type(value)
  if kind == "string" then return { k = kind, t = sub(value, 1, LONGEST), n = #value } end
  if kind == "number" then return { k = kind, t = number_text(value) } end
  if kind == "function" then return { k = kind, t = place_of(value) } end
  if kind == "thread" then return { k = kind, t = status(value) } end
  if kind ~= "table" then return { k = kind, t = kind == "userdata" and (name_of_type(value) or kind) or short(value, 0) } end
  local id = is_external(value)
  local ok, n, more = pcall(count, value, id)
  if not ok then return { k = "userdata", t = "functions of the host" } end
  local text = { k = kind, t = preview(value, DEEPEST), n = n, more = more, h = hold(value), x = id, name = name_of_type(value) }
  if not id and getmetatable(value) ~= nil then text.meta = true end
  return text
end

local function keys_of(value)
  local keys = {}
  local isGlobals = rawequal(value, globals)
  for key in each(value) do
    if not (isGlobals and standard[key]) then keys[#keys + 1] = key end
  end
  if #keys <= MOST_SORTED then pcall(sort, keys, before) end
  return keys
end

-- What is shown, as it is now; false for what is not shown any more.
local function again(shown)
  local found = {}
  for i = 1, #shown do found[i] = objects[shown[i]] ~= nil and describe(objects[shown[i]]) end
  return found
end

-- Fields `from` to `from + most - 1` of the table with this number, which is shown at `place`.
local function fields(number, place, from, most)
  local value = objects[number]
  if value == nil then error("this table is not shown any more", 0) end
  if from == 1 then lists[place] = keys_of(value) end
  local keys, found = lists[place] or {}, {}
  for i = from, from + most - 1 do
    local key = keys[i]
    if key == nil then break end
    found[#found + 1] = { i = i, key = describe(key), value = describe(rawget(value, key)) }
  end
  local meta = from == 1 and not is_external(value) and getmetatable(value)
  return { fields = found, total = #keys, meta = type(meta) == "table" and describe(meta) or nil }
end

local function compiled(source, name)
  local f, problem = load(source, "=" .. name, "t", globals)
  return f or error(problem, 0)
end

-- Gives a field the value of an expression, or takes it away when there is none.
local function assign(number, place, index, source)
  local value, key = objects[number], (lists[place] or {})[index]
  if value == nil or key == nil then error("this field is not shown any more", 0) end
  local field = nil
  if source then field = compiled("return " .. source, "value")() end
  value[key] = field
end

-- What outlives the run: Memory, named tables, globals of scripts.
local function roots()
  local found = { { name = "Memory", value = describe(Memory) } }
  for _, name in next, ext_names() do found[#found + 1] = { name = name, isNamed = true, value = describe(ext_table(name)) } end
  local own = 0
  for name in next, globals do own = own + (standard[name] and 0 or 1) end
  found[#found + 1] = { name = "Globals", isGlobals = true, value = { k = "table", t = "", n = own, h = hold(globals) } }
  return found
end

-- Every field of Memory and named tables, and of what is in them, each table once: `visit` gets its path, key and value, until
-- it gives true.
local function walk(visit)
  local seen, queue = { [Memory] = true }, { { value = Memory, path = "Memory" } }
  for _, name in next, ext_names() do
    local value = ext_table(name)
    if not seen[value] then queue[#queue + 1] = { value = value, path = "ext.table(" .. quoted(name) .. ")" } end
    seen[value] = true
  end
  local at, left = 1, 200000
  while queue[at] do
    local value, path = queue[at].value, queue[at].path
    for key, field in each(value) do
      left = left - 1
      local isName = type(key) == "string" and find(key, "^[%a_][%w_]*$")
      local here = path .. (isName and "." .. key or "[" .. short(key, 0) .. "]")
      if left < 0 or visit(here, key, field) then return end
      if type(field) == "table" and not seen[field] then
        seen[field] = true
        queue[#queue + 1] = { value = field, path = here }
      end
    end
    queue[at] = nil
    at = at + 1
  end
end

-- Fields of Memory and named tables whose key or text has `text` in it, as paths.
local function search(text, most)
  local found = {}
  walk(function(path, key, field)
    local said = type(field) == "string" and field or type(field) ~= "table" and short(field, 0) or ""
    if find(type(key) == "string" and key or short(key, 0), text, 1, true) or find(said, text, 1, true) then
      found[#found + 1] = { path = path, value = describe(field) }
    end
    return #found >= most
  end)
  return found
end

-- Who refers to a table: fields of Memory and named tables that hold it, or have it as their key.
local function holding(number, most)
  local object, found = objects[number], {}
  walk(function(path, key, field)
    if rawequal(field, object) or rawequal(key, object) then found[#found + 1] = { path = path, value = describe(field) } end
    return #found >= most
  end)
  return found
end

-- Names of fields of what is at a path of names, from a global; the empty path is the globals.
local function complete(path, most)
  local value = globals
  for _, name in next, path do
    if type(value) == "string" then value = strings end
    if type(value) ~= "table" then return {} end
    local ok, field = pcall(rawget, value, name)
    if not ok then return {} end
    value = field
  end
  if type(value) == "string" then value = strings end
  local found = {}
  pcall(function()
    -- Chains of __index can be circles.
    for _ = 1, 99 do
      if type(value) ~= "table" then return end
      for key, field in each(value) do
        if #found >= most then return end
        if type(key) == "string" and find(key, "^[%a_][%w_]*$") then
          found[#found + 1] = { name = key, kind = type(field), text = short(field, 1) }
        end
      end
      local meta = getmetatable(value)
      local index = type(meta) == "table" and rawget(meta, "__index")
      if rawequal(index, value) then return end
      value = index
    end
  end)
  return found
end

-- An expression is a chunk that returns it.
local function compile(source, name)
  source = gsub(gsub(source, "^\xEF\xBB\xBF", ""), "^#[^\n]*", "")
  local f = load("return " .. source, "=" .. name, "t", globals)
  if f then return f end
  return load(source, "=" .. name, "t", globals)
end

local function described(...)
  local values, found = pack(...), {}
  for i = 1, values.n do found[i] = describe(values[i]) end
  return found
end

local function execute(source, name)
  local f, problem = compile(source, name)
  if not f then error(problem, 0) end
  return described(f())
end

local function check(source, name)
  local f, problem = compile(source, name)
  return not f and problem or nil
end

return {
  execute = execute, check = check, fields = fields, assign = assign, release = release, again = again, roots = roots, search = search, holding = holding, complete = complete,
}
