// Lua code whose every run writes one number to many places, and the code that sees whether a store is torn.

/** One unit: small and large values, a new table, a deletion. */
export const UNIT = `
  local n = (Memory.unit or 0) + 1
  for i = 1, 20 do Memory["copy" .. i] = n .. string.rep("x", (n + i) % 4 * 1500) end
  Memory["old" .. n - 1], Memory["old" .. n] = nil, n
  Memory.list, Memory.unit = {n, {n}}, n
  return n`;

/** Names what is torn, or gives the number of the unit. */
export const CHECK = `
  local n = Memory.unit
  if not n then return next(ext.copy(Memory)) == nil and 0 or "no number" end
  for i = 1, 20 do
    if Memory["copy" .. i] ~= n .. string.rep("x", (n + i) % 4 * 1500) then return "copy " .. i .. " is torn" end
  end
  if Memory.list[1] ~= n or Memory.list[2][1] ~= n then return "the list is torn" end
  if Memory["old" .. n] ~= n or Memory["old" .. n - 1] then return "the old one is torn" end
  return n`;
