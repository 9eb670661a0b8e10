// run with arguments and a name, call, set, get.
import assert from "node:assert/strict";
import { test } from "node:test";
import { after, open, rejection, values } from "./opened.mjs";

test("args are what ... is", async t => {
  const lua = await open(t);
  assert.deepEqual(
    await values(lua, "return select('#', ...), ...", { args: [1, null, "x", { a: [1, 2] }, undefined] }),
    [5, 1, undefined, "x", { a: [1, 2] }, undefined],
  );
  assert.equal(lua.eval("return ...", { args: [1, "b"] }), "1\tb");
  assert.equal(
    (await rejection(lua.run("", { args: [1, { a: new Date() }] }))).message,
    "cannot pass a Date to Lua (argument 2.a): pass a number or a string, for example date.toISOString()",
  );
  assert.match(
    (await rejection(lua.run("", { args: "x" }))).message,
    /^run: args is "x", and must be an array of values$/,
  );
});

test("name is the chunk's name in messages", async t => {
  const lua = await open(t);
  const error = await rejection(lua.run("\nerror('x')", { name: "rule.lua" }));
  assert.deepEqual([error.message, error.source, error.line], ["rule.lua:2: x", "rule.lua", 2]);
});

test("source of any length runs, with arguments", async t => {
  const lua = await open(t);
  const code = `--[[${"x".repeat(200_000)}]] return ...`;
  assert.deepEqual(await values(lua, code, { args: [5] }), [5]);
});

test("call calls a global, a field and a method", async t => {
  const lua = await open(t);
  await lua.run(
    "function f(...) return select('#', ...), ... end game = {n = 5} function game:add(x) return self.n + x end game.f = f",
  );
  assert.deepEqual(await lua.call("f", 1, null), [2, 1, undefined]);
  assert.deepEqual(await lua.call("game.f"), [0]);
  assert.deepEqual(await lua.call("game:add", 2), [7]);
  assert.equal((await rejection(lua.call("game.g"))).message, "call game.g:1: attempt to call a nil value (field 'g')");
  for (const path of ["", "a b", "a.", "f()", "a['b']", 5, "x:y.z"])
    await assert.rejects(lua.call(path), { name: "TypeError" }, String(path));
});

const LIBRARY = `function f()
  error("x") end
function g()
  host.wait() host.fail() end
function h()
  while true do end end`;

for (const form of ["a path", "a LuaFunction"]) {
  test(`an error of a call by ${form} has the source and the line where it is`, async t => {
    const fail = () => {
      throw new Error("no");
    };
    const lua = await open(t, { fail, wait: () => after(1) }, { instructionLimit: 100_000 });
    await lua.run(LIBRARY, { name: "lib" });
    const places = ["f", "g", "h"].map(async name => {
      const { source, line } = await rejection(lua.call(form === "a path" ? name : lua.get(name)));
      return [source, line];
    });
    assert.deepEqual(await Promise.all(places), [["lib", 2], ["lib", 4], ["lib", 6]]); // prettier-ignore
  });
}

test("call waits, and others run meanwhile", async t => {
  const lua = await open(t, { wait: () => after(5) });
  await lua.run("function f() host.wait() return n end");
  const waiting = lua.call("f");
  await lua.run("n = 7");
  assert.deepEqual(await waiting, [7]);
});

test("what a call prints goes to onOutput", async t => {
  const seen = [];
  const lua = await open(t, {}, { onOutput: text => seen.push(text) });
  await lua.call("print", "hi");
  assert.deepEqual(seen, ["hi\n"]);
});

test("set and get reach globals and fields, at once", async t => {
  const lua = await open(t);
  lua.set("game", { player: { hp: 3 } });
  lua.set("game.player.name", "Ann");
  assert.deepEqual(lua.get("game"), { player: { hp: 3, name: "Ann" } });
  assert.equal(lua.get("game.player.hp"), 3);
  assert.equal(lua.get("nothing"), undefined);
  lua.set("game", null);
  assert.equal(lua.get("game"), undefined);
  assert.throws(() => lua.get("game.player"), {
    message: "get game.player:1: attempt to index a nil value (global 'game')",
  });
  assert.throws(() => lua.set("a-b", 1), {
    message: 'set takes names joined by dots, such as game.player.hp, not "a-b"',
  });
  assert.throws(() => lua.set("x", new Set()), { message: /^cannot pass a Set to Lua \(argument 1\)/ });
});

test("set makes a function of the host a global of any name", async t => {
  const add = (a, b) => a + b;
  const lua = await open(t, { add });
  lua.set("plus", add);
  assert.deepEqual(await values(lua, "return plus(1, 2)"), [3]);
});

test("set of a table of Memory is durable", async t => {
  const lua = await open(t);
  lua.set("Memory.x", { y: 1 });
  assert.equal(lua.table("Memory").get("x").get("y"), 1);
});

test("after close they are errors", async t => {
  const lua = await open(t);
  await lua.close();
  const closed = { message: "this LuaPersistent is closed" };
  assert.throws(() => lua.set("x", 1), closed);
  assert.throws(() => lua.get("x"), closed);
  await assert.rejects(lua.call("print"), closed);
});
