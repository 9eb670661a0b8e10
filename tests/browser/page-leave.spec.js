// index.html in the back/forward cache: a page that is left gives its store to other tabs, and has it again when it is
// shown again. Playwright turns that cache off, unless it is told not to.
import { test, expect } from "./fixtures.js";
import { alertOf, button, notice, open, printed, run, runButton, runTo } from "./page-steps.js";
import config from "./playwright.config.js";

test.use({ launchOptions: { ...config.use.launchOptions, ignoreDefaultArgs: ["--disable-back-forward-cache"] } });

const COUNT = "Memory.counter = (Memory.counter or 0) + 1 return Memory.counter";

const ELSEWHERE = "<!doctype html><link rel=icon href=data:,>";

/** Goes elsewhere from a page that is marked as the one it is. */
async function leave(page) {
  await page.evaluate(() => (window.isSame = true));
  await page.route("**/elsewhere", route => route.fulfill({ contentType: "text/html", body: ELSEWHERE }));
  await page.goto("/elsewhere");
}

/** Goes back; fails when the browser has made the page anew. */
async function goBack(page) {
  // It does not load again.
  await page.goBack({ waitUntil: "commit" });
  expect(await page.evaluate(() => window.isSame), "the page was in the back/forward cache").toBe(true);
}

/** Leaves a page that has counted to 1; another tab counts to 2 meanwhile, and is closed. */
async function leaveToAnother(page, context) {
  await leave(page);
  const second = await context.newPage();
  await open(second);
  await runTo(second, COUNT, "2");
  await second.close();
  await goBack(page);
}

test("a tab that waits has Memory when the first page is left, and the first one, shown again, says who has it", async ({
  page,
  context,
}) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const second = await context.newPage();
  await second.goto("/");
  await button(second, "Wait for it").click();
  await leave(page);
  await runTo(second, COUNT, "2");
  await goBack(page);
  await expect(page.getByRole("heading", { name: "Memory is open in another tab" })).toBeVisible();
  await button(page, "Wait for it").click();
  await second.close();
  await runTo(page, COUNT, "3");
});

test("what another tab wrote meanwhile is there when the page is shown again", async ({ page, context }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  await leaveToAnother(page, context);
  await expect(notice(page)).toHaveText(
    /^This page was left, and is here again\. Lua was restarted\. Globals are lost/,
  );
  await runTo(page, COUNT, "3");
  await page.reload();
  await runTo(page, COUNT, "4");
});

test("a run under way when the page is left is ended, changes nothing, and the page says so", async ({ page }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  await run(page, "Memory.counter = 99 print('begun') while true do end");
  await expect(printed(page)).toHaveText("begun");
  await leave(page);
  await goBack(page);
  await expect(notice(page)).toHaveText(/^The run was ended when this page was left\./);
  await expect(alertOf(page)).toBeHidden();
  await expect(button(page, "Stop")).toBeDisabled();
  await runTo(page, COUNT, "2");
});

test("a page that waits does not take Memory while it is left, and waits again when it is shown again", async ({
  page,
  context,
}) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const [second, third] = [await context.newPage(), await context.newPage()];
  await second.goto("/");
  await button(second, "Wait for it").click();
  await expect(second.getByText("Waiting until that tab is closed")).toBeVisible();
  await leave(second);
  await page.close();
  await open(third);
  await runTo(third, COUNT, "2");
  await goBack(second);
  await expect(runButton(second)).toBeDisabled();
  await third.close();
  await runTo(second, COUNT, "3");
});

test("Memory that is not kept, and what could not be saved, stay with the page", async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, "indexedDB", { value: undefined });
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new DOMException("denied", "SecurityError");
      },
    });
  });
  await open(page);
  await runTo(page, COUNT, "1");
  await leave(page);
  await goBack(page);
  await runTo(page, COUNT, "2");
});

test("without workers, too, the store is free while the page is left", async ({ page, context }) => {
  await page.addInitScript(() => delete window.Worker);
  await open(page);
  await runTo(page, COUNT, "1");
  await leaveToAnother(page, context);
  await runTo(page, COUNT, "3");
});
