// Names of runs, places of errors, and code of any length, with every kind of LuaPersistent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";

const wasm = new URL("../../web/lua.wasm", import.meta.url);

/** @returns {Promise<Error>} what `call` is rejected with */
const failure = async call => {
  const value = await call().then(
    result => assert.fail(`no error, but ${JSON.stringify(result)}`),
    error => error,
  );
  return value;
};
const placeOf = ({ message, source, line }) => [message, source, line];

for (const kind of ["open", "openWorker"]) {
  const withLua = (name, use) =>
    test(`${name}: ${kind}`, async () => {
      const lua = await LuaPersistent[kind]({ wasm });
      try {
        await use(lua);
      } finally {
        await lua.close();
      }
    });

  withLua("an error in a function of an earlier run names that run, and no line of this one", async lua => {
    await lua.run("\n\nfunction area(t) return t.w * t.h end");
    const error = await failure(() => lua.run("\n\n\n\nlocal x = area({})"));
    assert.deepEqual(placeOf(error), [
      "run 1:3: attempt to perform arithmetic on a nil value (field 'w')",
      "run 1",
      -1,
    ]);
    assert.match(error.traceback, /\n\trun 2:5: in main chunk/);
  });

  withLua("an error in the source that ran has its line", async lua => {
    assert.deepEqual(placeOf(await failure(() => lua.run("\nerror('x')"))), ["run 1:2: x", "run 1", 2]);
    assert.deepEqual(placeOf(await failure(() => lua.run("x ="))), [
      "run 2:1: unexpected symbol near <eof>",
      "run 2",
      1,
    ]);
    assert.deepEqual(placeOf(await failure(async () => lua.eval("\n\nerror('x')"))), ["run 3:3: x", "run 3", 3]);
  });

  withLua("a run has the name it is given", async lua => {
    assert.deepEqual(placeOf(await failure(() => lua.run("error('x')", { name: "main.lua" }))), [
      "main.lua:1: x",
      "main.lua",
      1,
    ]);
    const url = "https://example.org:80/a.lua";
    assert.deepEqual(placeOf(await failure(() => lua.run("\nerror('x')", { name: url }))), [`${url}:2: x`, url, 2]);
    const long = "ü".repeat(29) + "x";
    assert.deepEqual(placeOf(await failure(() => lua.run("error('x')", { name: long }))), [`${long}:1: x`, long, 1]);
    assert.deepEqual(placeOf(await failure(() => lua.run("error('x')"))), ["run 4:1: x", "run 4", 1]);
  });

  withLua("a name that Lua would cut or not show as it is, is refused", async lua => {
    for (const name of ["", "x".repeat(60), "ü".repeat(30), "a\nb", "a\0b", 7]) {
      const error = await failure(() => lua.run("return 1", { name }));
      assert.deepEqual([error.name, /name/.test(error.message)], ["TypeError", true], error.message);
    }
  });

  withLua("errors of other chunks and without a place have no line", async lua => {
    assert.deepEqual(placeOf(await failure(() => lua.run("load('\\nerror(\"x\")', '=other')()"))), [
      "other:2: x",
      "other",
      -1,
    ]);
    assert.deepEqual(placeOf(await failure(() => lua.run("load('error(\"x\")')()"))), [
      '[string "error("x")"]:1: x',
      '[string "error("x")"]',
      -1,
    ]);
    assert.deepEqual(placeOf(await failure(() => lua.run("error('no place', 0)"))), ["no place", "", -1]);
    assert.deepEqual(placeOf(await failure(() => lua.run("error('run 4: a colon', 0)"))), ["run 4: a colon", "", -1]);
  });

  withLua("code of any length runs, by run and eval", async lua => {
    for (const length of [65_536, 65_537, 90_643, 3_000_000]) {
      const code = `return #"${"x".repeat(length)}"`;
      assert.deepEqual((await lua.run(code)).values, [length]);
      assert.equal(await lua.eval(code), String(length));
      const error = await failure(() => lua.run("\n".repeat(length) + "error('last')", { name: "long" }));
      assert.deepEqual(placeOf(error), [`long:${length + 1}: last`, "long", length + 1]);
    }
  });

  withLua("eval gives values as Lua shows them", async lua => {
    assert.equal(
      await lua.eval("return 1, 2.0, nil, 'x', setmetatable({}, { __tostring = function() return 'shown' end })"),
      "1\t2.0\tnil\tx\tshown",
    );
    assert.equal(await lua.eval("io.write('out') return 1"), "out\n1");
  });

  test(`code that memory has no room for is an error that says so: ${kind}`, async () => {
    const lua = await LuaPersistent[kind]({ wasm, memoryLimit: 3_000_000 });
    const error = await failure(() => lua.run(`return #"${"x".repeat(4_000_000)}"`));
    assert.deepEqual([error.name, error.limit, error.message], ["LuaLimitError", "memory", "not enough memory"]);
    assert.deepEqual((await lua.run("return 1")).values, [1]);
    await lua.close();
  });
}

test("the plain interface runs code of any length, named eval", async () => {
  const lua = await new LuaPersistent().load(wasm);
  for (const length of [65_526, 65_527, 90_643, 3_000_000])
    assert.equal(lua.eval(`return #"${"x".repeat(length)}"`), String(length));
  assert.throws(() => lua.eval("\n".repeat(70_000) + "error('last')"), {
    message: "eval:70001: last",
    source: "eval",
    line: 70_001,
  });
  assert.throws(() => lua.eval("\nerror('x')"), { message: "eval:2: x", source: "eval", line: 2 });
  assert.throws(() => lua.eval("load('error(\"x\")', '=other')()"), { source: "other", line: -1 });
});

test("a # line and a byte order mark are skipped", async () => {
  const lua = await new LuaPersistent().load(wasm);
  assert.equal(lua.eval("\ufeff#!/usr/bin/env lua\nreturn 1"), "1");
  const session = await LuaPersistent.open({ wasm });
  assert.deepEqual((await session.run("\ufeff#!/usr/bin/env lua\n1 + 1")).values, [2]);
  await session.close();
});
