// What there is: every name of section 6 of the Lua 5.4 manual, and how what is refused answers (docs/abi.md section 4).
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open } from "./client.mjs";

/** Section 6 of the manual, less debug.getregistry. */
const MANUAL = {
  _G: `assert collectgarbage dofile error getmetatable ipairs load loadfile next pairs pcall print rawequal rawget rawlen rawset
    require select setmetatable tonumber tostring type warn xpcall`,
  coroutine: "close create isyieldable resume running status wrap yield",
  debug: `debug gethook getinfo getlocal getmetatable getupvalue getuservalue sethook setlocal setmetatable setupvalue setuservalue
    traceback upvalueid upvaluejoin`,
  io: "close flush input lines open output popen read tmpfile type write",
  math: `abs acos asin atan ceil cos deg exp floor fmod log max min modf rad random randomseed sin sqrt tan tointeger type ult`,
  os: "clock date difftime execute exit getenv remove rename setlocale time tmpname",
  package: "loadlib searchpath",
  string: "byte char dump find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper",
  table: "concat insert move pack remove sort unpack",
  utf8: "char codepoint codes len offset",
};
/** What Lua's makefile builds in for programs written for 5.3 and before. */
const COMPATIBILITY = "atan2 cosh frexp ldexp log10 pow setcstacklimit sinh tanh";
const VALUES = {
  _VERSION: "string",
  _G: "table",
  "math.pi": "number",
  "math.huge": "number",
  "math.maxinteger": "number",
  "math.mininteger": "number",
  "utf8.charpattern": "string",
  "package.config": "string",
  "package.path": "string",
  "package.cpath": "string",
  "package.loaded": "table",
  "package.preload": "table",
  "package.searchers": "table",
  "io.stdin": "userdata",
  "io.stdout": "userdata",
  "io.stderr": "userdata",
  Memory: "table",
  _home: "table",
  ext: "table",
};
const FILE_METHODS = "close flush lines read seek setvbuf write";

let lua;
beforeEach(() => {
  lua = open();
});

for (const [library, names] of Object.entries(MANUAL)) {
  test(`${library} has every function of the manual`, () => {
    for (const name of names.split(/\s+/))
      assert.equal(lua.run(`return type(${library}.${name})`), "function", `${library}.${name}`);
  });
  test(`${library} is in package.loaded`, () => {
    assert.equal(
      lua.run(`return package.loaded.${library} == ${library}, require("${library}") == ${library}`),
      "true\ttrue",
    );
  });
}

test("every other value of the manual is there, of its type", () => {
  for (const [name, type] of Object.entries(VALUES)) assert.equal(lua.run(`return type(${name})`), type, name);
  assert.equal(lua.run("return _VERSION, math.pi, _G._G == _G"), "Lua 5.4\t3.1415926535898\ttrue");
});

test("the libraries and the globals hold nothing beyond the manual and docs/abi.md", () => {
  const known = new Set(
    Object.values(MANUAL)
      .join(" ")
      .split(/\s+/)
      .concat(
        Object.keys(VALUES).map(name => name.split(".").at(-1)),
        Object.keys(MANUAL),
        COMPATIBILITY.split(" "),
      ),
  );
  const found = lua
    .run(
      `local o = {}
    for k in pairs(_G) do o[#o + 1] = k end
    for _, name in ipairs {"coroutine", "debug", "io", "math", "os", "package", "string", "table", "utf8"} do
      for k in pairs(_G[name]) do o[#o + 1] = k end
    end
    return table.concat(o, " ")`,
    )
    .split(" ");
  assert.deepEqual(
    found.filter(name => !known.has(name)),
    [],
  );
});

test("files have every method of the manual", () => {
  for (const name of FILE_METHODS.split(" ")) assert.equal(lua.run(`return type(io.stdout.${name})`), "function", name);
});

/** What answers with nil, a message and a number; what raises. */
const REFUSED = {
  'io.open("f")': /^nil\t.*not supported.*\t\d+$/,
  'io.open("f", "w")': /^nil\t.*not supported.*\t\d+$/,
  'io.popen("ls")': /^nil\t.*not supported/,
  "io.tmpfile()": /^nil\t.*not supported/,
  'os.remove("f")': /^nil\t.*not supported.*\t\d+$/,
  'os.rename("f", "g")': /^nil\t.*not supported.*\t\d+$/,
  'os.getenv("HOME")': /^nil$/,
  "os.execute()": /^false$/,
  'os.execute("ls")': /^nil\t(not supported|exit)\t\d+$/,
  "os.setlocale()": /^C$/,
  'os.setlocale("C")': /^C$/,
  'os.setlocale("")': /^C$/,
  'os.setlocale("fr_FR")': /^nil$/,
  'os.setlocale(nil, "all")': /^C$/,
  'loadfile("f")': /^nil\t.*f/,
  'package.searchpath("m", "./?.lua")': /^nil\t.*\.\/m\.lua/,
  'package.loadlib("f", "*")': /^nil\t.*\tabsent$/,
};
for (const [call, answer] of Object.entries(REFUSED)) {
  test(`${call} answers in the form of the manual`, () => {
    assert.match(lua.run(`return ${call}`), answer);
  });
}

