-- A cellular automaton: a rule of eight bits draws a picture.
-- %%
local rule, width, rows = 30, 121, 60
grid = { {} }
for x = 1, width do grid[1][x] = x == (width + 1) // 2 and 1 or 0 end
for y = 2, rows do
  local above, row = grid[y - 1], {}
  for x = 1, width do
    local left, right = above[x - 1] or 0, above[x + 1] or 0
    row[x] = rule >> (left << 2 | above[x] << 1 | right) & 1
  end
  grid[y] = row
end
page.plot { title = "Rule " .. rule, grid = grid }
-- %%
-- How many cells live in each row, and how many there could be.
local living, most = {}, {}
for y, row in ipairs(grid) do
  living[y], most[y] = 0, 2 * y - 1
  for _, cell in ipairs(row) do living[y] = living[y] + cell end
end
page.plot { title = "Living cells", series = { { y = living, name = "living" }, { y = most, name = "possible" } } }
