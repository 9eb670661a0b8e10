// index.html: everything of a notebook in a file and in a second tab, and the notebooks that a browser keeps.
import fs from "node:fs";
import { test, expect } from "./fixtures.js";
import {
  alertOf,
  answer,
  button,
  cell,
  choose,
  editor,
  ended,
  kept,
  notice,
  open,
  ready,
  run,
  runTo,
} from "./page-steps.js";

async function saved(page) {
  const downloading = page.waitForEvent("download");
  await choose(page, "Save as a .luap file");
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^notebook-\d{4}-\d\d-\d\dT[\d-]{8}\.luap$/);
  return fs.readFileSync(await download.path());
}

const openFile = (page, name, buffer) =>
  page.locator("#lua-file").setInputFiles({ name, mimeType: "application/octet-stream", buffer });

const STORY = "Memory.n = (Memory.n or 0) + 1 function twice(x) return 2 * x end return twice(Memory.n)";

test("a .luap file has cells, Memory and globals, and opens in another browser", async ({ page, browser, baseURL }) => {
  await open(page);
  await runTo(page, STORY, "2");
  const file = await saved(page);
  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await open(other);
  await runTo(other, "mine = 1 Memory.n = 50 return 0", "0");
  const questions = answer(other, false);
  await openFile(other, "a.luap", file);
  await expect.poll(() => questions.join()).toContain("Replace these cells, everything in Memory and all globals");
  await runTo(other, "return Memory.n", "50");
  answer(other, true);
  await openFile(other, "a.luap", file);
  await expect(notice(other)).toContainText("This notebook is now what was in 'a.luap'.");
  await expect(editor(other)).toHaveText(STORY);
  await expect(kept(other, "n")).toContainText("n = 1");
  await runTo(other, "return twice(21), Memory.n, mine", "42 1 nil");
  await other.reload();
  await runTo(other, "return Memory.n, twice", "1 nil");
  await context.close();
});

test("a .luap file that is damaged is refused, and changes nothing", async ({ page }) => {
  await open(page);
  await runTo(page, STORY, "2");
  const file = await saved(page);
  answer(page, true);
  file[file.length - 9] ^= 1;
  await openFile(page, "a.luap", file);
  await expect(alertOf(page)).toHaveText("'a.luap' is damaged: it does not match its checksum");
  await runTo(page, STORY, "4");
});

test("a notebook is copied to another tab with everything, and both go on by themselves", async ({ page, context }) => {
  await open(page);
  await runTo(page, STORY, "2");
  const opening = context.waitForEvent("page");
  await choose(page, "Copy to another tab");
  const copy = await opening;
  await ready(copy);
  await expect(copy.getByText("This is ‘Copy of Your first notebook’")).toBeVisible();
  await expect(editor(copy)).toHaveText(STORY);
  await runTo(copy, "return twice(Memory.n) .. ''", '"2"');
  await runTo(copy, "Memory.n = 100 return 1", "1");
  await runTo(page, "return Memory.n", "1");
  await copy.reload();
  await runTo(copy, "return Memory.n, twice", "100 nil");
});

test("while a cell runs nothing is copied, and both tabs say so", async ({ page, context }) => {
  await open(page);
  await run(page, "while true do end");
  await expect(button(page, "Stop")).toBeEnabled();
  const opening = context.waitForEvent("page");
  await choose(page, "Copy to another tab");
  await expect(alertOf(page)).toContainText("A cell is running");
  await expect(alertOf(await opening)).toContainText("This notebook was not copied: A cell is running");
  await button(page, "Stop").click();
});

test("the notebooks of this browser are listed with their sizes, and each that is not open can be deleted", async ({
  page,
  context,
}) => {
  await open(page, "/?notebook=Maps");
  await runTo(page, 'Memory.big = ("x"):rep(100000) return 1', "1");
  const other = await context.newPage();
  await open(other);
  await choose(other, "Notebooks…");
  const item = name => other.getByRole("listitem").filter({ hasText: name });
  await expect(item("Maps")).toContainText(/Memory\.big = .*1 cell · \d\d\.\d KiB/);
  await expect(item("Your first notebook")).toContainText("open here");
  await expect(item("Your first notebook").getByRole("button")).toHaveCount(0);
  const questions = answer(other, true);
  await item("Maps").getByRole("button", { name: "Delete Maps" }).click();
  await expect(other.getByRole("dialog")).toContainText("‘Maps’ is open in another tab");
  expect(questions).toEqual(["Delete ‘Maps’ with its cells and its Memory? This cannot be undone."]);
  await page.close();
  await item("Maps").getByRole("button", { name: "Delete Maps" }).click();
  await expect(item("Maps")).toHaveCount(0);
  expect(await other.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))).toEqual([
    "lua_store/page",
  ]);
  await other.getByLabel("Name of a new one").fill("Maps");
  await other.getByRole("button", { name: "Begin it" }).click();
  await ready(other);
  await runTo(other, "return Memory.big", "nil");
  await expect(cell(other)).toBeVisible();
  await ended(other);
});

test("notebooks that came by links and were not opened for a month are offered for deletion together", async ({
  page,
  context,
}) => {
  await open(page, "/?notebook=Maps");
  const visit = async code => {
    const tab = await context.newPage();
    await open(tab, `/#lua=${encodeURIComponent(code)}`);
    await runTo(tab, "Memory.x = 1 return 1", "1");
    await tab.close();
  };
  const age = () => {
    for (const key of Object.keys(localStorage))
      if (key.startsWith("lua_page_opened/")) localStorage[key] = Date.now() - 31 * 24 * 3600 * 1000;
  };
  await visit("return 'one'");
  await visit("return 'two'");
  await page.evaluate(age);
  await visit("return 'three'");
  await choose(page, "Notebooks…");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("link", { name: "A notebook that came by a link" })).toHaveCount(3);
  await expect(dialog).toContainText(
    /2 notebooks that came by links or in other pages, not opened for a month: [\d.]+ KiB\./,
  );
  const questions = answer(page, true);
  await dialog.getByRole("button", { name: "Delete them…" }).click();
  await expect(dialog.getByRole("link", { name: "A notebook that came by a link" })).toHaveCount(1);
  expect(questions).toEqual(["Delete 2 notebooks with cells and Memory? This cannot be undone."]);
  await expect(dialog.getByText("not opened for a month")).toHaveCount(0);
  const left = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(left.filter(name => name.includes("shared-"))).toHaveLength(1);
});
