-- string.format with the usual conversions, tostring and tonumber.
local format = string.format
local sum = 0
local function note(text)
  sum = (sum * 31 + #text + text:byte(-1)) & 0xffffff
end

for i = 1, math.ceil(54000 * scale) do
  local x = i / 7
  note(format("%d:%5d:%-8d:%05d", i, i, i, i))
  note(format("%.2f %10.4f", x, -x))
  note(format("%.14g|%g", x, i * 0.5))
  note(format("%s=%q", "name", "va\"lue"))
  note(format("%x %X %c %%", i, i, 65 + i % 26))
  note(tostring(i) .. tostring(i + 0.5))
  sum = (sum + tonumber("0x" .. i % 90) + tonumber(i .. ".25") * 4 // 1 | 0) & 0xffffff
end
return tostring(sum)
