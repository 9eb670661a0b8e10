local mt = { __index = function(t, k) return k .. "!" end, __add = function(a, b) return 42 end, __call = function(self, ...) return ... end, __tostring = function() return "T" end,
  __eq = function() return true end, __lt = function() return false end, __len = function() return 7 end, __concat = function(a, b) return "cat" end, __close = function() end }
local a, b = setmetatable({}, mt), setmetatable({}, mt) return a.x, a + 1, a(1, 2), tostring(a), a == b, a < b, #a, a .. b, -(-0.0), 7 // 2, 7 % -3, 1 << 62, 3 | 4 ~ 1
