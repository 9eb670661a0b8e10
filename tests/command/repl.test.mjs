// Sessions without a terminal: the lines come from a list, and what would be seen is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { completions } from "../../js/dist/command/completion.js";
import { Exit, Machine } from "../../js/dist/command/machine.js";
import { REPL } from "../../js/dist/command/repl-lua.js";
import { COLOURS, INTERRUPTED, Repl } from "../../js/dist/command/repl.js";
import { textOf } from "../../js/dist/command/report.js";

const settings = { readFolders: [], writeFolders: [], variables: [] };

/** Its lines are from a list. */
class FakeConsole {
  seen = "";
  chunks = [];
  stop = null;
  #lines;

  constructor(lines) {
    this.#lines = [...lines];
  }

  async line(prompt) {
    this.seen += prompt;
    return this.#lines.length === 0 ? null : this.#lines.shift();
  }
  accepted(lines) {
    this.chunks.push(lines);
  }
  whileRunning(stop) {
    this.stop = stop;
    return () => (this.stop = null);
  }
  error(text) {
    this.seen += `${text}\n`;
  }
  end() {
    this.seen += "end";
  }
}

async function openMachine(t, see, inWorker = false) {
  const output = inWorker ? { onOutput: see } : { onOutputBytes: bytes => see(new TextDecoder().decode(bytes)) };
  const host = { stderr: see };
  const machine = await Machine.open({ settings, variables: {}, inWorker, host, ...output });
  t.after(() => machine.close());
  return machine;
}

/** A session with these lines. @param onSeen is called with the console when something was printed */
async function converse(t, lines, { style = true, inWorker, onSeen } = {}) {
  const console = new FakeConsole(lines);
  const see = text => {
    console.seen += text;
    onSeen?.(console);
  };
  const machine = await openMachine(t, see, inWorker);
  const repl = new Repl({ machine, console, style, describe: error => textOf(error, settings) });
  const end = await repl.run().catch(error => error);
  return { seen: console.seen, chunks: console.chunks, end };
}

const seen = async (t, ...given) => (await converse(t, ...given)).seen;

test("expressions show their values, statements nothing, and = is return", async t => {
  assert.equal(await seen(t, ["x = 5", "x, x + 0.5", "=x", "print(x)"]), "> > 5\n5.5\n> 5\n> 5\n> end");
});

test("strings are shown as they are written", async t => {
  const lines = [`"a'\\"b\\n\\t\\\\\\0"`, `"\\xff\\u{e9}"`, `"\\u{e9}"`];
  assert.equal(await seen(t, lines), `> "a'\\"b\\n\\t\\\\\\x00"\n> "\\xFF\\xC3\\xA9"\n> "\u00e9"\n> end`);
});

test("tables are shown with what is in them, in order, and cycles end", async t => {
  const lines = [
    "t = { 1, 'two', n = 3, ['a b'] = {}, [10] = false, ['end'] = 0, f = 1.0 } t.t = t",
    "t",
    "{}",
    "{ { { { { 1 } } } } }",
    "setmetatable({}, { __tostring = function() return 'a point' end })",
    "setmetatable({ 1 }, { __index = error, __len = error, __pairs = error })",
  ];
  assert.equal(
    await seen(t, lines),
    `> > {\n  1,\n  "two",\n  ["a b"] = {},\n  ["end"] = 0,\n  f = 1.0,\n  n = 3,\n  t = <cycle>,\n  [10] = false\n}
> {}\n> { { { { {...} } } } }\n> a point\n> { 1 }\n> end`,
  );
});

test("a table whose fields cannot be listed is shown as its text", async t => {
  assert.match(await seen(t, ["host", "{ host }"]), /^> table: 0x\w+\n> \{ table: 0x\w+ \}\n> end$/);
});

test("long tables and strings are cut", async t => {
  const text = await seen(t, ["t = {} for i = 1, 1e6 do t[i] = i end", "t", "('x'):rep(20000)", "Memory"]);
  assert.match(text, /\n {2}100,\n {2}\.\.\. 999900 more\n\}/);
  assert.match(text, /x" \.\. 10000 more bytes\n/);
});

test("tables of Memory are shown as others", async t => {
  assert.equal(await seen(t, ["Memory.list = { 1, { x = 2 } }", "Memory"]), "> > { list = { 1, { x = 2 } } }\n> end");
});

test("values have colours by their kinds, and lines are broken as without", async t => {
  const lines = ["1, 'x', nil, true, print and { n = 1 }"];
  const text = await seen(t, lines, { style: COLOURS });
  const values =
    '\x1b[33m1\x1b[0m\n\x1b[32m"x"\x1b[0m\n\x1b[90mnil\x1b[0m\n\x1b[33mtrue\x1b[0m\n{ n = \x1b[33m1\x1b[0m }\n';
  assert.equal(text, `> ${values}> end`);
});

test("without a style values are printed by print, as lua does", async t => {
  const lines = ["'text', 1", "print = nil", "5"];
  const text = await seen(t, lines, { style: false });
  assert.match(text, /^> text\t1\n> > error calling 'print' \(attempt to call a nil value\)\n/);
});

