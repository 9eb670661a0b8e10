// eval: text in, text or LuaError out, and an instance that has failed.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { hostOf, loadFake, fakeWasm, LuaError, LuaPersistent } from "./fake-lua.mjs";

let lua;
beforeEach(async () => {
  lua = await loadFake();
});

test("text goes in and comes out as UTF-8", () => {
  assert.equal(lua.eval("\ufeffgrüße 🌙"), "\ufeffgrüße 🌙");
  assert.equal(lua.eval(""), "");
});

test("a lone surrogate becomes U+FFFD", () => {
  assert.equal(lua.eval("a\ud800b"), "a\ufffdb");
});

test("code that fills the buffer goes through it", () => {
  assert.equal(lua.eval("x".repeat(65_536)).length, 65_536);
});

test("a run-time error has Lua's message, and the traceback apart", () => {
  assert.throws(
    () => lua.eval("!eval:1: boom\nstack traceback:\n\t[C]: in ?"),
    error =>
      error instanceof LuaError &&
      error instanceof Error &&
      error.name === "LuaError" &&
      error.message === "!eval:1: boom" &&
      error.traceback === "stack traceback:\n\t[C]: in ?",
  );
});

test("a syntax error has no traceback", () => {
  assert.throws(() => lua.eval("!eval:1: unexpected symbol"), { message: "!eval:1: unexpected symbol", traceback: "" });
});

test("a message may quote a traceback", () => {
  const message = "!x\nstack traceback:\n\tquoted";
  assert.throws(() => lua.eval(`${message}\nstack traceback:\n\tits own`), { message });
});

test("an empty message is an error too", () => {
  assert.throws(() => lua.eval("!"), { name: "LuaError", message: "!" });
});

test("eval before load says what to do", () => {
  assert.throws(() => new LuaPersistent().eval("1"), /await load\(\) first/);
});

test("after a trap every eval says that the instance is unusable, and load brings back Lua with its tables", async () => {
  hostOf(lua).set(1, "k", [1]);
  for (const code of ["#", "return 1"]) {
    assert.throws(
      () => lua.eval(code),
      /failed \(RuntimeError: .*unreachable.*\) and is unusable: call load\(\) again/i,
    );
  }
  await lua.load(fakeWasm);
  assert.equal(lua.eval("fine"), "fine");
  assert.deepEqual(hostOf(lua).get(1, "k"), [1]);
});
