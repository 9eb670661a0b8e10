// Content security policy: `wasm-unsafe-eval` is all that the library needs beside scripts of its own origin.
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as base from "@playwright/test";
import { test, expect } from "./fixtures.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const policy = scripts => `default-src 'none'; script-src ${scripts}; connect-src 'self'; img-src data:`;

/** Opens open.html under a policy. */
async function openUnder(page, scripts) {
  await page.route("**/open.html", route =>
    route.fulfill({
      path: path.join(HERE, "pages/open.html"),
      headers: { "Content-Type": "text/html", "Content-Security-Policy": policy(scripts) },
    }),
  );
  await page.goto("/open.html");
}

test("with 'self' and 'wasm-unsafe-eval' everything works: stores, views, images, snapshots", async ({ page }) => {
  await openUnder(page, "'self' 'wasm-unsafe-eval'");
  const values = await page.evaluate(async () => {
    const lua = await LuaPersistent.open({ store: "indexedDB", name: "csp" });
    await lua.run("Memory.x = {1, 2}");
    const copy = await LuaPersistent.openImage(await lua.saveImage(), { store: "localStorage" });
    lua.restoreSnapshot(lua.createSnapshot());
    return [...(await copy.run("return Memory.x[2]")).values, lua.table(1).get("x").size];
  });
  expect(values).toEqual([2, 2]);
});

base.test("without 'wasm-unsafe-eval' the error says that the policy forbids it", async ({ page }) => {
  await openUnder(page, "'self'");
  const message = await page.evaluate(() => LuaPersistent.open().catch(({ message }) => message));
  expect(message).toMatch(/^cannot load 'lua\.wasm': .*Content Security Policy/);
});
