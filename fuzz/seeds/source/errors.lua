local ok, e = xpcall(function() local x = nil; return x.y.z end, debug.traceback) print(ok, e) goto out do local function f(...) return ... end f(1) end
::out:: print(pcall(error, setmetatable({}, { __tostring = function() return "obj" end }))) load("return 1 +")() error({ code = 1 })
