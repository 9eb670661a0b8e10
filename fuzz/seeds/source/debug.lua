local function f(a, ...) local b = a; print(debug.getlocal(1, 1), debug.setlocal(1, 2, 5), debug.getlocal(1, -1)) return debug.getinfo(1, "nSlutfrL"), b end
print(f(1, 2)) print(debug.getupvalue(f, 1), debug.upvalueid(f, 1)) debug.upvaluejoin(f, 1, f, 1) print(debug.traceback("m", 1)) for i = 10, 1, -3 do print(i // 1, i / 2, i ^ 2) end
