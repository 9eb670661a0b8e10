-- Closures made, called and dropped: upvalues shared, captured in loops, passed to higher-order functions.
local function counter(step)
  local value = 0
  return function()
    value = (value + step) & 0xffffff
    return value
  end, function() value = value ~ 5 end
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

local function map(list, f)
  local out = {}
  for i = 1, #list do out[i] = f(list[i]) end
  return out
end

local function fold(list, f, start)
  for i = 1, #list do start = f(start, list[i]) end
  return start
end

local list = {}
for i = 1, 100 do list[i] = i end

local sum = 0
for round = 1, math.ceil(20000 * scale) do
  local next_value, twist = counter(round)
  for _ = 1, 20 do next_value() twist() end
  local shift = compose(function(x) return x + round end, function(x) return x * 3 end)
  local total = fold(map(list, shift), function(a, b) return (a + b) & 0xffffff end, 0)
  sum = (sum + total + next_value()) & 0xffffff
end
return tostring(sum)
