// LuaPersistent.open with the real lua.wasm: run, eval, output, errors, options.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LuaError, LuaPersistent } from "../../js/dist/index.js";

const open = options => LuaPersistent.open(options);

/** What a promise is rejected with. */
const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );

test("open gives a LuaPersistent, with everything that the old one has", async () => {
  const lua = await open();
  assert.ok(lua instanceof LuaPersistent);
  assert.equal(lua.eval("Memory.x = 1 return Memory.x"), "1");
  assert.equal(lua.table(1).get("x"), 1);
  const plain = await new LuaPersistent().load();
  plain.restoreSnapshot(lua.createSnapshot());
  assert.equal(plain.eval("return Memory.x"), "1");
  assert.equal(plain.run, undefined);
});

test("run answers with output and values", async () => {
  const lua = await open();
  assert.deepEqual(await lua.run("print('a', 1) io.write('b') return 1, 'two'"), {
    output: "a\t1\nb",
    values: [1, "two"],
  });
  assert.deepEqual(await lua.run("1 + 1"), { output: "", values: [2] });
  assert.deepEqual(await lua.run(""), { output: "", values: [] });
});

test("runs follow each other, whether or not they are waited for", async () => {
  const lua = await open();
  const runs = Array.from({ length: 5 }, () => lua.run("n = (n or 0) + 1 return n"));
  assert.deepEqual(
    (await Promise.all(runs)).map(({ values }) => values[0]),
    [1, 2, 3, 4, 5],
  );
});

test("a run that fails does not keep the next one from running", async () => {
  const lua = await open();
  const [failed, next] = await Promise.allSettled([lua.run("error('boom')"), lua.run("return 1")]);
  assert.equal(failed.reason.message, "run 1:1: boom");
  assert.deepEqual(next.value.values, [1]);
});

const TEXTS = [
  "1 + 1",
  "print('hi')",
  "print('hi') return 42",
  "io.write('hi\\n') return nil",
  "local x",
  "return nil, {} == {}, 'x'",
];
TEXTS.push(
  "print(('x'):rep(100)) return 1, 2",
  "return ''",
  "print('') return ''",
  "return 1.5, 2^53, -0.0",
  "return '\\255'",
);
for (const code of TEXTS) {
  test(`eval gives the text of the old interface: ${code}`, async () => {
    const plain = await new LuaPersistent().load();
    assert.equal((await open()).eval(code), plain.eval(code));
  });
}

test("eval separates output that does not end a line from the values", async () => {
  const lua = await open();
  assert.equal(lua.eval("local f = io.write('hi') return 1"), "hi\n1");
  assert.equal(lua.eval("local f = io.write('hi') return nil"), "hi\nnil");
  assert.equal(lua.eval("local f = io.write('hi') return ''"), "hi\n");
  assert.equal(lua.eval("local f = io.write('hi')"), "hi");
});

test("output arrives while the script runs, in order, whole characters at a time", async () => {
  const pieces = [];
  const lua = await open({ onOutput: text => pieces.push(text) });
  const { output } = await lua.run(
    "for i = 1, 2000 do io.write('\u{1f319}\u00fc') end io.write('\\xf0\\x9f') return 1",
  );
  assert.ok(pieces.length > 2);
  assert.equal(pieces.join(""), output);
  assert.equal(output, "\u{1f319}\u00fc".repeat(2000) + "\ufffd");
  assert.ok(pieces.slice(0, -1).every(text => !text.includes("\ufffd")));
});

test("onOutputBytes gets all output as it is, of every run, beside the text", async () => {
  const bytes = [];
  let text = "";
  const lua = await open({ onOutputBytes: piece => bytes.push(...piece), onOutput: piece => (text += piece) });
  await lua.run("io.write('\\xff\\0\\xc3')");
  await lua.run("io.write('\\xa9')", { onOutput: () => {} });
  assert.deepEqual([bytes, text], [[255, 0, 195, 169], "\ufffd\0\ufffd"]);
});

test("onOutputBytes is refused by openWorker, whose output is text", async () => {
  const error = await rejection(LuaPersistent.openWorker({ onOutputBytes: () => {} }));
  assert.equal(
    error.message,
    "openWorker: there is no option 'onOutputBytes': a worker's output comes as text, to onOutput",
  );
});