const RAISES = {
  "os.exit()": /^exit$/,
  "os.exit(true, true)": /^exit$/,
  "os.exit(1)": /^exit$/,
  "os.exit({})": /^eval:1: bad argument #1 to 'exit'/,
  "os.tmpname()": /not supported/,
  'io.lines("f")': /f.*|not supported/,
  'io.input("f")': /f.*|not supported/,
  'io.output("f")': /not supported|f/,
  'dofile("f")': /f/,
  'require("nothing")': /module 'nothing' not found/,
  'io.open("f", "bad mode")': /bad argument #2 to 'open' \(invalid mode\)/,
};
for (const [call, message] of Object.entries(RAISES)) {
  test(`${call} raises, and the state goes on`, () => {
    assert.match(lua.fail(`return ${call}`), message);
    assert.equal(lua.run("return 1"), "1");
  });
}

test("files are FILE* userdata", () => {
  assert.equal(
    lua.run(
      "return io.type(io.stdout), io.type(io.stdin), io.type(io.stderr), io.type(42), getmetatable(io.stdout).__name",
    ),
    "file\tfile\tfile\tnil\tFILE*",
  );
  assert.match(lua.run("return tostring(io.stdout)"), /^file \(0x[0-9a-f]+\)$/);
});

test("io.input is an empty stdin for every format", () => {
  assert.equal(
    lua.run(
      'return io.input() == io.stdin, io.read(), io.read("l"), io.read("L"), io.read("n"), io.read("a"), io.read(5), io.read(0)',
    ),
    "true\tnil\tnil\tnil\tnil\t\tnil\tnil",
  );
  assert.equal(
    lua.run(
      "local n = 0 for line in io.lines() do n = n + 1 end for line in io.stdin:lines() do n = n + 1 end return n",
    ),
    "0",
  );
  assert.equal(lua.run('return io.stdin:read("a")'), "");
});

test("io.write and file:write return the file, and chain", () => {
  assert.equal(
    lua.run('return io.write("a", 1, 2.5):write("b") == io.stdout, io.stdout:write("") == io.stdout'),
    "a12.5b\ntrue\ttrue",
  );
});

test("io.output is stdout, and can be stderr", () => {
  assert.equal(
    lua.run(
      'local before = io.output() io.output(io.stderr) io.write("e") io.output(io.stdout) io.write("o") return before == io.stdout',
    ),
    "eo\ntrue",
  );
});

test("flush, setvbuf and seek answer as files do", () => {
  assert.equal(
    lua.run('return (io.flush()), (io.stdout:flush()), io.stdout:setvbuf("no"), (io.stdout:seek())'),
    "true\ttrue\ttrue\tnil",
  );
});

test("the standard files cannot be closed, or keep working", () => {
  lua.eval("io.stdout:close() io.close()");
  assert.equal(lua.run('print("still") return io.type(io.stdout)').split("\n")[0], "still");
});

test("writing to stdin fails as a write to a file opened for reading does", () => {
  assert.match(lua.run('return io.stdin:write("x")'), /^nil\t.+\t\d+$/);
});

test("print, and warn when it is on, go to the output", () => {
  assert.equal(
    lua.run('warn("hidden") warn("@on") warn("shown ", "whole") warn("@off") warn("hidden")'),
    "Lua warning: shown whole\n",
  );
});

test("require loads from package.preload once and passes name and loader data", () => {
  lua.run("count = 0 package.preload.m = function(...) count = count + 1 args = {...} return {name = ...} end");
  assert.equal(
    lua.run(
      'local a, extra = require("m") local b = require("m") return a == b, a.name, extra, count, args[1], args[2]',
    ),
    "true\tm\t:preload:\t1\tm\t:preload:",
  );
});

test("require keeps true for a module that returns nothing, and forgets one whose loader fails", () => {
  assert.equal(lua.run('package.preload.n = function() end return (require("n")), package.loaded.n'), "true\ttrue");
  assert.equal(lua.run('package.preload.e = function() error("bad", 0) end return pcall(require, "e")'), "false\tbad");
  assert.equal(lua.run('package.preload.e = function() return "good" end return (require("e"))'), "good");
});

test("require uses searchers that a script adds", () => {
  assert.equal(
    lua.run(
      'table.insert(package.searchers, function(name) return function(...) return select("#", ...) .. name end, "data" end) return require("own")',
    ),
    "2own\tdata",
  );
});

test("the message of require lists what was tried", () => {
  assert.match(
    lua.eval('require("no.such")').text,
    /^eval:1: module 'no\.such' not found:\n\tno field package\.preload\['no\.such'\]/,
  );
});

test("dofile and loadfile without a name read the empty stdin", () => {
  assert.equal(lua.run("return dofile()"), "");
  assert.equal(lua.run("return type(loadfile())"), "function");
});
