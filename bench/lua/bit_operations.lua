-- Shifts, masks and exclusive or: xorshift, Adler-32, a bit sieve and population counts.
-- All values stay below 2^31, so that engines with 32-bit integers compute the same.
local MASK = 0x7fffffff
local count = math.ceil(1900000 * scale)

local x = 1463534242
for _ = 1, count do
  x = (x ~ (x << 13)) & MASK
  x = x ~ (x >> 17)
  x = (x ~ (x << 5)) & MASK
end

local a, b = 1, 0
for i = 1, count do
  a = (a + (i & 0xff)) % 65521
  b = (b + a) % 65521
end

local function ones(v)
  v = v - ((v >> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >> 2) & 0x33333333)
  v = (v + (v >> 4)) & 0x0f0f0f0f
  v = v + (v >> 8)
  return (v + (v >> 16)) & 0x3f
end
local total = 0
for i = 1, count // 2 do total = total + ones((i * 2654435) & MASK) end

local size = count // 2
local sieve, primes = {}, 0
for i = 0, size >> 4 do sieve[i] = 0 end
for i = 2, size do
  if sieve[i >> 4] & (1 << (i & 15)) == 0 then
    primes = primes + 1
    for j = i + i, size, i do sieve[j >> 4] = sieve[j >> 4] | (1 << (j & 15)) end
  end
end
return string.format("%d %d %d %d %d", x, a, b, total, primes)
