// What is kept, at the side of index.html: seen, marked when it changes, searched, changed and deleted in place.
import { test, expect } from "./fixtures.js";
import { alertOf, answer, editor, ended, kept, open, run, runTo } from "./page-steps.js";

const treeitem = (page, name) => page.locator("#tree").getByRole("treeitem", { name });

test("what the last run changed is marked, at any depth that is open, and nothing else", async ({ page }) => {
  await open(page);
  await run(page, "Memory.player = { name = 'Ann', hp = 10 } Memory.level = 1 ext.table('shop').sword = 30 own = 1");
  await ended(page);
  await treeitem(page, /^player = /).click();
  await expect(kept(page, "hp")).toContainText("hp = 10");
  await expect(kept(page, 'ext.table("shop")')).toBeVisible();
  await treeitem(page, /^Globals/).click();
  await expect(kept(page, "own")).toContainText("own = 1");
  await run(page, "Memory.player.hp = 9 Memory.new = true");
  await ended(page);
  await expect(page.locator("#tree .row.changed .key")).toHaveText(["Memory", "new", "player", "hp"]);
  await run(page, "local nothing");
  await ended(page);
  await expect(page.locator("#tree .row.changed")).toHaveCount(0);
});

test("values are changed and deleted in place, durably, by keys and by pointer", async ({ page }) => {
  await open(page);
  await run(page, "Memory.hp, Memory.name, Memory.bag = 10, 'Ann', { 1, 2 }");
  await ended(page);
  await treeitem(page, /^hp = /).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("New value of hp").fill("6 * 7");
  await page.keyboard.press("Enter");
  await expect(kept(page, "hp")).toContainText("hp = 42");
  await treeitem(page, /^name = /).click();
  await page.getByRole("button", { name: "Delete name" }).click();
  await expect(kept(page, "name")).toHaveCount(0);
  const questions = answer(page, false);
  await treeitem(page, /^bag = /).focus();
  await page.keyboard.press("Delete");
  await expect.poll(() => questions).toEqual(["Delete bag with kept, 2 fields?"]);
  await expect(kept(page, "bag")).toBeVisible();
  await treeitem(page, /^hp = /).dblclick();
  await page.getByLabel("New value of hp").fill("print");
  await page.keyboard.press("Enter");
  await expect(alertOf(page)).toContainText("cannot store a function");
  await page.reload();
  await expect(kept(page, "hp")).toContainText("hp = 42");
  await runTo(page, "return Memory.hp, Memory.name", "42 nil");
});

test("search finds keys and values with their paths", async ({ page }) => {
  await open(page);
  await run(page, "Memory.places = { { town = 'Oslo' }, { town = 'Cairo' } } Memory.note = 'to Oslo'");
  await ended(page);
  await page.getByLabel("Search keys and values").fill("Oslo");
  const found = page.getByRole("list", { name: "Found" }).getByRole("listitem");
  await expect(found).toHaveText(['Memory.note = "to Oslo"', 'Memory.places[1].town = "Oslo"']);
  await page.getByLabel("Search keys and values").fill("nowhere");
  await expect(found).toHaveText(["Nothing found."]);
  await page.getByLabel("Search keys and values").fill("");
  await expect(kept(page, "note")).toBeVisible();
});

test("100,000 keys of Memory show their first hundred, and more when asked", async ({ page }) => {
  await open(page);
  await run(page, "for i = 1, 100000 do Memory[i] = i end");
  await expect(page.locator("#tree .more")).toHaveText("99,900 more fields …", { timeout: 20_000 });
  await page.locator("#tree .more").click();
  await expect(page.locator("#tree .more")).toHaveText("99,400 more fields …");
  await editor(page).focus();
  await runTo(page, "return #Memory", "100000");
});

test("who refers to a table is shown by keys and by pointer", async ({ page }) => {
  await open(page);
  await run(page, 'Memory.town = { name = "Oslo" } Memory.trip = { to = Memory.town }');
  await ended(page);
  await kept(page, "town").focus();
  await page.keyboard.press("r");
  const found = page.getByRole("list", { name: "Found" });
  await expect(found.getByRole("listitem")).toHaveText([
    /^Fields that refer to town: 2\./,
    /^Memory\.(town|trip\.to) = /,
    /^Memory\.(town|trip\.to) = /,
  ]);
  await page.keyboard.press("Enter");
  await expect(kept(page, "town")).toBeFocused();
  await kept(page, "trip").hover();
  await page.getByRole("button", { name: "Who refers to trip" }).click();
  await expect(found.getByRole("listitem")).toHaveText([/^Fields that refer to trip: 1\./, /^Memory\.trip = /]);
});

test("a slider goes back to moments after runs, with globals and Memory, and forward again", async ({ page }) => {
  await open(page);
  const slider = page.getByRole("slider", { name: "Earlier moments" });
  await expect(slider).toBeHidden();
  const code = "Memory.n = (Memory.n or 0) + 1 mine = (mine or 0) + 10 return Memory.n, mine";
  for (const text of ["1 10", "2 20", "3 30"]) await runTo(page, code, text);
  await expect(page.getByRole("button", { name: "Go back" })).toBeDisabled();
  await slider.focus();
  await page.keyboard.press("Home");
  await expect(page.locator("#history")).toContainText("As this page was opened");
  await page.keyboard.press("ArrowRight");
  await expect(page.locator("#history")).toContainText("After run 1, ");
  await page.getByRole("button", { name: "Go back" }).click();
  await expect(kept(page, "n")).toContainText("n = 1");
  await expect(page.locator("#history")).toContainText("Now");
  await runTo(page, "return Memory.n, mine", "1 10");
  await slider.focus();
  for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowLeft");
  await expect(page.locator("#history")).toContainText("After run 3, ");
  await page.getByRole("button", { name: "Go back" }).click();
  await expect(kept(page, "n")).toContainText("n = 3");
  await page.reload();
  await expect(kept(page, "n")).toContainText("n = 3");
  await runTo(page, "return Memory.n, mine", "3 nil");
});
