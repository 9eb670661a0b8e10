// Programs in databases: they go on in another process's Lua, and go back in one commit.
import assert from "node:assert/strict";
import { LuaPersistent } from "../../js/dist/index.js";
import { until } from "../durable/kept.mjs";
import { eachDatabase } from "./databases.mjs";

eachDatabase((it, database, { storeOf }) => {
  const open = (name, wait) => LuaPersistent.open({ store: storeOf(name), persist: "everything", host: { wait } });
  const values = async (lua, code) => (await lua.run(code)).values;

  it("a program goes on where it was, with what waited", async () => {
    const lua = await open("program", () => new Promise(() => {}));
    lua.run("function f() return x end x = 1 Memory.x = 1 got = host.wait()").catch(() => {});
    await lua.run("x = x + 1");
    await lua.close();
    const again = await open("program", async () => "answer");
    await until(async () => (await values(again, "return got"))[0]);
    assert.deepEqual(await values(again, "return f(), Memory.x, got"), [2, 1, "answer"]);
    await again.close();
  });

  it("a program goes back, and is there when it is opened again", async () => {
    const lua = await open("back");
    await lua.history({ keep: 3 });
    for (let i = 1; i < 4; i++) await lua.run(`x = ${i} Memory.x = ${i} Memory[${i}] = { ${i} }`);
    await lua.rewind((await lua.history())[1].n);
    await lua.close();
    const again = await open("back");
    assert.deepEqual(await values(again, "return x, Memory.x, #Memory"), [1, 1, 1]);
    await again.close();
  });
});
