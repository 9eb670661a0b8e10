// Globals of their own for one run (`env: "fresh"`): a function in Lua that compiles a source with them. They have the functions
// of the language, and the libraries as they are when the first such run begins, which no script can change there: what leads to
// the tables that other runs use (`package`, most of `debug`, metatables of strings and files) is left out.

/** Returns a function of source and chunk name that returns the compiled chunk, or nil and a message. */
export const FRESH = `
local G = _G
local error, getmetatable, load, next, rawget, select, setmetatable, type =
  error, getmetatable, load, next, rawget, select, setmetatable, type
local load_module = require
local functions = {}
for _, name in ipairs { "assert", "collectgarbage", "error", "ipairs", "next", "pairs", "pcall", "print", "rawequal",
  "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "warn", "xpcall", "_VERSION",
  "Memory", "_home", "host" } do
  functions[name] = G[name]
end
local metatables = {}
local function keep(name, library)
  local copy = {}
  for key, value in next, library do copy[key] = value end
  metatables[name] = {
    __index = copy,
    __newindex = function(_, key)
      error("the library '" .. name .. "' cannot be changed by a run with globals of its own", 2)
    end,
    __pairs = function(library)
      return function(_, key) return next(copy, key) end, library, nil
    end,
    __metatable = false,
  }
end
for _, name in ipairs { "coroutine", "table", "string", "utf8", "math", "os", "io", "ext" } do
  local library = G[name]
  if type(library) == "table" then keep(name, library) end
end
keep("debug", { traceback = debug and debug.traceback })

local function environment()
  local env, libraries = {}, {}
  for name, value in next, functions do env[name] = value end
  for name, metatable in next, metatables do
    libraries[name] = setmetatable({}, metatable)
    env[name] = libraries[name]
  end
  env._G = env
  function env.getmetatable(value)
    if type(value) == "table" then return getmetatable(value) end
  end
  function env.load(chunk, name, mode, ...)
    if select("#", ...) > 0 then return load(chunk, name, mode, ...) end
    return load(chunk, name, mode, env)
  end
  function env.require(name, ...)
    if name == "_G" then return env end
    if libraries[name] then return libraries[name] end
    return load_module(name, ...)
  end
  return env
end

return function(source, name)
  local env = environment()
  local chunk = load("return " .. source, name, "t", env)
  if chunk then return chunk end
  return load(source, name, "t", env)
end
`;

const BYTE_ORDER_MARK = "\ufeff";

/** A script is like a file: a byte order mark is passed over, and the text of a first line that begins with `#`. */
export const withoutFirstLine = (source: string): string =>
  (source.startsWith(BYTE_ORDER_MARK) ? source.slice(1) : source).replace(/^#[^\n]*/, "");
