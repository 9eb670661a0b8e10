// An hour's use in fast motion with IndexedDB: the store ends as small as a new one with the same contents.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { HOUR } from "../stores/hour.mjs";
import { test, expect } from "./fixtures.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

test("an hour's use leaves a store of the size of a fresh export", async ({ page }) => {
  test.setTimeout(180_000);
  await page.route("**/stores.html", route => route.fulfill({ path: path.join(HERE, "pages", "stores.html") }));
  await page.goto("/stores.html");
  await page.waitForFunction(() => window.stores);
  const { step, ...hour } = HOUR;
  const told = await page.evaluate(
    async ({ hour, step }) => {
      const { indexedDbStore, memoryStore } = await import("./lua-stores.mjs");
      const options = { store: "indexedDB", name: "hour" };
      const stepOf = new Function(`return ${step}`)();
      await window.stores.open(options);
      await window.lua.run(hour.begin);
      // As a page that is in use: the later runs wait for the commits of earlier ones together.
      for (let i = 1; i <= hour.runs; i += 20) {
        for (let j = i; j < i + 19; j++) window.lua.eval(stepOf(j));
        await window.lua.run(stepOf(i + 19));
      }
      await window.lua.close();
      const store = indexedDbStore({ name: "hour", lock: false });
      const left = [...(await store.load())].length;
      await store.close?.();
      await window.stores.open(options);
      const [last] = await window.stores.run(hour.check);
      const records = new Map();
      const { LuaPersistent } = await import("./lua-persistent.mjs");
      const fresh = await LuaPersistent.open({ store: memoryStore(records) });
      fresh.restoreSnapshot(window.lua.createSnapshot());
      await fresh.close();
      await window.lua.close();
      return { last, left, fresh: records.size };
    },
    { hour, step: step.toString() },
  );
  expect(told.last).toBe(HOUR.runs);
  expect(told.left).toBeLessThanOrEqual(told.fresh);
});
