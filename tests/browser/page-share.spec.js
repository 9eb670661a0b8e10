// What goes out of index.html and comes into it without a server: links, files of Lua, and the examples, which are files of
// examples/page/. Files with everything are in page-whole.spec.js.
import fs from "node:fs";
import { test, expect } from "./fixtures.js";
import {
  alertOf,
  button,
  cell,
  choose,
  editor,
  ended,
  kept,
  open,
  ready,
  runButton,
  runTo,
  write,
} from "./page-steps.js";

const STORY = 'Memory.n = (Memory.n or 0) + 1 return "<b>ü</b>", Memory.n';

/** @returns {Promise<string>} the link of the dialog, which is left open */
async function link(page, { withMemory = false } = {}) {
  await choose(page, "Share by a link…");
  if (withMemory) await page.getByLabel("With what is in Memory now").check();
  await expect(button(page, "Copy")).toBeEnabled();
  await expect(page.getByRole("dialog")).toContainText(/^.*\d+ characters/s);
  return page.getByRole("textbox", { name: "Link" }).inputValue();
}

test("a link has the cells in itself: whoever opens it runs them in a Memory of their own", async ({
  page,
  browser,
  context,
}) => {
  await open(page);
  await runTo(page, STORY, '"<b>ü</b>" 1');
  await button(page, "Add a cell").click();
  await page.keyboard.type("return 'second'");
  const address = await link(page);
  await button(page, "Close").click();
  const others = await browser.newContext();
  const other = await others.newPage();
  const asked = [];
  other.on("request", request => asked.push(request.url()));
  await open(other, address);
  const inLink = address.split("#n=")[1];
  expect(asked.filter(url => url.includes(inLink.slice(0, 20)))).toEqual([]);
  await expect(editor(other)).toHaveText(STORY);
  await expect(editor(other, 2)).toHaveText("return 'second'");
  await expect(other.getByText("This notebook came by a link.")).toBeVisible();
  await runTo(other, STORY, '"<b>ü</b>" 1');
  await other.reload();
  await ready(other);
  await runTo(other, STORY, '"<b>ü</b>" 2');
  await others.close();
  // In the same browser it does not touch one's own, either.
  const tab = await context.newPage();
  await open(tab, address);
  await runTo(tab, "Memory.n = 100 return 1", "1");
  await runTo(page, "return Memory.n", "1");
});

test("a link has Memory, too, when that is wanted, and copies itself", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await runTo(page, 'Memory.bag = { "sword", [0.5] = true } return 1', "1");
  const address = await link(page, { withMemory: true });
  await button(page, "Copy").click();
  await expect(button(page, "Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);
  const tab = await context.newPage();
  await open(tab, address);
  await expect(kept(tab, "bag")).toContainText('{[0.5] = true, "sword"}');
  await runTo(tab, "return Memory.bag[1], Memory.bag[0.5]", '"sword" true');
});

test("cells are saved as a file of Lua, and opened from one, in the place of what was there", async ({ page }) => {
  await open(page);
  await write(page, "local a = 1\nprint(a)");
  await button(page, "Add a cell").click();
  await page.keyboard.type("return 2");
  const downloading = page.waitForEvent("download");
  await choose(page, "Save as a .lua file");
  const file = await downloading;
  expect(file.suggestedFilename()).toMatch(/^notebook-.*\.lua$/);
  const text = fs.readFileSync(await file.path(), "utf8");
  expect(text).toBe("local a = 1\nprint(a)\n-- %%\nreturn 2\n");
  await page
    .locator("#lua-file")
    .setInputFiles({
      name: "x.lua",
      mimeType: "text/plain",
      buffer: Buffer.from("return 'one'\r\n-- %%\r\nreturn 'two'"),
    });
  await expect(editor(page, 2)).toHaveText("return 'two'");
  await expect(cell(page, 3)).toHaveCount(0);
  await button(page, "Undo").click();
  await expect(editor(page)).toHaveText("local a = 1print(a)");
});

/** The files, by the name in the menu; the first line has that, and why. */
const EXAMPLES = fs.readdirSync(new URL("../../examples/page/", import.meta.url)).map(name => {
  const text = fs.readFileSync(new URL(`../../examples/page/${name}`, import.meta.url), "utf8");
  const [, label, why] = /^-- ([^:]+): (.*)$/m.exec(text);
  const cells = text.split(/^-- %%.*\n/m).slice(1);
  return { label, why, cells: cells.map(code => code.replace(/\n+$/, "")) };
});

test("every example opens in one click, with a line of why; it is the file's cells, and what was there comes back", async ({
  page,
}) => {
  await open(page);
  await write(page, "-- mine");
  for (const { label, why, cells } of EXAMPLES) {
    await page.getByText("Examples", { exact: true }).click();
    const item = page.locator("#example-list").getByRole("button", { name: label });
    await expect(item.locator("small")).toHaveText(why[0].toUpperCase() + why.slice(1));
    await item.click();
    await expect(page.locator(".cell"), label).toHaveCount(cells.length);
    const text = await page.evaluate(() => localStorage.getItem("lua_page/page"));
    expect(JSON.parse(text).cells.map(({ code }) => code)).toEqual(cells);
    await expect(editor(page)).toContainText(cells[0].split("\n")[0]);
    await button(page, "Undo").click();
    await expect(editor(page)).toHaveText("-- mine");
  }
});

test("the cellular automaton draws a picture, and the bank undoes what fails halfway", async ({ page }) => {
  await open(page);
  const show = async label => {
    await page.getByText("Examples", { exact: true }).click();
    await page.locator("#example-list").getByRole("button", { name: label }).click();
    await button(page, "Run all").click();
  };
  await show("A cellular automaton");
  await expect(page.getByRole("img", { name: /^.*rows of/ }).first()).toBeVisible();
  await expect(button(page, "Restart Lua")).toBeEnabled();
  await show("A bank in Memory");
  await expect(cell(page, 3).getByRole("table")).toContainText("70Ann50Bob");
  for (let runs = 0; runs < 2; runs++) {
    await runButton(page, 2).click();
    await ended(page, 2);
  }
  await runButton(page, 2).click();
  await expect(alertOf(page)).toContainText("Ann does not have 30");
  await expect(kept(page, "accounts")).toContainText("{Ann = 10, Bob = 110}");
});
