// Images in a browser, and from one to Node and back.
import { LuaPersistent as NodeLua } from "../../web/lua-persistent.mjs";
import { test, expect } from "./fixtures.js";

const BIG = `
  big = {} for i = 1, 180000 do big[i] = {i, tostring(i) .. ("x"):rep(60)} end big.self = big
  co = coroutine.wrap(function() for i = 1, #big do coroutine.yield(big[i][1]) end end) co()
  Memory.x = {1} open = Memory.x`;
const STATE = `
  local n = 0 for i = 1, #big do n = n + big[i][1] + #big[i][2] end
  return n, big.self == big, co(), open == Memory.x, Memory.x[1]`;

test("a heap of 30 MB with a suspended coroutine, a cycle and an open table goes through", async ({
  page,
  openExtra,
}) => {
  await openExtra("open.html");
  const outcome = await page.evaluate(
    async ([big, state]) => {
      const lua = await LuaPersistent.open();
      await lua.run(big);
      const { luaBytes } = lua.getStats();
      const image = await lua.saveImage();
      const copy = await LuaPersistent.openImage(image);
      return { luaBytes, before: (await lua.run(state)).values, after: (await copy.run(state)).values };
    },
    [BIG, STATE],
  );
  expect(outcome.luaBytes).toBeGreaterThan(30e6);
  expect(outcome.after).toEqual(outcome.before);
  expect(outcome.after.slice(1)).toEqual([true, 2, true, 1]);
});

test("an image moves from a browser to Node, and back", async ({ page, openExtra }) => {
  await openExtra("open.html");
  const fromPage = await page.evaluate(async () => {
    const lua = await LuaPersistent.open();
    await lua.run("co = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) co() Memory.x = 'page'");
    return [...(await lua.saveImage())];
  });
  const inNode = await NodeLua.openImage(Uint8Array.from(fromPage));
  expect((await inNode.run("return co(), Memory.x")).values).toEqual([2, "page"]);
  await inNode.run("Memory.x = 'node'");
  const fromNode = [...(await inNode.saveImage())];
  const back = await page.evaluate(async image => {
    const lua = await LuaPersistent.openImage(Uint8Array.from(image), { store: "indexedDB" });
    const { values } = await lua.run("return co(), Memory.x");
    await lua.close();
    const again = await LuaPersistent.open({ store: "indexedDB" });
    return [...values, ...(await again.run("return Memory.x, co")).values];
  }, fromNode);
  expect(back).toEqual([3, "node", "node", undefined]);
});
