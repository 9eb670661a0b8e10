// The contract of lua.wasm (docs/abi.md) in any engine: each of its sections, and all ways in which Lua unwinds.
import { matches, same } from "./checks.mjs";
import { Host } from "./host.mjs";

const EXPORTS = [
  "eval function",
  "get_buffer_ptr function",
  "get_buffer_size function",
  "get_memory_stats function",
  "init function",
  "memory memory",
  "run_gc function",
];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @param {import("./checks.mjs").Checks} checks
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Module} [other] the same module with exceptions in another encoding
 */
export async function checkAbi(checks, module, other = module) {
  for (const part of [shape, evaluation, errors, unwinding, tables, services]) await part(checks, module);
  await images(checks, module, other);
}

async function shape(checks, module) {
  await checks.check("it exports seven things and imports five", () => {
    same(
      WebAssembly.Module.exports(module)
        .map(({ name, kind }) => `${name} ${kind}`)
        .sort(),
      EXPORTS,
    );
    const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
    same(
      imports.sort(),
      ["delete", "get", "keys", "set", "size"].map(name => `env.js_ext_table_${name}`),
    );
  });
  await checks.check("before init an eval is an error, and a second init keeps the state", () => {
    const lua = new Host(module);
    same(lua.eval("return 1").ok, false);
    same(lua.exports.init(), 0);
    lua.run("kept = 5");
    same(lua.exports.init(), 0);
    same(lua.run("return kept"), "5");
  });
  await checks.check(
    "memory begins with 32 pages, the buffer has 65,536 bytes, statistics are written anywhere or nowhere",
    () => {
      const lua = new Host(module).ready();
      same([lua.exports.memory.buffer.byteLength, lua.exports.get_buffer_size()], [2097152, 65536]);
      const at = lua.exports.get_buffer_ptr() + 1;
      lua.exports.get_memory_stats(at);
      const view = new DataView(lua.exports.memory.buffer, at, 12);
      same([view.getUint32(0, true), view.getUint32(4, true) > 10000, view.getUint32(8, true)], [65536, true, 32]);
      for (const pointer of [0, -1, 0x7fffffff]) lua.exports.get_memory_stats(pointer);
    },
  );
}

const ANSWERS = [
  ["1+1", "2"],
  ["return 42", "42"],
  ['print("hi")', "hi\n"],
  ['print("hi") return 42', "hi\n42"],
  ['io.write("a") return 1, nil, true', "a\n1\tnil\ttrue"],
  ["local x = 1", ""],
  [
    "return _VERSION, math.maxinteger, 2^53, 1e100, 0.1",
    "Lua 5.4\t9223372036854775807\t9.007199254741e+15\t1e+100\t0.1",
  ],
  ["return 7 // -2, 7 % -2, 1 << 63, 3 | 4.0, -0.0", "-4\t-1\t-9223372036854775808\t7\t-0.0"],
  ["return string.format('%5.3f|%q|%x|%g', 1/3, 'a\\nb', 255, 1e-5)", '0.333|"a\\\nb"|ff|1e-05'],
  ["return ('grüße'):upper(), utf8.len('grüße'), #'grüße'", "GRüßE\t5\t7"],
  ["return ('hello world'):gsub('o', '0'), ('key=val'):match('(%w+)=(%w+)')", "hell0 w0rld\tkey\tval"],
  ["local t = {5, 3, 9} table.sort(t, function(a, b) return a > b end) return table.concat(t, ',')", "9,5,3"],
  ["goto done do return 1 end ::done:: return select('#', table.unpack({}, 1, 3))", "3"],
  ["local t <close> = setmetatable({}, {__close = function() print('closed') end}) return 1", "closed\n1"],
  ["#!/usr/bin/lua\nreturn 5", "5"],
];

