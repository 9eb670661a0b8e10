// os.exit in JavaScript: the run is over, and that is no error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";

const wasm = new URL("../../web/lua.wasm", import.meta.url);

for (const kind of ["open", "openWorker"]) {
  test(`a run that calls os.exit gives its output and the code: ${kind}`, async () => {
    const lua = await LuaPersistent[kind]({ wasm });
    assert.deepEqual(await lua.run("print('hi') os.exit(0) print('on')"), { output: "hi\n", values: [], exit: 0 });
    for (const [args, exit] of [
      ["", 0],
      ["true", 0],
      ["false", 1],
      ["7", 7],
      ["-1", -1],
      ["math.maxinteger", 2n ** 63n - 1n],
    ]) {
      assert.deepEqual(await lua.run(`pcall(os.exit, ${args || "nil"}) return 1`), { output: "", values: [], exit });
    }
    assert.equal(await lua.eval("io.write('hi') os.exit(3)"), "hi");
    assert.deepEqual(await lua.run("return 1"), { output: "", values: [1] });
    await lua.close();
  });

  test(`errors that only look like an exit are errors: ${kind}`, async () => {
    const lua = await LuaPersistent[kind]({ wasm });
    for (const source of [
      "error('exit', 0)",
      "error(setmetatable({}, { __tostring = function() return 'exit' end }))",
    ]) {
      await assert.rejects(lua.run(source), { name: "LuaError", message: "exit" });
    }
    await lua.close();
  });
}

test("what a run changed before os.exit stays; with rollbackOnError only after the code 0", async () => {
  const plain = await LuaPersistent.open({ wasm });
  await plain.run("Memory.x = 1 os.exit(1)");
  assert.deepEqual((await plain.run("return Memory.x")).values, [1]);
  const strict = await LuaPersistent.open({ wasm, rollbackOnError: true });
  await strict.run("Memory.x = 1 os.exit(0)");
  await strict.run("Memory.x = 2 os.exit(1)");
  await strict.run("Memory.x = 3 os.exit(false)");
  assert.deepEqual((await strict.run("return Memory.x")).values, [1]);
  await plain.close();
  await strict.close();
});

test("the plain interface has no codes: it throws the error exit", async () => {
  const plain = await new LuaPersistent().load(wasm);
  assert.throws(() => plain.eval("os.exit()"), { name: "LuaError", message: "exit" });
});
