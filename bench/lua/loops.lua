-- Loops of every form over integers, floats and an array: no calls, no allocation.
local count = math.ceil(3500000 * scale)
local sum, product, steps = 0, 1.0, 0

for i = 1, count do
  sum = (sum + i * 7) & 0xffffff
end
for x = 0.0, count * 0.25, 0.25 do
  product = product * 0.999 + x
end
local left = count
while left > 0 do
  if left % 3 == 0 then steps = steps + 2 else steps = steps + 1 end
  left = left - 1
end
local i = 0
repeat
  i = i + 1
  local j = i & 15
  steps = steps ~ j
until i >= count

local grid = {}
for k = 1, 256 do grid[k] = k end
for _ = 1, count // 256 do
  for k = 2, 256 do
    grid[k] = (grid[k] + grid[k - 1]) & 0xffff
  end
end
return string.format("%d %.6f %d %d", sum, product, steps, grid[256])
