// How index.html looks and sounds: no finding of axe, light and dark, large enough for fingers, with screenshots in
// test-results/.
import fs from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { test, expect } from "./fixtures.js";
import { button, cell, choose, ended, kept, open, run, values } from "./page-steps.js";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const STORY = `
Memory.scores = { 3, 1, 4, 1, 5, 9, 2, 6 }
Memory.player = { name = "Ann", hp = 42, bag = { "sword", "rope" } }
print("Scores so far:")
page.plot { title = "Scores", y = Memory.scores, kind = "bars" }
page.table { { town = "Oslo", degrees = 11.5 }, { town = "Cairo", degrees = 35.0 } }
return Memory.player, #Memory.scores, "done"`;

async function findings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
}

/** A page that shows a bit of everything, an error too. */
async function tell(page) {
  await open(page);
  await run(page, STORY);
  await ended(page);
  await page
    .locator("#tree")
    .getByRole("treeitem", { name: /^player = / })
    .click();
  await expect(kept(page, "hp")).toBeVisible();
  await button(page, "Add a cell").click();
  await page.locator(".cm-content").last().fill('local function f() error("boom") end\nf()');
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("alert")).toContainText("boom");
  await expect(button(page, "Restart Lua")).toBeEnabled();
}

const SIZES = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of Object.entries(SIZES)) {
    test(`axe finds nothing on a ${name} in ${colorScheme}`, async ({ page }, { outputDir }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      await tell(page);
      expect(await findings(page)).toEqual([]);
      await page.screenshot({ path: `${outputDir}/../page-${name}-${colorScheme}.png`, fullPage: name === "phone" });
      await button(page, "Help and keys").click();
      expect(await findings(page)).toEqual([]);
    });
  }
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in dialogs and in a frame, in ${colorScheme}`, async ({ page }, { outputDir }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await open(page);
    for (const name of ["Notebooks…", "Save as one HTML file…", "Share by a link…"]) {
      await choose(page, name);
      await expect(page.getByRole("dialog")).toBeVisible();
      expect(await findings(page), name).toEqual([]);
      await page.screenshot({ path: `${outputDir}/../page-${name.split(" ")[0]}-${colorScheme}.png` });
      await button(page, "Close").click();
    }
    await open(page, "/?embed&viewer=no#lua=return%201");
    expect(await findings(page)).toEqual([]);
  });
}

test("on a phone menus and dialogs are within the screen, and a cell's head is one line", async ({ page }) => {
  await page.setViewportSize(SIZES.phone);
  await open(page);
  const widthOf = async locator => {
    const { x, width } = await locator.boundingBox();
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(SIZES.phone.width);
  };
  for (const name of ["Examples", "Notebook"]) {
    await page.getByText(name, { exact: true }).click();
    await widthOf(page.locator("details[open] .sheet"));
  }
  await page.locator("#notebook-actions").getByRole("button", { name: "Notebooks…" }).click();
  await widthOf(page.getByRole("dialog"));
  await button(page, "Close").click();
  const head = page.locator(".cell-head");
  const { height } = await head.boundingBox();
  await run(page, "return 1");
  await ended(page);
  await expect(head).toContainText("run 1");
  expect((await head.boundingBox()).height).toBe(height);
});

test("on a phone every control is large enough for fingers, and the text of editors for eyes", async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({ baseURL, viewport: SIZES.phone, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await open(page);
  await run(page, "print(1) return 1");
  await expect(values(page)).toHaveText("1");
  for (const control of await page.locator("button:visible, summary:visible, input:visible").all()) {
    const { height } = await control.boundingBox();
    expect(height, await control.evaluate(element => element.outerHTML)).toBeGreaterThanOrEqual(44);
  }
  const sizeOf = selector =>
    page
      .locator(selector)
      .first()
      .evaluate(element => getComputedStyle(element).fontSize);
  expect(await sizeOf(".cm-content")).toBe("16px");
  await context.close();
});

test("who wants little motion gets none that goes on", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open(page);
  await run(page, "Memory.n = 1 while true do end");
  await expect(button(page, "Stop")).toBeEnabled();
  const moving = () =>
    page.evaluate(
      () => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().duration > 1).length,
    );
  expect(await moving()).toBe(0);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  expect(await moving()).toBeGreaterThan(0);
  await button(page, "Stop").click();
});

test("the list of keys begins at its beginning, also on a phone, where it is longer than the screen", async ({
  page,
}) => {
  await page.setViewportSize(SIZES.phone);
  await open(page);
  await button(page, "Help and keys").click();
  await expect(page.getByRole("heading", { name: "Keys" })).toBeInViewport();
  await page.keyboard.press("Tab");
  await expect(button(page, "Close")).toBeFocused();
});

test("text of a plot is as large on a phone as elsewhere", async ({ page }) => {
  await page.setViewportSize(SIZES.phone);
  await open(page);
  await run(page, "page.plot{ 1, 4, 9 }");
  const text = cell(page).locator("svg text").first();
  await expect(text).toBeVisible();
  const scale = await cell(page)
    .locator("svg")
    .evaluate(svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width);
  expect(scale).toBeGreaterThan(0.9);
});

test("the colours can be chosen, and are the same after a reload", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await open(page);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await button(page, "Colours: system. Change to light").click();
  await button(page, "Colours: light. Change to dark").click();
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await background()).toBe(dark);
  await expect(button(page, "Colours: dark. Change to system")).toBeVisible();
});

test("the question mark shows the keys, and Escape closes them", async ({ page }) => {
  await open(page);
  await page.getByRole("heading", { name: "Persistent Lua" }).click();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Run the cell and go to the next one");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(cell(page)).toBeVisible();
});

test("the static site dist/ works from any folder of a server", async ({ page }) => {
  const files = new URL("../../dist/", import.meta.url);
  await page.route("**/some/folder/**", route => {
    const name = new URL(route.request().url()).pathname.replace("/some/folder/", "") || "index.html";
    return route.fulfill({ path: fileURLToPath(new URL(name, files)) });
  });
  await open(page, "/some/folder/");
  await run(page, "return Memory.n, 1 + 1");
  await expect(values(page)).toHaveText("nil2");
});

test("the editor uses the room of a wide screen", async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await open(page);
  expect((await page.locator(".cm-editor").boundingBox()).width).toBeGreaterThan(1300);
});
