local t = { 5, 2, 8, n = 1, [2.5] = true } table.sort(t, function(a, b) return a > b end) table.insert(t, 1, 9) table.move(t, 1, 3, 2)
for i, v in ipairs(t) do t[i] = nil end for k, v in pairs(t) do print(k, v) end return table.concat({ 1, 2, 3 }, ", "), select("#", table.unpack({ 1, nil, 3 }, 1, 3))