test("a run has a listener of its own, in place of that of open", async () => {
  const all = [];
  const own = [];
  const lua = await open({ onOutput: text => all.push(text) });
  await lua.run("print(1)");
  await lua.run("print(2)", { onOutput: text => own.push(text) });
  lua.eval("print(3)");
  assert.equal(lua.eval("print(4) return 5", { onOutput: text => own.push(text) }), "4\n5");
  assert.deepEqual([all.join(""), own.join("")], ["1\n3\n", "2\n4\n"]);
  assert.throws(() => lua.eval("while true do end", { timeout: 20 }), { limit: "time" });
});

test("output of a finalizer in run_gc goes to the listener, and into no run's output", async () => {
  const pieces = [];
  const lua = await open({ onOutput: text => pieces.push(text) });
  await lua.run("setmetatable({}, {__gc = function() print('collected') end})");
  lua.exports.run_gc();
  assert.deepEqual(pieces, ["collected\n"]);
  assert.equal((await lua.run("print(1)")).output, "1\n");
});

test("an error of the listener rejects the run, after the script has finished", async () => {
  const lua = await open();
  const onOutput = () => {
    throw new RangeError("no room");
  };
  assert.deepEqual(
    await rejection(lua.run("for i = 1, 3000 do print('line') end done = true", { onOutput })),
    new RangeError("no room"),
  );
  assert.deepEqual((await lua.run("return done")).values, [true]);
});

test("the listener of a running script cannot run Lua, save an image or restore a snapshot", async () => {
  const lua = await open();
  const said = [];
  const images = [];
  const onOutput = () => {
    for (const call of [() => lua.eval("x = 1"), () => lua.restoreSnapshot({ tables: [] })]) {
      try {
        call();
      } catch ({ message }) {
        said.push(message);
      }
    }
    images.push(rejection(lua.saveImage()));
  };
  await lua.run("print('once')", { onOutput });
  assert.match(
    said.join("\n"),
    /Lua code cannot be run while Lua is running.*\n.*a snapshot cannot be restored while Lua is running/,
  );
  assert.match((await images[0]).message, /an image cannot be saved while Lua is running/);
  assert.deepEqual((await lua.run("return x")).values, [undefined]);
});

test("a run that its listener asks for comes after the running one", async () => {
  const lua = await open();
  let later;
  const onOutput = () => (later ??= lua.run("return n"));
  await lua.run("print('x') n = 1", { onOutput });
  assert.deepEqual((await later).values, [1]);
});

test("output beyond outputLimit goes to the listener and is not kept; its end says how much", async () => {
  const pieces = [];
  const lua = await open({ outputLimit: 10, onOutput: text => pieces.push(text) });
  assert.equal((await lua.run("print('1234567') print('890')")).output, "1234567\n89\n[... 2 more characters]");
  assert.equal(pieces.join(""), "1234567\n890\n");
  assert.equal((await lua.run("print('123456789')")).output, "123456789\n");
  const { output } = await rejection(lua.run("print('123456789') print('x') error('e')"));
  assert.equal(output, "123456789\n\n[... 2 more characters]");
});

test("an error has message, traceback, line, value and what was printed before", async () => {
  const lua = await open();
  const error = await rejection(lua.run("print('before')\nlocal function f()\n error('boom') end\nf()"));
  assert.ok(error instanceof LuaError);
  const { name, message, line, value, output } = error;
  assert.deepEqual(
    { name, message, line, value, output },
    { name: "LuaError", message: "run 1:3: boom", line: 3, value: "run 1:3: boom", output: "before\n" },
  );
  assert.match(error.traceback, /^stack traceback:\n\t.*\n\trun 1:3: in local 'f'/s);
});

const RAISED = [
  ["error({code = 7, list = {1}})", { code: 7, list: [1] }, -1],
  ["error(nil)", undefined, -1],
  ["error(42)", 42, -1],
  ["error('\\255', 0)", Uint8Array.of(255), -1],
  ["error(setmetatable({1}, {__tostring = function() return 'shown' end}))", [1], -1],
  ["\n\nlocal = 1", "run 1:3: <name> expected near '='", 3],
  ["local t = {} t[1] = t error(t)", "cycle", -1],
];
for (const [code, expected, line] of RAISED) {
  test(`an error keeps its value: ${JSON.stringify(code)}`, async () => {
    const error = await rejection((await open()).run(code));
    if (expected === "cycle") assert.equal(error.value[0], error.value);
    else assert.deepEqual(error.value, expected);
    assert.equal(error.line, line);
  });
}

