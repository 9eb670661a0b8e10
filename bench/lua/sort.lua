-- table.sort of numbers and strings, with and without a comparison function.
local seed = 42
local function random()
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return seed >> 8
end

local function digest(list)
  local sum = 0
  for i, item in ipairs(list) do
    sum = (sum * 31 + (type(item) == "string" and #item * 7 + item:byte(-1) or item) + i) & 0xffffff
  end
  return sum
end

local sum = 0
for _ = 1, math.ceil(19 * scale) do
  local numbers, words, records = {}, {}, {}
  for i = 1, 6000 do numbers[i] = random() end
  for i = 1, 3000 do words[i] = "w" .. random() end
  for i = 1, 3000 do records[i] = { rank = random() } end
  table.sort(numbers)
  sum = (sum + digest(numbers)) & 0xffffff
  table.sort(numbers, function(a, b) return a > b end)
  sum = (sum + digest(numbers)) & 0xffffff
  table.sort(words)
  sum = (sum + digest(words)) & 0xffffff
  table.sort(records, function(a, b) return a.rank < b.rank end)
  sum = (sum + records[1].rank + records[3000].rank) & 0xffffff
end
return tostring(sum)
