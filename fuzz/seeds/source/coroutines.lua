local co = coroutine.wrap(function(a) local b <close> = setmetatable({}, { __close = print }) for i = 1, 3 do a = coroutine.yield(a + i) end error("end") end)
print(co(1), co(2), pcall(co, 3)) local c = coroutine.create(function() coroutine.yield() end) coroutine.resume(c) return coroutine.close(c)