test("eval throws the same errors", async () => {
  const lua = await open();
  assert.throws(
    () => lua.eval("print('p') error({code = 7})"),
    error => error instanceof LuaError && error.value.code === 7 && error.output === "p\n",
  );
});

test("a plain LuaPersistent knows the line of an error, too", async () => {
  const plain = await new LuaPersistent().load();
  const errorOf = code => {
    try {
      plain.eval(code);
    } catch (error) {
      return [error.line, error.value, error.output];
    }
  };
  assert.deepEqual(errorOf("\nerror('x')"), [2, "eval:2: x", ""]);
  assert.deepEqual(errorOf("error('x', 0)"), [-1, "x", ""]);
  assert.deepEqual(
    errorOf("load('\\n\\nerror(1 .. \"\")', 'a:9: b')()"),
    [-1, '[string "a:9: b"]:3: 1', ""],
    "in another source",
  );
});

test("there is a clock and a seed", async () => {
  const lua = await open();
  const { values } = await lua.run("return os.time(), os.clock(), math.random(1 << 62)");
  assert.ok(Math.abs(values[0] - Date.now() / 1000) < 5);
  assert.ok(values[1] >= 0 && values[1] < 60);
  const other = await (await open()).run("return math.random(1 << 62)");
  assert.notEqual(values[2], other.values[0]);
});

test("code that is no string is an error before anything runs", async () => {
  const lua = await open();
  assert.match((await rejection(lua.run(1))).message, /run takes Lua code as a string, not number/);
  assert.throws(() => lua.eval(1), { name: "TypeError", message: "eval takes Lua code as a string, not number" });
});

