// index.html, as a person uses it.
"use strict";

const { test, expect } = require("./fixtures.js");

const output = (page) => page.getByRole("status", { name: "Output" });
const editor = (page) => page.getByLabel("Lua code");
const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Opens the page and waits until Lua is there. */
async function open(page) {
  await page.goto("/");
  await expect(button(page, "Run")).toBeEnabled();
}

async function run(page, code) {
  await editor(page).fill(code);
  await button(page, "Run").click();
}

test("the example counts up, and goes on after save, reload and load", async ({ page }) => {
  await open(page);
  for (const count of ["1", "2", "3"]) {
    await button(page, "Run").click();
    await expect(output(page)).toHaveText(count);
  }
  await button(page, "Save").click();
  await expect(page.getByText("Saved as 'default'.")).toBeVisible();

  await page.reload();
  await expect(button(page, "Run")).toBeEnabled();
  await button(page, "Load").click();
  await expect(page.getByText("Loaded 'default'.")).toBeVisible();
  await button(page, "Run").click();
  await expect(output(page)).toHaveText("4");
});

test("without load a reloaded page begins anew", async ({ page }) => {
  await open(page);
  await button(page, "Run").click();
  await button(page, "Save").click();
  await page.reload();
  await button(page, "Run").click();
  await expect(output(page)).toHaveText("1");
});

test("names keep saved memories apart", async ({ page }) => {
  await open(page);
  for (const name of ["first", "__proto__"]) {
    await run(page, `Memory.name = "${name}"`);
    await page.getByLabel("Name").fill(name);
    await button(page, "Save").click();
  }
  await page.getByLabel("Name").fill("first");
  await button(page, "Load").click();
  await run(page, "return Memory.name");
  await expect(output(page)).toHaveText("first");
  await page.getByLabel("Name").fill("never saved");
  await button(page, "Load").click();
  await expect(page.getByText("Nothing is saved as 'never saved'.")).toBeVisible();
});

test("output and values are shown as Lua prints them", async ({ page }) => {
  await open(page);
  await run(page, 'print("<b>grüße</b>", 1.0) return 1, nil, "🌙"');
  await expect(output(page)).toHaveText("<b>grüße</b>\t1.0\n1\tnil\t🌙", { useInnerText: true });
});

test("an error is announced with its traceback, and gone with the next run", async ({ page }) => {
  await open(page);
  await run(page, 'local function f() error("boom") end\nf()');
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("eval:1: boom");
  await expect(alert).toContainText("stack traceback:");
  await expect(output(page)).toHaveText("");
  await run(page, "return 7");
  await expect(output(page)).toHaveText("7");
  await expect(alert).toBeHidden();
});

test("a syntax error is announced", async ({ page }) => {
  await open(page);
  await run(page, "local = 1");
  await expect(page.getByRole("alert")).toContainText("eval:1: <name> expected near '='");
});

test("everything can be done with the keyboard, and Tab leaves the editor", async ({ page }) => {
  await open(page);
  const press = (key) => page.keyboard.press(key);
  await press("Tab");
  await expect(editor(page)).toBeFocused();
  await press("Control+End");
  await press("Control+Enter");
  await expect(output(page)).toHaveText("1");
  await press("Meta+Enter");
  await expect(output(page)).toHaveText("2");
  await press("Tab");
  await expect(button(page, "Run")).toBeFocused();
  await expect(button(page, "Run")).toHaveCSS("outline-style", "solid");
  await press("Enter");
  await expect(output(page)).toHaveText("3");
  await press("Tab");
  await expect(page.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("keys");
  await press("Tab");
  await expect(button(page, "Save")).toBeFocused();
  await press("Space");
  await expect(page.getByText("Saved as 'keys'.")).toBeVisible();
  await press("Tab");
  await expect(button(page, "Load")).toBeFocused();
  await press("Enter");
  await expect(page.getByText("Loaded 'keys'.")).toBeVisible();
  for (let i = 0; i < 4; i++) await press("Shift+Tab");
  await expect(editor(page)).toBeFocused();
});

test("statistics follow what is stored", async ({ page }) => {
  await open(page);
  await run(page, 'Memory.big = string.rep("x", 3 * 1024 * 1024)');
  await expect(page.locator("#externalMB")).toHaveText("3.00");
  await expect(page.locator("#externalTableItems")).not.toHaveText("0");
  expect(Number(await page.locator("#linearMemoryMB").textContent())).toBeGreaterThanOrEqual(2);
});

test("an entry saved by an earlier page loads", async ({ page }) => {
  await open(page);
  await page.evaluate(() => {
    const value = new Uint8Array([2, 41, 0, 0, 0, 0, 0, 0, 0]);
    const tables = [{ id: 1, entries: [[btoa("counter"), value]] }];
    localStorage.setItem("lua_snapshot_default", JSON.stringify({ timestamp: 1, tables }));
  });
  await button(page, "Load").click();
  await button(page, "Run").click();
  await expect(output(page)).toHaveText("42");
});

test("a damaged entry is announced, and Memory stays", async ({ page }) => {
  await open(page);
  await button(page, "Run").click();
  await page.evaluate(() => localStorage.setItem("lua_snapshot_default", "{"));
  await button(page, "Load").click();
  await expect(page.getByRole("alert")).toContainText("'lua_snapshot_default' is damaged");
  await button(page, "Run").click();
  await expect(output(page)).toHaveText("2");
});

test("a full localStorage is announced, and the earlier entry stays", async ({ page }) => {
  await open(page);
  await button(page, "Run").click();
  await button(page, "Save").click();
  await run(page, 'Memory.big = string.rep("x", 6 * 1024 * 1024)');
  await button(page, "Save").click();
  await expect(page.getByRole("alert")).toContainText(/did not take 'lua_snapshot_default' \(8\d{6} bytes\)/);
  await page.reload();
  await button(page, "Load").click();
  await button(page, "Run").click();
  await expect(output(page)).toHaveText("2");
});

test("a server that does not know the MIME type of wasm will do", async ({ page }) => {
  await page.route("**/lua.wasm", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { "content-type": "application/octet-stream" } });
  });
  await open(page);
  await button(page, "Run").click();
  await expect(output(page)).toHaveText("1");
});

test("an engine without wasm exceptions is told which version it needs", async ({ page }) => {
  await page.addInitScript(() => delete WebAssembly.Tag);
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("Chrome 95, Firefox 100, Safari 15.2");
  await expect(button(page, "Run")).toBeDisabled();
});
