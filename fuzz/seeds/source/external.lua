Memory.a = { 1, { 2, x = { true } } } Memory.a.self = Memory.a local n = ext.table("n") n[1], n[true], n[2.5], n[Memory] = "one", "two", 3.5, Memory
for k, v in pairs(n) do n[k] = nil end table.insert(n, "x") table.sort(Memory.a, function() return false end) return #Memory.a, ext.size(n), ext.copy(Memory).a.self, pcall(function() Memory.f = { g = print } end)
