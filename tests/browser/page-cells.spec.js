// Cells of index.html: run one by one or all, with values as trees, and with what page.plot and its like show.
import zlib from "node:zlib";
import { test, expect } from "./fixtures.js";
import { alertOf, button, cell, ended, open, printed, run, runButton, runTo, values, write } from "./page-steps.js";

/** A picture of 2 by 3 pixels. */
const PNG = pngOf(2, 3).toString("hex");

function pngOf(width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const rows = zlib.deflateSync(Buffer.alloc((width + 1) * height, 0));
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

/** CRC-32. */
function crc(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** Adds a cell with this text. */
async function add(page, code) {
  await button(page, "Add a cell").click();
  await page.locator(".cm-content").last().fill(code);
}

test("cells run one after the other; one that fails ends the rest, and shows its error", async ({ page }) => {
  await open(page);
  await write(page, "x = 1 host.sleep(0.2)");
  await add(page, "x = x + 1 print('second') return x");
  await add(page, "error('third')");
  await add(page, "return 'not reached'");
  await button(page, "Run all").click();
  await expect(cell(page, 2)).toContainText("waits for its turn");
  await expect(values(page, 2)).toHaveText("2");
  await expect(printed(page, 2)).toHaveText("second");
  await expect(alertOf(page)).toContainText("run 3:1: third");
  await ended(page, 4);
  await expect(values(page, 4)).toBeHidden();
  await expect(cell(page, 2)).toContainText(/run 2, [\d.]+ m?s, under 50,000 steps/);
});

test("a cell shows how long its run took, in time and in steps", async ({ page }) => {
  await open(page);
  await run(page, "for i = 1, 3e6 do end");
  await expect(cell(page)).toContainText(/run 1, [\d.]+ m?s, about \d\.\d million steps/);
  await page.getByText("Statistics").click();
  await expect(page.locator("#lastRun")).toHaveText(/^[\d.]+ m?s, about \d\.\d million steps$/);
});

test("values that are kept tables are as they are now, whatever ran since, and as far unfolded as they were", async ({
  page,
}) => {
  await open(page);
  await run(page, "Memory.player = { name = 'Ann', hp = 9 } Memory.level = 1 return Memory.player, 'done'");
  const tree = values(page).getByRole("tree");
  const item = name => tree.getByRole("treeitem", { name });
  await item(/^1 = /).click();
  await expect(item(/^hp = 9/)).toBeVisible();
  await add(page, "Memory.player.hp = 8");
  await runButton(page, 2).click();
  await expect(item(/^hp = 8/)).toBeVisible();
  await expect(item(/^name = "Ann"/)).toBeVisible();
  await item(/^1 kept/).click();
  await add(page, "Memory.player.bag = true");
  await runButton(page, 3).click();
  await expect(item(/^1 = \{bag = true, hp = 8/)).toHaveAttribute("aria-expanded", "false");
});

test("a table is a tree: it unfolds by keys and pointer, cycles end, kept tables are as they are now", async ({
  page,
}) => {
  await open(page);
  await run(
    page,
    "t = { name = 'Ann', [1] = 1, long = {} } t.self = t for i = 1, 300 do t.long[i] = i end Memory.n = 1 return t, Memory",
  );
  const tree = values(page).getByRole("tree");
  const item = name => tree.getByRole("treeitem", { name });
  await item(/^1 = /).click();
  await expect(item(/^name = /)).toHaveAccessibleName('name = "Ann"');
  await expect(item(/^\[1\] = /)).toHaveCount(1);
  await expect(item(/^self = /)).not.toHaveAttribute("aria-expanded");
  await expect(item(/^self = /)).toContainText("the same table as 1");
  await item(/^long = /).click();
  await expect(tree).toContainText("200 more fields");
  await tree.getByRole("treeitem", { name: /more fields/ }).click();
  await expect(item(/^\[300\] = /)).toBeVisible();
});

test("a tree is walked with the arrow keys", async ({ page }) => {
  await open(page);
  await run(page, "return { list = { 1, { deep = true } } }");
  const tree = values(page).getByRole("tree");
  const item = name => tree.getByRole("treeitem", { name });
  await tree.getByRole("treeitem").first().focus();
  for (const key of ["ArrowRight", "ArrowRight", "End", "ArrowRight"]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(50);
  }
  await expect(item(/^deep = true/)).toBeVisible();
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
  await expect(item(/^list = /)).toHaveAttribute("aria-expanded", "false");
  await expect(item(/^deep = true/)).toHaveCount(0);
});

test("page.plot, page.table and page.image show what they are given, and say what they cannot", async ({ page }) => {
  await open(page);
  await run(
    page,
    `Memory.y = { 3, 1, 4, 1, 5 }
    page.plot { title = "Digits", y = Memory.y, kind = "bars" }
    page.plot { grid = { { 0, 1 }, { 1, 0 } } }
    page.table { { name = "<b>Ann</b>", hp = 7.0 }, { name = "Bob" } }
    page.image(("${PNG}"):gsub("..", function(code) return string.char(tonumber(code, 16)) end), "two by three")`,
  );
  await expect(cell(page).getByRole("img", { name: /^Digits: 5 points/ })).toBeVisible();
  await expect(cell(page).getByRole("img", { name: /^Grid: 2 rows of 2/ })).toBeVisible();
  await expect(cell(page).getByRole("table")).toContainText("<b>Ann</b>");
  await expect(cell(page).getByRole("columnheader")).toHaveCount(2);
  await expect(cell(page).getByRole("cell", { name: "7.0" })).toHaveCSS("text-align", "right");
  await expect(cell(page).getByRole("img", { name: "two by three" })).toHaveJSProperty("width", 2);
  await run(page, "page.plot{ y = 'x' }");
  await expect(alertOf(page)).toContainText("page.plot: y must be a list of numbers");
  await run(page, "page.image('no picture')");
  await expect(alertOf(page)).toContainText("these bytes are no picture");
  await run(page, "page.html('<b>x</b>')");
  await expect(alertOf(page)).toContainText("field 'html'");
});

test("a script that asks waits for the answer, and can be stopped meanwhile", async ({ page }) => {
  await open(page);
  await run(page, "return 'Hello ' .. page.ask('Your name?')");
  await expect(cell(page)).toContainText("waits for an answer");
  await expect(page.getByLabel("Your name?")).toBeFocused();
  await page.keyboard.type("Ann");
  await page.keyboard.press("Enter");
  await expect(values(page)).toHaveText('"Hello Ann"');
  await run(page, "page.ask('Again?')");
  await expect(page.getByLabel("Again?")).toBeVisible();
  await button(page, "Stop").click();
  await expect(page.getByLabel("Again?")).toHaveCount(0);
  await runTo(page, "return 1", "1");
  await expect(runButton(page)).toBeEnabled();
});
