// The part of a session with a terminal that is in Lua: it compiles what was typed, shows values and finds names. What it uses
// of the libraries it keeps, because scripts may change them.
import { KEYWORDS } from "./completion.ts";
import { WITH_LIBRARIES } from "./prelude.ts";

/** Returns a table with the functions `prompts`, `evaluate` and `complete`. */
export const REPL = `
${WITH_LIBRARIES}
local _G, type, load, pcall, error, tostring, next, select, rawget, rawlen =
  _G, type, load, pcall, error, tostring, next, select, rawget, rawlen
local getmetatable, format, gsub, sub, find, rep, byte, upper, lower =
  debug.getmetatable, string.format, string.gsub, string.sub, string.find, string.rep, string.byte, string.upper, string.lower
local concat, sort, integerOf, isUtf8, stdout, write =
  table.concat, table.sort, math.type, utf8.len, io.stdout, io.stdout.write

-- How much of a table is shown: levels, entries of one, entries in all, and characters of a line.
local DEEPEST, MOST, ALL, WIDTH, LONGEST = 4, 100, 1000, 76, 10000

local RESERVED = {}
for word in string.gmatch("${KEYWORDS.join(" ")}", "%a+") do
  RESERVED[word] = true
end

local function isName(key)
  return type(key) == "string" and find(key, "^[%a_][%w_]*$") and not RESERVED[key]
end

local ESCAPES = { ["\\\\"] = "\\\\\\\\", ["\\""] = "\\\\\\"", ["\\n"] = "\\\\n", ["\\t"] = "\\\\t", ["\\r"] = "\\\\r" }

local function escape(character)
  return ESCAPES[character] or format("\\\\x%02X", byte(character))
end

local function quoted(text)
  local rest = #text - LONGEST
  if rest > 0 then text = sub(text, 1, LONGEST) end
  local unsafe = isUtf8(text) and "[%c\\\\\\"]" or "[%c\\\\\\"\\x80-\\xff]"
  local shown = '"' .. gsub(text, unsafe, escape) .. '"'
  return rest > 0 and shown .. " .. " .. rest .. " more bytes" or shown
end

-- A text that the value gives of itself; nil without one.
local function ownText(value)
  local meta = getmetatable(value)
  local given = type(meta) == "table" and rawget(meta, "__tostring")
  if not given then return nil end
  local isGood, text = pcall(tostring, value)
  return isGood and text or "(its __tostring raises an error)"
end

-- The keys of a table after the first count, in their order.
local function otherKeys(value, count)
  local names, others, found = {}, {}, 0
  local key = next(value)
  while key ~= nil and found <= MOST do
    if not (integerOf(key) == "integer" and key >= 1 and key <= count) then
      found = found + 1
      local list = type(key) == "string" and names or others
      list[#list + 1] = key
    end
    key = next(value, key)
  end
  sort(names)
  for i = 1, #others do names[#names + 1] = others[i] end
  return names
end

local function shower(colours)
  local seen, left = {}, ALL

  local function paint(kind, text)
    local colour = colours and colours[kind]
    return colour and "\\27[" .. colour .. "m" .. text .. "\\27[0m" or text
  end

  local show

  local function entry(key, value, depth)
    local name = isName(key) and key or "[" .. show(key, DEEPEST) .. "]"
    return name .. " = " .. show(value, depth + 1)
  end

  -- One line when that is short. Lengths are without colours.
  local function joined(pieces, depth)
    local length = 0
    for i = 1, #pieces do length = length + #gsub(pieces[i], "\\27%[[%d;]*m", "") + 2 end
    if length + 2 * depth <= WIDTH and not find(concat(pieces), "\\n", 1, true) then
      return "{ " .. concat(pieces, ", ") .. " }"
    end
    local indent = rep("  ", depth + 1)
    return "{\\n" .. indent .. concat(pieces, ",\\n" .. indent) .. "\\n" .. rep("  ", depth) .. "}"
  end

  local function list(value, depth)
    local pieces, count = {}, 0
    local function add(piece)
      left = left - 1
      pieces[#pieces + 1] = piece
    end
    while rawget(value, count + 1) ~= nil and count < MOST and left > 0 do
      count = count + 1
      add(show(rawget(value, count), depth + 1))
    end
    local length = rawlen(value)
    if count > 0 and length > count then
      add(paint("dim", "... " .. length - count .. " more"))
      count = length
    end
    local keys = otherKeys(value, count)
    for i = 1, #keys do
      if i > MOST or left <= 0 then add(paint("dim", "...")) break end
      add(entry(keys[i], rawget(value, keys[i]), depth))
    end
    return #pieces == 0 and "{}" or joined(pieces, depth)
  end

  local function showTable(value, depth)
    if seen[value] then return paint("dim", "<cycle>") end
    if depth >= DEEPEST then return next(value) == nil and "{}" or paint("dim", "{...}") end
    -- Such as host, whose fields nobody can list.
    if not pcall(next, value) then return paint("userdata", tostring(value)) end
    seen[value] = true
    local text = list(value, depth)
    seen[value] = nil
    return text
  end

  function show(value, depth)
    local kind = type(value)
    if kind == "string" then return paint(kind, quoted(value)) end
    local text = (kind == "table" or kind == "userdata") and ownText(value)
    if text then return paint("object", text) end
    if kind == "table" then return showTable(value, depth) end
    return paint(kind, tostring(value))
  end

  return show
end

-- Shows results as they are written in Lua; without a style as lua does, by print.
local function showAll(colours, count, first, ...)
  if count == 0 then return end
  local show = shower(colours)
  write(stdout, show(first, 0), "\\n")
  return showAll(colours, count - 1, ...)
end

local function showResults(style, ...)
  if select("#", ...) == 0 then return end
  if style then return showAll(style ~= true and style, select("#", ...), ...) end
  local isGood, message = pcall(_G.print, ...)
  if not isGood then error("error calling 'print' (" .. tostring(message) .. ")", 0) end
end

local function isCut(message)
  return sub(message, -5) == "<eof>"
end

-- Returns "more" for what is incomplete, unless there is no more; "error" and a message for what does not compile.
local function evaluate(text, isLast, style)
  local chunk, whole = load("return " .. text, "=stdin")
  if not chunk then
    local message
    chunk, message = load(text, "=stdin")
    if not chunk then
      if (isCut(message) or isCut(whole)) and not isLast then return "more" end
      return "error", message
    end
  end
  return "done", showResults(style, (select(1, chunk))())
end

local function prompts()
  local first, second = _G._PROMPT, _G._PROMPT2
  return first ~= nil and tostring(first) or "> ", second ~= nil and tostring(second) or ">> "
end

-- What a field of a value is, without calling anything.
local function field(value, key)
  for _ = 1, 20 do
    local found
    if type(value) == "table" then found = rawget(value, key) end
    if found ~= nil then return found end
    local meta = getmetatable(value)
    value = type(meta) == "table" and rawget(meta, "__index")
    if type(value) ~= "table" then return nil end
  end
end

local function isCallable(value)
  if type(value) == "function" then return true end
  local meta = getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__call") ~= nil
end

local function addNames(found, value, start, needsCall)
  local looked, key = 0, next(value)
  while key ~= nil and looked < 10000 do
    looked = looked + 1
    if isName(key) and sub(key, 1, #start) == start and (not needsCall or isCallable(rawget(value, key))) then
      found[key] = true
    end
    key = next(value, key)
  end
end

-- The names of fields that begin with a text, of the value that a path leads to. Fails where fields cannot be listed.
local function namesAt(path, start, needsCall)
  local value = _G
  for i = 1, #path do
    if value == nil then return {} end
    value = field(value, path[i])
  end
  local found, names = {}, {}
  for _ = 1, 20 do
    if type(value) == "table" then addNames(found, value, start, needsCall) end
    local meta = getmetatable(value)
    value = type(meta) == "table" and rawget(meta, "__index")
    if not value then break end
  end
  for name in next, found do names[#names + 1] = name end
  sort(names)
  return names
end

local function complete(...)
  local isGood, names = pcall(namesAt, ...)
  return isGood and names or {}
end

return { prompts = prompts, evaluate = evaluate, complete = complete }`;
