// Random programs that call `wait` wherever a task can wait, and print as they go.

/** What stands around a block; `inner()` makes another block, `inner(true)` one in a coroutine: closing that is no place to wait. */
const FRAMES = [
  (r, inner) => `print(pcall(function() ${inner()} end))`,
  (r, inner) =>
    `print(xpcall(function(...) ${inner()} return ... end, function(m) return "h " .. tostring(m) end, ${r.below(9)}))`,
  (
    r,
    inner,
  ) => `do local co = coroutine.create(function(...) ${inner(true)} ; coroutine.yield(wait(${r.below(9)})) ${inner(true)} end)
    for i = 1, ${1 + r.below(4)} do print(coroutine.status(co), coroutine.resume(co, i)) end ${r.chance(0.5) ? "print(coroutine.close(co))" : ""} end`,
  (r, inner) =>
    `do local f = coroutine.wrap(function(a) ${inner(true)} ; a = coroutine.yield(a, wait(${r.below(9)})) ${inner(true)} return a end) print(pcall(f, 1)) print(pcall(f, 2)) end`,
  (r, inner) =>
    `for v in coroutine.wrap(function() for i = 1, ${1 + r.below(3)} do ${inner(true)} ; coroutine.yield(wait(i)) end end) do print(v) end`,
  (r, inner) =>
    `for i, v in function(_, i) ${r.chance(0.5) ? inner() : ""} ; if i < ${r.below(3)} then return wait(i + 1, i) end end, nil, 0 do print(i, v) end`,
  (r, inner, inside) =>
    `do local c <close> = setmetatable({}, {__close = function(_, e) print("close", e) ${inside ? "" : inner()} end}) ${inner()} end`,
  (r, inner) =>
    `do local t = setmetatable({}, {__index = function(_, k) ${inner()} ; return wait(k) end, __newindex = function(t, k, v) rawset(t, k, wait(v)) end}) print(t.a) t.b = ${r.below(9)} print(t.b) end`,
  (r, inner) => {
    const [name, use] = r.pick([
      ["add", "a + 1"],
      ["concat", '"x" .. a .. "y"'],
      ["lt", "a < a"],
      ["le", "a > a"],
      ["eq", "a == b"],
      ["len", "#a"],
      ["call", "a(2)"],
      ["unm", "-a"],
      ["idiv", "7 // a"],
      ["band", "a & 1"],
      ["shl", "1 << a"],
    ]);
    return `do local m = {__${name} = function(...) ${inner()} ; return wait(${r.below(9)}) end} local a, b = setmetatable({}, m), setmetatable({}, m) print(${use}) end`;
  },
  (r, inner) =>
    `do local function f(...) ${inner()} ; return wait(...) end local function g(...) return f(select("#", ...), ...) end print(g(${r.below(9)}, nil)) end`,
  (r, inner) =>
    `do local n = 0 local function f(d) if d > 0 then return 1 + f(d - 1) end ${inner()} ; return wait(d) end print(f(${r.below(60)})) end`,
  (r, inner) =>
    `package.preload.m = function(...) ${inner()} ; return wait("m") end package.loaded.m = nil print(pcall(require, "m"))`,
  (r, inner) => `for i = 1, ${1 + r.below(3)} do ${inner()} if i == 2 then break end end`,
  (r, inner) =>
    `print(pcall(load(${JSON.stringify("local wait = ... print(wait(5)) return wait(6)")}, "=l"), wait)) ${inner()}`,
  (r, inner) => `if wait(${r.chance(0.5)}) then ${inner()} else ${inner()} end`,
];

const LEAVES = [
  r => `print(wait(${r.below(100)}))`,
  r => `print("${r.below(100)}")`,
  r => `print(pcall(wait, ${r.below(9)}, "s"))`,
  () => "print(#table.pack(wait(1, 2, 3)), (wait(4, 5)), wait())",
  r => `do local t = {wait(${r.below(9)}), wait(2, 3)} print(#t, t[1]) end`,
  r => (r.chance(0.3) ? `if wait(true) then error("e${r.below(9)}") end` : 'print(select("#", wait(nil, nil)))'),
  r => (r.chance(0.3) ? "do local x = wait(nil) print(x.y) end" : 'collectgarbage("step")'),
  () => 'if coroutine.isyieldable() and coroutine.status(coroutine.running()) == "running" then print "co" end',
];

/** A program; `r` is a Random. */
export function program(r) {
  const budget = { left: 3 + r.below(12) };
  let inside = false;
  const block = (coroutine = inside) => {
    const outside = inside;
    inside = coroutine;
    const parts = [];
    for (let n = 1 + r.below(2); n > 0; n--) {
      if (budget.left-- > 0 && r.chance(0.7)) parts.push(r.pick(FRAMES)(r, block, inside));
      else parts.push(r.pick(LEAVES)(r));
    }
    inside = outside;
    return parts.join(" ");
  };
  return [block(), block(), block()].join("\n");
}
