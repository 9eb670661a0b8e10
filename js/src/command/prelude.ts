// What the command adds to Lua before any script: functions that run chunks as `lua` runs them, and a standard error of its own.
// It does not know who calls it.

/** Of its chunk, in messages: `[command]`. */
export const CHUNK = "command";
export const CHUNK_NAME = `[${CHUNK}]`;

/**
 * The libraries as they were when the program began, which a store may have kept since. Scripts change theirs, also by mistake: a
 * session in which `table` is a number is to begin nevertheless.
 */
export const LIBRARIES = `
local loaded = package.loaded
if loaded["lua-persistent"] then return end
local kept = { _G = _G }
for name, value in pairs(_G) do
  if type(value) == "function" then
    kept[name] = value
  elseif loaded[name] == value and value ~= _G then
    kept[name] = {}
    for key, field in pairs(value) do kept[name][key] = field end
  end
end
-- A table deeper than where tracebacks look for names of functions.
loaded["lua-persistent"] = { libraries = kept }`;

/** Begins code that uses these. */
export const WITH_LIBRARIES = 'local _ENV = package.loaded["lua-persistent"].libraries';

/**
 * `...`: the variables of the environment that scripts may see. It returns functions. A chunk is called as the result of
 * another call, because that has no name in tracebacks, as in `lua`.
 */
export const PRELUDE = `
${WITH_LIBRARIES}
local variables = ...
local _G, type, select, load, unpack = _G, type, select, load, table.unpack

-- Returns a message for what does not begin.
local function execute(source, name, hasArguments)
  local chunk, message = load(source, name)
  if not chunk then return message end
  if not hasArguments then
    (select(1, chunk))()
    return
  end
  local words = _G.arg
  if type(words) ~= "table" then return "'arg' is not a table" end
  (select(1, chunk))(unpack(words))
end

local function library(global, name)
  _G[global] = _G.require(name)
end

if type(_G.os) == "table" then
  function _G.os.getenv(name)
    return variables[name]
  end
end

return execute, library`;

/** For a host that has `stderr`, and answers at once: what goes there is no output. Once for a program that a store keeps. */
export const STDERR = `
${WITH_LIBRARIES}
if io.isOurs then return end
io.isOurs = true
local host, _G, type, select, error = _G.host, _G, type, select, error
local concat, sub, flush, stdout, stderr = table.concat, string.sub, io.stdout.flush, io.stdout, io.stderr
local methods = getmetatable(stderr).__index
local write, warn = methods.write, warn

local function checked(name, ...)
  for i = 1, select("#", ...) do
    local kind = type((select(i, ...)))
    if kind ~= "string" and kind ~= "number" then
      error("bad argument #" .. i .. " to '" .. name .. "' (string expected, got " .. kind .. ")", 3)
    end
  end
  return concat({...})
end

-- What was printed before is seen before.
local function tell(text)
  flush(stdout)
  host.stderr(text)
end

function methods.write(file, ...)
  if file ~= stderr then return write(file, ...) end
  tell(checked("write", ...))
  return file
end

local isOn = false
function _G.warn(first, ...)
  local text = checked("warn", first, ...)
  if select("#", ...) > 0 or sub(text, 1, 1) ~= "@" then
    if isOn then tell("Lua warning: " .. text .. "\\n") end
    return
  end
  warn(text)
  if text == "@on" then isOn = true elseif text == "@off" then isOn = false end
end`;
