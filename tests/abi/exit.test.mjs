// os.exit: ends the eval at once, as a limit does (docs/abi.md section 4).
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./client.mjs";
import { serviced } from "./serviced.mjs";
import { value } from "./wire.mjs";

/** The bytes of the error's value: the last in the message `error`. */
function codeOf(source) {
  const lua = serviced({ error: "", stdout: "" });
  const { ok, text } = lua.eval(source);
  assert.equal(ok, false);
  assert.equal(text.split("\n")[0], "exit", text);
  const [[, message]] = lua.host.sent.filter(([name]) => name === "error");
  const start = Buffer.concat([value("exit"), value(text.slice("exit\n".length)), value(-1n)]);
  assert.ok(message.subarray(0, start.length).equals(start), "message, traceback, no line");
  assert.equal(lua.run('return "on"'), "on");
  return message.subarray(start.length);
}

const CODES = [
  ["", true],
  ["true", true],
  ["false", false],
  ["nil", true],
  ["0", 0n],
  ["1", 1n],
  ["-7", -7n],
  ["3.0", 3n],
  ['"5"', 5n],
  ["math.maxinteger", 2n ** 63n - 1n],
  ["true, true", true],
  ["7, true", 7n],
];
for (const [args, code] of CODES) {
  test(`os.exit(${args}) is the error exit, and its value the code`, () => {
    assert.ok(codeOf(`os.exit(${args})`).equals(Buffer.from(value(code))));
  });
}

const UNCAUGHT = {
  pcall: "pcall(os.exit, 3)",
  "pcall of a function": "pcall(function() os.exit(3) end)",
  xpcall: "xpcall(os.exit, print, 3)",
  "a coroutine": 'coroutine.wrap(function() pcall(os.exit, 3) print("on") end)()',
  "a coroutine that is resumed": "coroutine.resume(coroutine.create(os.exit), 3)",
  "a metamethod": "return setmetatable({}, { __index = function() os.exit(3) end }).x",
  "a comparison of sort": "table.sort({ 3, 2, 1 }, function() os.exit(3) end)",
  gsub: '("x"):gsub("x", function() os.exit(3) end)',
  "a reader of load": "load(function() os.exit(3) end)",
  "__tostring of a result": "return setmetatable({}, { __tostring = function() os.exit(3) end })",
  "__tostring of an error": "error(setmetatable({}, { __tostring = function() os.exit(3) end }))",
  "a message handler": "xpcall(error, function() os.exit(3) end)",
  "a finalizer": "setmetatable({}, { __gc = function() os.exit(3) end }) collectgarbage()",
  "a closer": "do local x <close> = setmetatable({}, { __close = function() os.exit(3) end }) end",
  "a hook": 'debug.sethook(function() os.exit(3) end, "l")\nlocal x = 1',
  "a module": 'package.preload.m = function() os.exit(3) end require("m")',
};
for (const [where, source] of Object.entries(UNCAUGHT)) {
  test(`os.exit ends the eval at once, out of ${where}`, () => {
    assert.ok(
      codeOf(`${source} print("on")`.replace(/^(return.*|error.*) print\("on"\)$/, "$1")).equals(
        Buffer.from(value(3n)),
      ),
    );
  });
}

test("what was printed before arrives, and nothing printed after", () => {
  const lua = serviced({ stdout: "", error: "" });
  lua.eval('print("before") pcall(os.exit) print("after")');
  assert.deepEqual(
    lua.host.sent.filter(([name]) => name === "stdout").map(([, bytes]) => bytes.toString()),
    ["before\n"],
  );
});

test("the state and the tables stay as they were", () => {
  const lua = open();
  lua.eval("x = 1 Memory.x = 2 os.exit() x = 3");
  assert.equal(lua.run("return x, Memory.x"), "1\t2");
});

test("an exit in a closer after a stop does not take its place", () => {
  const lua = serviced({ config: "instruction_limit=100000", error: "" });
  assert.equal(
    lua.fail("local x <close> = setmetatable({}, { __close = os.exit }) while true do end"),
    "instruction limit exceeded",
  );
});

test("the traceback says where", () => {
  assert.match(
    open().eval("local function f() os.exit(1) end\nf() return 1").text,
    /^exit\nstack traceback:\n\t\[C\]: in function 'os.exit'\n\teval:1: in local 'f'\n\teval:2: in main chunk/,
  );
});

test("os.exit refuses what is no code", () => {
  assert.match(open().fail("os.exit({})"), /^eval:1: bad argument #1 to 'exit' \(number expected, got table\)/);
  assert.match(open().fail("os.exit(1.5)"), /number has no integer representation/);
});

test("run_gc goes on after a finalizer that calls os.exit", () => {
  const lua = open();
  lua.run("setmetatable({}, { __gc = function() os.exit(3) end }) x = 1");
  lua.exports.run_gc();
  assert.equal(lua.run("return x"), "1");
});
