-- The utf8 library: char, codes, codepoint, len, offset and charpattern over mixed scripts.
local points = {}
for i = 1, 400 do
  points[i] = (i % 4 == 0 and 0x41 + i % 26) or (i % 4 == 1 and 0x3b1 + i % 24)
    or (i % 4 == 2 and 0x4e00 + i * 7) or 0x1f600 + i % 64
end

local sum = 0
for round = 1, math.ceil(1950 * scale) do
  local pieces = {}
  for i = 1, #points do pieces[i] = utf8.char(points[i]) end
  local text = table.concat(pieces)
  for place, point in utf8.codes(text) do sum = (sum + place * 3 + point) & 0xffffff end
  for character in text:gmatch(utf8.charpattern) do sum = sum + #character end
  sum = sum + utf8.len(text) + select("#", utf8.codepoint(text, 1, 200))
  for i = 1, 100 do sum = (sum + utf8.offset(text, i) + utf8.codepoint(text, utf8.offset(text, -i))) & 0xffffff end
  sum = sum + #utf8.char(points[1], points[2], points[3], round)
end
return tostring(sum)