test("an incomplete chunk goes on in the next lines, also an expression", async t => {
  const lines = ["for i = 1, 2 do", "print(i)", "end", "{", "1,", "}", "[[a", "b]]", "f = function()", "end"];
  const { seen: text, chunks } = await converse(t, lines);
  assert.equal(text, '> >> >> 1\n2\n> >> >> { 1 }\n> >> "a\\nb"\n> >> > end');
  assert.deepEqual(chunks.slice(0, 2), [
    ["for i = 1, 2 do", "print(i)", "end"],
    ["{", "1,", "}"],
  ]);
});

test("errors have tracebacks as in lua, and the session goes on", async t => {
  const lines = ["x = = 1", "error('no')", "error({})", "local function f() error('deep') end f()"];
  assert.equal(
    await seen(t, lines),
    `> stdin:1: unexpected symbol near '='
> stdin:1: no
stack traceback:
	[C]: in function 'error'
	stdin:1: in main chunk
	[C]: in ?
> (error object is a table value)
stack traceback:
	[C]: in function 'error'
	stdin:1: in main chunk
	[C]: in ?
> stdin:1: deep
stack traceback:
	[C]: in function 'error'
	stdin:1: in local 'f'
	stdin:1: in main chunk
	[C]: in ?
> end`,
  );
});

test("what is incomplete at the end of all is an error", async t => {
  assert.equal(await seen(t, ["for i = 1"]), "> >> stdin:1: ',' expected near <eof>\n> end");
});

test("Ctrl-C at a prompt gives up what was typed", async t => {
  assert.equal(await seen(t, ["for i = 1, 2 do", INTERRUPTED, "5"]), "> >> > 5\n> end");
});

test("Ctrl-C stops what runs in a worker, and nothing else", async t => {
  const lines = ["x = 1", "print('begun') while true do end", "x"];
  const onSeen = console => console.seen.endsWith("begun\n") && console.stop();
  assert.equal(await seen(t, lines, { inWorker: true, onSeen }), "> > begun\ninterrupted!\n> 1\n> end");
});

test("os.exit ends the session with its code", async t => {
  const { end, seen: text } = await converse(t, ["os.exit(3)", "5"]);
  assert.ok(end instanceof Exit);
  assert.deepEqual([end.code, text], [3, "> "]);
});

test("prompts are those of _PROMPT and _PROMPT2, unless they fail", async t => {
  const failing = "_PROMPT = setmetatable({}, { __tostring = error })";
  const lines = ["_PROMPT = '$ '", "_PROMPT2 = '. '", "f(", ")", failing];
  assert.match(await seen(t, lines), /^> \$ \$ \. [^]*\n\$ > end$/);
});

test("scripts that change the libraries do not change how values are shown", async t => {
  const lines = [
    "string.format = nil string.gsub = error next = nil type = error rawget = nil load = nil",
    "{ x = 'y' }",
  ];
  assert.equal(await seen(t, lines), '> > { x = "y" }\n> end');
});

test("names are completed: globals, fields, methods, elements, keywords", async t => {
  const machine = await openMachine(t, () => {});
  await machine.add(REPL);
  const code = `
    point = setmetatable({ xx = 1, xy = { deep = {} } }, { __index = { xmove = print, xname = "" } })
    list = { { alpha = 1 }, key = { beta = 2 } } text = "x" Memory.players = { { name = "Ann" } }`;
  await machine.call("execute", [code, "=setup", false]);
  const found = async line =>
    (await completions(line, (...args) => machine.call(...args), ["fs.read", "fs.list", "env"]))[0];
  for (const [line, ...names] of [
    ["prin", "print"],
    ["x = str", "string"],
    ["string.re", "rep", "reverse"],
    ["whi", "while"],
    ["point.x", "xmove", "xname", "xx", "xy"],
    ["point:x", "xmove"],
    ["point.xy.", "deep"],
    ["text:le", "len"],
    ["list[1].al", "alpha"],
    ['list["key"].', "beta"],
    ["Memory.pl", "players"],
    ["Memory.players[1].", "name"],
    ["f(point.xy.d", "deep"],
    ["host.f", "fs"],
    ["host.fs.", "list", "read"],
    ["nosuch.x"],
    ["text.nosuch.x"],
    ["'prin"],
    ["-- prin"],
    ["f().x"],
    ["1.x"],
  ]) {
    assert.deepEqual(await found(line), names, line);
  }
});

test("completing calls nothing of the script's", async t => {
  let printed = "";
  const machine = await openMachine(t, text => (printed += text));
  await machine.add(REPL);
  const code = `
    trap = setmetatable({}, { __index = function() print("called") end, __pairs = print, __metatable = "locked" })`;
  await machine.call("execute", [code, "=setup", false]);
  assert.deepEqual(await completions("trap.x", (...args) => machine.call(...args), []), [[], "x"]);
  assert.equal(printed, "");
});
