-- Many small tables, built and dropped: allocation and garbage collection.
local function tree(depth)
  if depth == 0 then return {} end
  depth = depth - 1
  return { tree(depth), tree(depth) }
end

local function nodes(t)
  if t[1] then return 1 + nodes(t[1]) + nodes(t[2]) end
  return 1
end

local long_lived = tree(12)
local sum = 0
for _ = 1, math.ceil(48 * scale) do
  for depth = 4, 12, 4 do
    for _ = 1, 1 << (12 - depth) do sum = sum + nodes(tree(depth)) end
  end
end
return tostring(sum + nodes(long_lived))
