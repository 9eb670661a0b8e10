// eval: what runs, what the text is, and what an error says (docs/abi.md section 3).
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open, quote } from "./client.mjs";

let lua;
beforeEach(() => {
  lua = open();
});

const RESULTS = {
  "return 42": "42",
  "1+1": "2",
  '1, 2, "x"': "1\t2\tx",
  'print("hi")': "hi\n",
  'print("hi") return 42': "hi\n42",
  'io.write("hi") return 42': "hi\n42",
  'io.write("hi\\n") return 42': "hi\n42",
  'io.write("") return 42': "42",
  "return nil": "nil",
  nil: "nil",
  "return nil, nil": "nil\tnil",
  "local x = 1": "",
  "x = 1": "",
  return: "",
  "return;": "",
  "": "",
  "   ": "",
  "-- a comment": "",
  "return true, false": "true\tfalse",
  "return 1, 1.0, -0.0, 1e100, 2^53, 10 // 0.0, -(0/0)": "1\t1.0\t-0.0\t1e+100\t9.007199254741e+15\tinf\tnan",
  "return math.mininteger, math.maxinteger": "-9223372036854775808\t9223372036854775807",
  'return "a\\tb\\n"': "a\tb\n",
  'return ""': "",
  'return "", ""': "\t",
  'print() return ""': "\n",
  'io.write("a") return ""': "a\n",
  'print("a") return "", 1': "a\n\t1",
  'print(1, nil, true, "x")': "1\tnil\ttrue\tx\n",
  'io.stdout:write("o") io.stderr:write("e") io.write("w") print("p")': "oewp\n",
  'local _ = io.write(1, 2.5, "x")': "12.5x",
  'return setmetatable({}, {__tostring = function() return "shown" end})': "shown",
  'return setmetatable({}, {__tostring = function() print("aside") return "shown" end}), 2': "aside\nshown\t2",
  'print(select("#"))': "0\n",
  "return ...": "",
  'return select("#", ...)': "0",
  "(function() return 1, 2 end)()": "1\t2",
  "do return 1 end": "1",
  "goto done ::done:: return 1": "1",
  "local t <const> = 5 return t": "5",
};

for (const [source, expected] of Object.entries(RESULTS)) {
  test(`the text of ${JSON.stringify(source)} is ${JSON.stringify(expected)}`, () => {
    const { ok, text, n } = lua.eval(source);
    assert.deepEqual({ ok, text, n }, { ok: true, text: expected, n: Buffer.byteLength(expected) });
  });
}

test("an expression with a line break and a comment is run as an expression", () => {
  assert.equal(lua.run("1 +\n2 -- three"), "3");
});

test("a call is run once, as an expression", () => {
  lua.run('count = 0 function f() count = count + 1 return "called" end');
  assert.equal(lua.run("f()"), "called");
  assert.equal(lua.run("count"), "1");
});

test("an assignment of a call is run once, as a statement", () => {
  lua.run("count = 0 function f() count = count + 1 end x = f()");
  assert.equal(lua.run("count"), "1");
});

test("source that is an expression followed by a statement is a syntax error", () => {
  assert.match(lua.fail("1 + 1 x = 2"), /^eval:1: /);
});

test("eval(0) is an empty chunk, whatever the buffer holds", () => {
  lua.buffer.fill(0x7b);
  assert.equal(lua.exports.eval(0), 0);
});

test("only the first len bytes are source", () => {
  lua.buffer.set(Buffer.from("return 123456"));
  assert.equal(lua.answer(lua.exports.eval("return 123".length)).text, "123");
});

test("source of exactly 65536 bytes runs", () => {
  const source = `return "end"${" ".repeat(65536)}`.slice(0, 65536);
  assert.equal(lua.run(source), "end");
  const string = `return #"${"x".repeat(65536 - 10)}"`;
  assert.equal(string.length, 65536);
  assert.equal(lua.run(string), String(65536 - 10));
});

test("zero bytes in strings and in source are bytes like others", () => {
  assert.equal(lua.run(Buffer.from('return #"a\0b"')), "3");
  assert.equal(lua.eval(Buffer.from("return 1 \0")).ok, false);
});

test("all 256 byte values come out verbatim, printed and returned", () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  assert.ok(lua.eval(`local _ = io.write(${quote(all)})`).bytes.equals(all));
  assert.ok(lua.eval(`return ${quote(all)}`).bytes.equals(all));
  assert.ok(
    lua
      .eval(`error(${quote(all)}, 0)`)
      .bytes.subarray(0, 256)
      .equals(all),
  );
});