async function evaluation(checks, module) {
  const lua = new Host(module).ready();
  for (const [source, text] of ANSWERS)
    await checks.check(`the answer of ${source}`, () => same(lua.run(source), text));
  await checks.check("globals stay, and an empty chunk is nothing", () => {
    lua.run("counter = 0");
    for (let i = 0; i < 1000; i++) lua.run("counter = counter + 1");
    same([lua.run("return counter"), lua.exports.eval(0)], ["1000", 0]);
  });
  await checks.check("text beyond the buffer is cut, and says how much more there is", () =>
    matches(lua.run("io.write(('x'):rep(70000))"), /^x+\n\[\.\.\. 4\d\d\d more bytes\]$/),
  );
  await checks.check("a length beyond the buffer is an error", () => {
    for (const length of [65537, -1, 0x7fffffff]) same(lua.answer(lua.exports.eval(length)).ok, false);
    same(lua.run("return 1"), "1");
  });
  await checks.check("millions of instructions, and memory that grows", () => {
    same(lua.run("local n = 0 for i = 1, 3e6 do n = n + i % 7 end return n"), "8999997");
    same(lua.run("local t = {} for i = 1, 2e5 do t[i] = {i} end return #t"), "200000");
  });
}

const ERRORS = [
  ["x = = 1", /^eval:1: unexpected symbol near '='$/],
  ["local t = nil\nreturn t.x", /^eval:2: attempt to index a nil value \(local 't'\)$/],
  ["error({})", /^table: 0x[0-9a-f]+$/],
  ["return setmetatable({}, {__index = function() error('meta', 0) end}).x", /^meta$/],
  ["error(setmetatable({}, {__tostring = function() return 'mine' end}))", /^mine$/],
  ["string.rep()", /^eval:1: bad argument #1 to 'rep' \(string expected, got no value\)$/],
  ["return 1 < 'x'", /^eval:1: attempt to compare number with string$/],
  ["load('\\27Lua')()", /attempt to call a nil value/],
];

async function errors(checks, module) {
  const lua = new Host(module).ready();
  for (const [source, pattern] of ERRORS)
    await checks.check(`the error of ${source}`, () => {
      matches(lua.fail(source), pattern);
      same(lua.run("return 1 + 1"), "2");
    });
  await checks.check("a run-time error has a traceback", () =>
    matches(lua.eval("local function f() error('no') end f()").text, /^eval:1: no\nstack traceback:\n[^]*in local 'f'/),
  );
}

/** Soft and by an exception, caught and not, deep and through C functions. */
const UNWINDING = [
  ["return pcall(error, 'x')", "false\tx"],
  ["return pcall(string.rep)", "false\tbad argument #1 to 'string.rep' (string expected, got no value)"],
  ["return select('#', pcall(pcall, string.rep))", "3"],
  ["local n = 0 for i = 1, 5000 do if not pcall(string.rep) then n = n + 1 end end return n", "5000"],
  ["return pcall(table.sort, {3, 2, 1}, function() error('in sort', 0) end)", "false\tin sort"],
  ["return pcall(string.gsub, 'abc', '.', function() error({}) end) == false", "true"],
  [
    "return select(2, xpcall(function() local x = nil + 1 end, function(m) return 'handled: ' .. m end))",
    "handled: eval:1: attempt to perform arithmetic on a nil value",
  ],
  ["local c = coroutine.wrap(function() error('in coroutine', 0) end) return pcall(c)", "false\tin coroutine"],
  [
    "local c = coroutine.create(function() pcall(coroutine.yield, 1) error('after', 0) end) coroutine.resume(c) return coroutine.resume(c)",
    "false\tafter",
  ],
  [
    "local c = coroutine.create(function() table.sort({2, 1}, function() coroutine.yield() end) end) return coroutine.resume(c)",
    "false\tattempt to yield across a C-call boundary",
  ],
  [
    "local function deep(n) if n == 0 then string.rep() end deep(n - 1) return 1 end return (pcall(deep, 10000))",
    "false",
  ],
  [
    "local function f() return 1 + f() end return (select(2, pcall(f)):gsub('^.-: ', ''):match('^stack overflow'))",
    "stack overflow",
  ],
  ["local s = string.rep('(', 300) return (load('return ' .. s))", "nil"],
  [
    "local t = setmetatable({}, {__close = function() error('closing', 0) end}) return pcall(function() local x <close> = t end)",
    "false\tclosing",
  ],
  ["return pcall(string.rep, 'x', 1 << 40)", "false\tresulting string too large"],
];

async function unwinding(checks, module) {
  const lua = new Host(module).ready();
  for (const [source, text] of UNWINDING) {
    await checks.check(`unwinding: ${source}`, () => {
      same(lua.run(source), text);
    });
  }
  await checks.check("a pattern and a recursion through C end in an error, and Lua goes on", () => {
    matches(lua.fail("string.find(('a'):rep(300000), ('a?'):rep(300000) .. 'b')"), /too complex|too long/);
    lua.fail("local function f() return table.concat({}, tostring(setmetatable({}, {__tostring = f}))) end f = f f()");
    lua.fail("local t = {} t.x = setmetatable(t, {__index = function(t, k) return t[k .. 'x'] end}) return t.y");
    same(lua.run("return 1"), "1");
  });
}

async function tables(checks, module) {
  await checks.check("external tables outlive the instance", () => {
    const lua = new Host(module).ready();
    lua.run("Memory.n = 1 Memory.list = {1, 2.0, 'x', {deep = true}} ext.table('shelf').k = '\\0\\255'");
    const again = new Host(module, { store: lua.store }).ready();
    const source =
      "local l = Memory.list return Memory.n, #l, math.type(l[2]), l[4].deep, #ext.table('shelf').k, ext.names()[1]";
    same(again.run(source), "1\t4\tfloat\ttrue\t2\tshelf");
  });
  await checks.check("a value longer than any room, and more keys than a buffer holds", () => {
    const lua = new Host(module).ready();
    lua.run("Memory.long = ('ab'):rep(200000) for i = 1, 20000 do Memory['key' .. i] = i end");
    same(lua.run("local n = 0 for _ in pairs(Memory) do n = n + 1 end return #Memory.long, n"), "400000\t20001");
  });
  await checks.check(
    "a host that refuses is an error that names the table and the key, and the old value stays",
    () => {
      const lua = new Host(module, { refuses: (_, key) => key === "x" && lua.isFull }).ready();
      lua.run("Memory.x = 1");
      lua.isFull = true;
      same(lua.fail("Memory.x = 2"), "eval:1: external table 1: the host refused to store key 'x'");
      same(lua.run("return Memory.x"), "1");
    },
  );
  await checks.check("run_gc deletes what nothing reaches", () => {
    const lua = new Host(module).ready();
    lua.run("Memory.a = {1} Memory.b = {2} Memory.a = nil");
    const before = lua.store.size;
    lua.exports.run_gc();
    const filled = [...lua.store].filter(([id, { size }]) => id > 0 && size > 0).length;
    same([before >= 4, filled], [true, 2]);
  });
  await checks.check("damaged bytes are an error, not a trap", () => {
    const lua = new Host(module).ready();
    lua.store.set(1, new Map([["k", Uint8Array.of(4, 9, 0)]]));
    same(lua.fail("return Memory.k"), "eval:1: external table 1: malformed value for key 'k'");
  });
  await checks.check("a host that throws leaves an instance that says so, and does not trap", () => {
    const lua = new Host(module).ready();
    lua.size = () => {
      throw new Error("host");
    };
    let thrown;
    try {
      lua.eval("return ext.size(Memory)");
    } catch (error) {
      thrown = error.message;
    }
    same([thrown, lua.eval("return 1").ok], ["host", false]);
    lua.exports.run_gc();
  });
}

const float = number => new Uint8Array(Float64Array.of(number).buffer);

async function services(checks, module) {
  const open = services => new Host(module, { services }).ready();
  await checks.check("clock and seed are the host's", () => {
    const lua = open({ clock: () => float(86400), seed: () => new Uint8Array(16).fill(7) });
    same(lua.run("return os.time(), os.date('!%Y-%m-%d')"), "86400\t1970-01-02");
    matches(lua.run("return math.random(1000000)"), /^\d+$/);
  });
  await checks.check("output streams, results and errors come typed", () => {
    const seen = [];
    const take = name => bytes => seen.push([name, name === "stdout" ? decoder.decode(bytes) : [...bytes]]);
    const lua = open({ stdout: take("stdout"), results: take("results"), error: take("error") });
    lua.run("print('out') return 1, true");
    same(seen.splice(0), [
      ["stdout", "out\n"],
      ["results", [2, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]],
    ]);
    lua.fail("error('no', 0)");
    const [[name, bytes]] = seen;
    same([name, bytes.slice(0, 7)], ["error", [4, 2, 0, 0, 0, 110, 111]]);
  });
  await checks.check("the instruction limit stops what pcall would catch", () => {
    const lua = open({ config: () => encoder.encode("instruction_limit=1000000") });
    matches(lua.fail("while true do pcall(function() while true do end end) end"), /instruction limit exceeded/);
    same(lua.run("return 1"), "1");
  });
  await checks.check("the memory limit is not enough memory, which can be caught", () => {
    const lua = open({ config: () => encoder.encode("memory_limit=3000000") });
    same(lua.run("return pcall(string.rep, 'x', 1 << 22)"), "false\tnot enough memory");
    matches(lua.fail("local t = {} while true do t[#t + 1] = {} end"), /^not enough memory$/);
    same(lua.run("return 1"), "1");
  });
  await checks.check("an interrupt stops a loop, a pattern and a sort", () => {
    let polls = 0;
    const lua = open({ interrupt: () => (++polls > 3 ? Uint8Array.of(1) : undefined) });
    for (const source of [
      "while true do end",
      "local s = ('a'):rep(30) return s:find(('a-'):rep(30) .. 'b')",
      "local t = {} for i = 1, 1e6 do t[i] = i * 7919 % 1000003 end table.sort(t, function(a, b) return a < b end)",
    ]) {
      polls = 0;
      matches(lua.fail(source), /interrupted/);
    }
  });
  await checks.check("a request runs source with a name and arguments", () => {
    const string = text => [4, text.length, 0, 0, 0, ...encoder.encode(text)];
    const request = [5, 0, 0, 0, ...string("run"), ...string("return ..., 'yes'"), ...string("mine"), 1, 1, 1, 0];
    let message = Uint8Array.from(request);
    const lua = open({ request: () => message });
    same(lua.answer(lua.exports.eval(0)), { ok: true, text: "true\tyes" });
    message = undefined;
    same(lua.run("return 1"), "1");
  });
}

async function images(checks, module, other) {
  const copy = (lua, into) => {
    const fresh = new Host(into, { store: lua.store });
    const missing = (lua.exports.memory.buffer.byteLength - fresh.exports.memory.buffer.byteLength) / 65536;
    if (missing > 0) fresh.exports.memory.grow(missing);
    new Uint8Array(fresh.exports.memory.buffer).set(new Uint8Array(lua.exports.memory.buffer));
    return fresh;
  };
  for (const [to, name] of [
    [module, "the same module"],
    [other, "the module with the other encoding of exceptions"],
  ]) {
    await checks.check(`memory goes on in an instance of ${name}, and back`, () => {
      const lua = new Host(module).ready();
      lua.run("n, big = 5, {} for i = 1, 1e5 do big[i] = {} end Memory.x = {1}");
      lua.run("ids = coroutine.wrap(function() for i = 1, 9 do pcall(coroutine.yield, i) end end) ids()");
      const fork = copy(lua, to);
      same(
        fork.run("return n, ids(), #big, Memory.x[1], pcall(string.rep)"),
        "5\t2\t100000\t1\tfalse\tbad argument #1 to 'string.rep' (string expected, got no value)",
      );
      same([copy(fork, module).run("return ids()"), lua.run("return ids()")], ["3", "2"]);
    });
  }
}
