-- Coroutines: generators in `for`, ping-pong by resume, recursion that yields, many short lives, yield across pcall.
local yield, wrap = coroutine.yield, coroutine.wrap

local function range(n)
  return wrap(function() for i = 1, n do yield(i) end end)
end

local function walk(depth)
  if depth == 0 then return yield(1) end
  walk(depth - 1)
  walk(depth - 1)
end

local sum = 0
local rounds = math.ceil(200 * scale)
for _ = 1, rounds do
  for i in range(5000) do sum = (sum + i) & 0xffffff end
end

local echo = coroutine.create(function(x)
  while true do x = yield(x + 1) end
end)
for i = 1, rounds * 4000 do
  local _, value = coroutine.resume(echo, i)
  sum = (sum + value) & 0xffffff
end

for _ = 1, rounds do
  for one in wrap(function() walk(8) end) do sum = sum + one end
  for i = 1, 200 do
    sum = (sum + wrap(function(x) return x + 1 end)(i)) & 0xffffff
  end
  for i in wrap(function() for i = 1, 200 do pcall(yield, i) end end) do sum = (sum + i) & 0xffffff end
end
return tostring(sum)