test("bytes of source reach strings verbatim", () => {
  const all = Array.from({ length: 256 }, (_, byte) => byte).filter(byte => ![10, 13, 34, 92].includes(byte));
  const { bytes } = lua.eval(Buffer.from([...Buffer.from('return "'), ...all, 34]));
  assert.ok(bytes.equals(Buffer.from(all)));
});

test("globals, and functions that share upvalues, persist from eval to eval", () => {
  lua.run("local n = 0 function inc() n = n + 1 return n end function get() return n end");
  lua.run("inc()");
  lua.run("inc()");
  assert.equal(lua.run("get()"), "2");
});

test("locals do not persist", () => {
  lua.run("local x = 1");
  assert.equal(lua.run("x"), "nil");
});

test("a syntax error is its message alone, and names the line", () => {
  const { ok, text } = lua.eval("x = 1\ny = = 2");
  assert.equal(ok, false);
  assert.equal(text, "eval:2: unexpected symbol near '='");
});

test("a syntax error says what the statement form says", () => {
  assert.equal(lua.eval("for").text, "eval:1: <name> expected near <eof>");
  assert.equal(lua.eval('x = "abc').text, "eval:1: unfinished string near <eof>");
  assert.equal(lua.eval('x = "abc\n"').text, "eval:1: unfinished string near '\"abc'");
  assert.equal(lua.eval("goto nowhere").text, "eval:1: no visible label 'nowhere' for <goto> at line 1");
});

test("a syntax error has run nothing", () => {
  lua.eval('x = 1 print("no") y = = 2');
  assert.equal(lua.run("x"), "nil");
});

test("a string error is its message, and a traceback", () => {
  const { ok, text } = lua.eval('local function f()\n  error("boom")\nend\nf()');
  assert.equal(ok, false);
  const [message, heading, ...frames] = text.split("\n");
  assert.equal(message, "eval:2: boom");
  assert.equal(heading, "stack traceback:");
  assert.match(frames[0], /^\t\[C\]: in function 'error'$/);
  assert.match(frames[1], /^\teval:2: in local 'f'$|^\teval:2: in upvalue 'f'$|^\teval:2: in function <eval:1>$/);
  assert.match(frames[2], /^\teval:4: in main chunk$/);
});

test("an error of level 0 has no position, one of level 2 the caller's", () => {
  assert.equal(lua.fail('error("boom", 0)'), "boom");
  assert.equal(lua.fail('local function f() error("boom", 2) end\n\nf()'), "eval:3: boom");
});

test("an error message of several lines comes whole, before the traceback", () => {
  assert.match(lua.eval('error("one\\ntwo", 0)').text, /^one\ntwo\nstack traceback:\n/);
});

const ERROR_VALUES = {
  "error({})": /^table: 0x[0-9a-f]+$/,
  "error(nil)": /^nil$/,
  "error()": /^nil$/,
  "error(42)": /^42$/,
  "error(2.5)": /^2\.5$/,
  "error(true)": /^true$/,
  "error(print)": /^function: /,
  "error(io.stdout)": /^file \(0x[0-9a-f]+\)$/,
  'error(setmetatable({}, {__tostring = function() return "shown" end}))': /^shown$/,
  'error(setmetatable({}, {__tostring = function() error("no") end}))': /^\(error object is a table value\)$/,
  "error(setmetatable({}, {__tostring = function() return {} end}))": /^\(error object is a table value\)$/,
  'error(setmetatable({}, {__name = "Kind"}))': /^Kind: 0x/,
  "local t = nil; t.x = 1": /^eval:1: attempt to index a nil value \(local 't'\)$/,
  "return 1 + {}": /^eval:1: attempt to perform arithmetic on a table value$/,
  "return #5": /^eval:1: attempt to get length of a number value$/,
  "undefined()": /^eval:1: attempt to call a nil value \(global 'undefined'\)$/,
  "return 1 // 0": /^eval:1: attempt to divide by zero$/,
  "return 1 % 0": /^eval:1: attempt to perform 'n%0'$/,
  "return 2^53 | 1.5": /^eval:1: number has no integer representation$/,
  "return {} < {}": /^eval:1: attempt to compare two table values$/,
  "for i = 1, 10, 0 do end": /^eval:1: 'for' step is zero$/,
  "string.rep()": /^eval:1: bad argument #1 to 'rep' \(string expected, got no value\)$/,
  'return coroutine.wrap(function() error("inside") end)()': /^eval:1: eval:1: inside$/,
  "coroutine.yield()": /^attempt to yield from outside a coroutine$/,
  "assert(false)": /^eval:1: assertion failed!$/,
  'assert(nil, "why")': /^eval:1: why$/,
  "local x <close> = 1": /^eval:1: variable 'x' got a non-closable value$/,
};

