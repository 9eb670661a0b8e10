-- Protected calls: without an error, and with errors raised by error, assert, the interpreter and a library function.
local pcall, error = pcall, error
local sum = 0

local function fine(a, b) return a + b end
local function with_string() error("no position", 0) end
local function with_position() error("with position") end
local function with_table(code) error({ code = code }) end
local function index_nil(t) return t.field end
local function asserts(v) return assert(v, "refused") end
local function deep(n)
  if n == 0 then error("from below", 0) end
  return 1 + deep(n - 1)
end

local function ending(message, text) return message:sub(-#text) == text and #text or 0 end

for i = 1, math.ceil(36000 * scale) do
  for j = 1, 10 do
    local _, value = pcall(fine, i, j)
    sum = sum + value
  end
  local _, e = pcall(error, i)
  sum = sum + e
  _, e = pcall(with_string)
  sum = sum + #e
  _, e = pcall(with_position)
  sum = sum + ending(e, "with position")
  _, e = pcall(with_table, i)
  sum = sum + e.code
  local ok = pcall(index_nil)
  sum = sum + (ok and 0 or 1)
  _, e = pcall(asserts, false)
  sum = sum + ending(e, "refused")
  _, e = pcall(deep, 10)
  sum = sum + #e
  ok = pcall(string.rep)
  sum = sum + (ok and 0 or 1)
  _, e = xpcall(with_string, function(message) return #message end)
  sum = (sum + e) & 0xffffff
end
return tostring(sum)
