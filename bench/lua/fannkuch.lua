-- Pancake flips over permutations: integer array reads, writes and swaps.
local SIZE = 10

local function flips_of(permutation, q)
  for i = 1, SIZE do q[i] = permutation[i] end
  local flips = 0
  local first = q[1]
  while first ~= 1 do
    local low, high = 1, first
    while low < high do
      q[low], q[high] = q[high], q[low]
      low, high = low + 1, high - 1
    end
    flips = flips + 1
    first = q[1]
  end
  return flips
end

--- Visits up to `limit` permutations in the order of the usual benchmark.
local function fannkuch(limit)
  local p, q, count = {}, {}, {}
  for i = 1, SIZE do p[i], count[i] = i, i end
  local checksum, most, sign = 0, 0, 1
  for _ = 1, limit do
    local flips = flips_of(p, q)
    checksum = checksum + sign * flips
    if flips > most then most = flips end
    if sign == 1 then
      p[1], p[2] = p[2], p[1]
      sign = -1
    else
      p[2], p[3] = p[3], p[2]
      sign = 1
      for i = 3, SIZE do
        if count[i] ~= 1 then
          count[i] = count[i] - 1
          break
        end
        if i == SIZE then return checksum, most end
        count[i] = i
        local first = p[1]
        for j = 1, i do p[j] = p[j + 1] end
        p[i + 1] = first
      end
    end
  end
  return checksum, most
end

return string.format("%d %d", fannkuch(math.ceil(340000 * scale)))