for (const [source, message] of Object.entries(ERROR_VALUES)) {
  test(`the error of ${source} matches ${message}`, () => {
    const { ok, text, n } = lua.eval(source);
    assert.equal(ok, false, text);
    assert.equal(n, -1 - Buffer.byteLength(text));
    const [first, second] = text.split("\n");
    assert.match(first, message);
    assert.equal(second, "stack traceback:");
    assert.equal(lua.run("return 1"), "1");
  });
}

test("a userdata whose __tostring fails is shown by its type", () => {
  assert.equal(
    lua.fail("getmetatable(io.stdout).__tostring = error error(io.stdout)"),
    "(error object is a userdata value)",
  );
});

test("what was printed before an error, or by a failing __tostring, is not part of it", () => {
  const { text } = lua.eval(
    'print("before") error(setmetatable({}, {__tostring = function() print("in") error("no") end}))',
  );
  assert.match(text, /^\(error object is a table value\)\nstack traceback:/);
  assert.equal(lua.run("return 1"), "1");
});

test("an error in a finalizer does not reach the caller", () => {
  const source =
    'setmetatable({}, {__gc = function() error("in the finalizer") end}) collectgarbage() return "went on"';
  assert.equal(lua.run(source), "went on");
});

test("an error in a coroutine comes with resume as false and the message", () => {
  assert.equal(lua.run('return coroutine.resume(coroutine.create(function() error("x") end))'), "false\teval:1: x");
});

test("an error in __tostring of a result is the error of the eval", () => {
  assert.equal(lua.fail('return 1, setmetatable({}, {__tostring = function() error("bad", 0) end})'), "bad");
  assert.equal(
    lua.fail("return setmetatable({}, {__tostring = function() return {} end})"),
    "'__tostring' must return a string",
  );
});

test("after an error everything done before it has happened", () => {
  lua.eval('done = 1 t = {} error("stop") done = 2');
  assert.equal(lua.run("return done, type(t)"), "1\ttable");
});

test("an error closes pending to-be-closed variables", () => {
  lua.eval('local x <close> = setmetatable({}, {__close = function(_, e) closed = e end}) error("boom", 0)');
  assert.equal(lua.run("closed"), "boom");
});

test("a deep traceback is shortened and ends in the main chunk", () => {
  const { text } = lua.eval('local function f(n) if n == 0 then error("deep") end return 1 + f(n - 1) end f(1000)');
  const lines = text.split("\n");
  assert.ok(lines.length < 40, `${lines.length} lines`);
  assert.ok(lines.some(line => /\(skipping \d+ levels\)/.test(line)));
  assert.match(lines.at(-1), /^\t(\[C\]: in \?|eval:1: in main chunk)$/);
});

test("a stack overflow is an error and the next eval works", () => {
  assert.match(lua.fail("local function f() return 1 + f() end f()"), /^eval:1: stack overflow/);
  assert.equal(lua.run("return 1"), "1");
});

test("the name of the chunk is eval", () => {
  assert.equal(lua.run('return debug.getinfo(1, "S").source, debug.getinfo(1, "S").short_src'), "=eval\teval");
  assert.equal(lua.run('return debug.getinfo(1, "l").currentline'), "1");
  assert.equal(lua.run('\n\nreturn debug.getinfo(1, "l").currentline'), "3");
});

test("a call of io.write alone is an expression, whose result is the file", () => {
  assert.match(lua.run('io.write("hi")'), /^hi\nfile \(0x[0-9a-f]+\)$/);
});

test("a precompiled chunk is refused by eval, which stays usable", () => {
  const { bytes } = lua.eval("return string.dump(function() return 1 end)");
  assert.equal(bytes.subarray(0, 4).toString("latin1"), "\x1bLua");
  assert.equal(lua.eval(bytes).ok, false);
  assert.equal(lua.run("return 1"), "1");
});

