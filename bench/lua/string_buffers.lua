-- Building long strings: table.concat, string.rep, repeated `..`, sub, reverse, upper and byte.
local sum = 0
local function note(text)
  sum = (sum * 31 + #text + text:byte(#text // 2 + 1)) & 0xffffff
end

for round = 1, math.ceil(120 * scale) do
  local parts = {}
  for i = 1, 6000 do parts[i] = i * round end
  note(table.concat(parts, ","))
  local line = ""
  for i = 1, 600 do line = line .. "item " .. i .. ";" end
  note(line)
  note(line:reverse():upper():lower())
  note(("abc" .. round):rep(3000, "-"))
  for i = 1, #line, 3 do
    sum = (sum + #line:sub(i, i + 8) + line:byte(i)) & 0xffffff
  end
  local letters = {}
  for i = 1, 3000 do letters[i] = string.char(97 + i % 26) end
  note(table.concat(letters))
end
return tostring(sum)
