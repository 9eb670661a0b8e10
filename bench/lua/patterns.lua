-- find, match, gmatch and gsub with classes, captures, anchors, %b and %f.
local lines = {}
for i = 1, 60 do
  lines[i] = ("user%d@host%d.example.org, id=%d (group %d) [2024-%02d-%02d] some words follow here\n")
    :format(i, i % 7, i * 37, i % 5, i % 12 + 1, i % 28 + 1)
end
local text = table.concat(lines)

local sum = 0
for _ = 1, math.ceil(115 * scale) do
  for name, host in text:gmatch("(%w+)@([%w.]+)") do sum = sum + #name * #host end
  for year, month, day in text:gmatch("(%d%d%d%d)%-(%d%d)%-(%d%d)") do sum = sum + year + month * day end
  local _, words = text:gsub("%f[%a]%a+", string.upper)
  local swapped, pairs_found = text:gsub("(%w+)=(%w+)", "%2=%1")
  local spaced = text:gsub("%s+", { [" "] = "_" })
  local bare, groups = text:gsub("%b()", "")
  sum = sum + words + pairs_found + groups + #swapped + #spaced + #bare
  for i = 1, #lines do
    local line = lines[i]
    sum = sum + line:find("id=", 1, true) + line:find("%[.-%]") + #line:match("^(.-),") + #line:match("(%S+)%s*$")
  end
  sum = sum & 0xffffff
end
return tostring(sum)