for (const mode of ['"b"', '"bt"', '"t"', "nil", '"tb"', '"x"', '""']) {
  test(`a precompiled chunk is refused by load with mode ${mode}, given whole or in pieces`, () => {
    const source = `
      local code = string.dump(function() return 1 end)
      local function pieces() local at = 0 return function() at = at + 1 return code:sub(at, at) end end
      local function tell(f, m) assert(f == nil and type(m) == "string") return m end
      return tell(load(code, "=x", ${mode})), tell(load(pieces(), "=x", ${mode}))`;
    for (const message of lua.run(source).split("\t")) {
      assert.match(message, /^(x: )?attempt to load a binary chunk \(mode is '[a-z]*'\)$/);
    }
  });
}

test("load refuses text in mode b, and runs it in modes t and bt", () => {
  assert.equal(lua.run('return load("return 1", "=x", "b")'), "nil\tattempt to load a text chunk (mode is 'b')");
  assert.equal(lua.run('return load("return 1", "=x", "t")(), load("return 2", "=x", "bt")()'), "1\t2");
});

test("a finalizer of a failed eval runs later and cannot disturb results", () => {
  lua.eval('setmetatable({}, {__gc = function() io.write("late") end}) error("x")');
  assert.equal(lua.run("collectgarbage() return 1"), "late\n1");
});

test("print uses the global tostring no more, but honours __tostring and __name", () => {
  assert.equal(lua.run('tostring = nil print(setmetatable({}, {__tostring = function() return "T" end}))'), "T\n");
  assert.match(lua.run('print(setmetatable({}, {__name = "N"}))'), /^N: 0x/);
});

test("many results are all shown", () => {
  assert.equal(lua.run("return table.unpack({}, 1, 5000)"), Array(5000).fill("nil").join("\t"));
});

test("a hundred thousand results are shown or refused with an error, but never trap", () => {
  for (const count of [100_000, 900_000, 999_990]) {
    const { ok, text } = lua.eval(`return table.unpack({}, 1, ${count})`);
    assert.ok(ok ? /^nil\tnil/.test(text) : /too many results|stack overflow/.test(text), text.slice(0, 100));
  }
  assert.equal(lua.run("return 1"), "1");
});

const BOM = "\ufeff";
const FIRST_LINES = {
  "#!/usr/bin/env lua\nreturn 1": "1",
  "#!/usr/bin/env lua\n1 + 1": "2",
  [`${BOM}return 1`]: "1",
  [`${BOM}1 + 1`]: "2",
  [`${BOM}#!lua\nreturn 1`]: "1",
  "# a line": "",
  "#": "",
  [BOM]: "",
  '#\nreturn debug.getinfo(1, "l").currentline': "2",
};

for (const [source, expected] of Object.entries(FIRST_LINES)) {
  test(`a first line with # and a byte order mark are skipped: ${JSON.stringify(source)}`, () => {
    assert.equal(lua.run(source), expected);
  });
}

test("lines are counted from the skipped one", () => {
  assert.equal(lua.fail('#!lua\nerror("x")'), "eval:2: x");
  assert.equal(lua.fail(`${BOM}# a\n\n+`), "eval:3: unexpected symbol near '+'");
});

test("a # on a later line, after a space, or two byte order marks are no first line", () => {
  for (const source of [
    "\n#!lua\nreturn 1",
    " #!lua\nreturn 1",
    `#${BOM}\n#`,
    `${BOM}${BOM}return 1`,
    `#\n${BOM}return 1`,
  ]) {
    assert.match(lua.fail(source), /^eval:[12]: /, JSON.stringify(source));
  }
});

test("load skips neither", () => {
  assert.equal(lua.run('return load("#!lua\\nreturn 1")'), `nil\t[string "#!lua..."]:1: unexpected symbol near '#'`);
  assert.equal(
    lua.run('return load("\\xEF\\xBB\\xBFreturn 1")'),
    "nil\t[string \"\ufeffreturn 1\"]:1: unexpected symbol near '<\\239>'",
  );
});

test("a string error shows as it is, whatever __tostring the metatable of strings has", () => {
  lua.run('getmetatable("").__tostring = function() return "hacked" end');
  assert.equal(lua.fail("nosuch()"), "eval:1: attempt to call a nil value (global 'nosuch')");
  assert.equal(lua.fail('error("plain", 0)'), "plain");
  assert.equal(lua.fail("x ="), "eval:1: unexpected symbol near <eof>");
  assert.equal(lua.run('return "a result"'), "hacked", "results are what tostring gives");
});
