-- A table used as a dictionary: keys made at run time, looked up, counted and removed.
local sum = 0
for round = 1, math.ceil(25 * scale) do
  local count = {}
  for i = 1, 30000 do
    local key = "key" .. i % 5000
    count[key] = (count[key] or 0) + i % 7
  end
  for i = 1, 5000, 3 do count["key" .. i] = nil end
  local record = { alpha = 1, beta = 2, gamma = 3, delta = 4 }
  for i = 1, 60000 do
    record.alpha = record.beta + i
    record.gamma = record.alpha - record.delta
    record["beta"] = i & 31
  end
  for key, value in pairs(count) do
    sum = (sum + #key * value + round) & 0xffffff
  end
  sum = (sum + record.gamma) & 0xffffff
end
return tostring(sum)