const WRONG = {
  "an option that there is not": [
    { memorylimit: 1 },
    /open: there is no option 'memorylimit' \(did you mean memoryLimit\?\), only wasm, store/,
  ],
  "an option with a letter too many": [{ timeouts: 1 }, /no option 'timeouts' \(did you mean timeout\?\), only/],
  "an option that is like no other": [{ encoding: 1 }, /no option 'encoding', only wasm/],
  tableLimit: [{ tableLimit: "1GB" }, /open: tableLimit is "1GB", and must be a positive whole number of bytes/],
  "__proto__ as an option": [JSON.parse('{"__proto__": 1}'), /open: there is no option '__proto__'/],
  "options that are no object": [
    "memory",
    /open: the argument is "memory", and must be an object with options \(wasm, /,
  ],
  null: [null, /open: the argument is null, and must be an object with options/],
  store: [
    { store: "disk" },
    /store is "disk", and can be "memory", "localStorage", "indexedDB" or an object with load, commit/,
  ],
  "a store that lacks a method": [{ store: { load() {} } }, /has no method commit\(\)/],
  name: [{ name: 1 }, /the name of a store is a string/],
  whenBusy: [{ whenBusy: "later" }, /whenBusy is "later", and can be "wait", "readOnly", "refuse"/],
  rollbackOnError: [{ rollbackOnError: 1 }, /open: rollbackOnError is 1, and must be true or false/],
  onOutput: [{ onOutput: "log" }, /open: onOutput is "log", and must be a function/],
  outputLimit: [{ outputLimit: 0 }, /open: outputLimit is 0, and must be a positive whole number of characters/],
  memoryLimit: [{ memoryLimit: "1MB" }, /open: memoryLimit is "1MB", and must be a positive whole number of bytes/],
  instructionLimit: [
    { instructionLimit: 1.5 },
    /open: instructionLimit is 1.5, and must be a positive whole number of instr/,
  ],
  timeout: [{ timeout: -1 }, /open: timeout is -1, and must be a positive number of milliseconds/],
  signal: [{ signal: {} }, /open: signal is an object, and must be an AbortSignal/],
  interrupt: [{ interrupt: [] }, /open: interrupt is an array, and must be a function/],
  wasmHash: [{ wasmHash: "xyz" }, /open: wasmHash is "xyz", and must be 16 hexadecimal digits/],
  lock: [{ lock: null }, /open: lock is null, and must be true or false/],
};
for (const [what, [options, message]] of Object.entries(WRONG)) {
  test(`a TypeError names what is wrong: ${what}`, async () => {
    const error = await rejection(open(options));
    assert.ok(error instanceof TypeError, String(error));
    assert.match(error.message, message);
  });
}

test("options of run are checked, too", async () => {
  const lua = await open();
  assert.match(
    (await rejection(lua.run("", { onoutput() {} }))).message,
    /run: there is no option 'onoutput' \(did you mean onOutput\?\), only args, name, onOutput, onSteps, timeout, signal, env/,
  );
  assert.match(
    (await rejection(lua.run("", { timeout: 0 }))).message,
    /run: timeout is 0, and must be a positive number/,
  );
});

test("a second argument of run that is no options is an error that says what it is", async () => {
  const lua = await open();
  const given = [
    [[1], "an array"],
    ["x", '"x"'],
    [5, "5"],
    [null, "null"],
    [() => 1, "a function"],
    [new Map([["timeout", 5]]), "a Map"],
    [new AbortController().signal, "an AbortSignal"],
    [Promise.resolve({}), "a Promise"],
    [new Date(), "a Date"],
  ];
  for (const [options, shown] of given) {
    const says = `run: the second argument is ${shown}, and must be an object with options (args, name, onOutput, onSteps, timeout, signal, env)`;
    assert.equal((await rejection(lua.run("return ...", options))).message, says);
  }
});

for (const [store, name] of [
  ["indexedDB", "IndexedDB"],
  ["localStorage", "localStorage"],
]) {
  test(`in Node, ${store} is an error that says that there is none, and which stores there are`, async () => {
    for (const how of ["open", "openWorker", "eraseStore"]) {
      const error = await rejection(LuaPersistent[how]({ store }));
      assert.match(
        error.message,
        new RegExp(`^${name} store 'default' cannot be used here: there is no ${name}; use "memory", or an object`),
      );
      assert.equal(error.kind, "failed");
    }
  });
}

test("an option that is undefined is as if it were not there", async () => {
  assert.equal((await open({ store: undefined, timeout: undefined, outputLimit: undefined })).eval("1"), "1");
});

test("statistics are the old ones and those in bytes", async () => {
  const lua = await open();
  await lua.run("Memory.x = 'abc'");
  const { luaBytes, linearBytes, externalBytes, store, isDurable, waits, ...old } = lua.getStats();
  assert.deepEqual(Object.keys(old), ["linearMemoryMB", "externalTableCount", "externalTableItems", "externalMB"]);
  assert.ok(luaBytes > 10_000 && luaBytes < 100_000, String(luaBytes));
  assert.deepEqual(
    { linearBytes, externalBytes, store, isDurable, waits },
    { linearBytes: 2 ** 21, externalBytes: 9, store: "memory", isDurable: true, waits: [] },
  );
  await lua.run("big = ('x'):rep(1 << 20)");
  assert.ok(lua.getStats().luaBytes - luaBytes >= 1_000_000);
});

test("load starts a fresh Lua state with services and tables", async () => {
  const lua = await open();
  await lua.run("x = 1 Memory.x = 2");
  assert.equal(await lua.load(), lua);
  assert.deepEqual((await lua.run("return x, Memory.x, os.time() > 0")).values, [undefined, 2, true]);
  await lua.load(readFileSync(new URL("../../web/lua.wasm", import.meta.url)));
  assert.deepEqual((await lua.run("return x, Memory.x")).values, [undefined, 2]);
});

test("after close every call says so", async () => {
  const lua = await open();
  const last = lua.run("return 1");
  await lua.close();
  assert.deepEqual((await last).values, [1]);
  for (const call of ["run", "flush", "clear", "load", "saveImage"]) {
    assert.equal((await rejection(lua[call](""))).message, "this LuaPersistent is closed", call);
  }
  assert.throws(() => lua.eval("1"), /this LuaPersistent is closed/);
  assert.throws(() => lua.table(1).set("x", 1), /this LuaPersistent is closed/);
  assert.throws(
    () => lua.restoreSnapshot({ tables: [{ id: 1, entries: [["", ""]] }] }),
    /this LuaPersistent is closed/,
  );
  assert.equal(lua.exports, null);
  await lua.close();
});

test("a listener that makes Lua run does not change what eval returns", async () => {
  let others = 0;
  const lua = await open({ onOutput: text => text === "\ufffd" && lua.eval(`return ${++others}`) });
  // The end of a character that never comes is written at the end of the eval.
  assert.equal(lua.eval("io.write('\\xc3') return 'mine'"), "\ufffd\nmine");
  assert.equal(others, 1);
});
