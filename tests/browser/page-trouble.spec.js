// index.html when something is long, or goes wrong: results below much output, a page opened as a file, a Lua that failed.
import { trappingModule } from "../fault/instrument.mjs";
import { test, expect } from "./fixtures.js";
import { alertOf, button, notice, open, run, runButton, runTo, values } from "./page-steps.js";

const INDEX = new URL("../../web/index.html", import.meta.url).href;
const NOT_STARTED = { name: "The scripts of this page have not started" };

for (const height of [720, 360]) {
  test(`the result after 300 lines of output is in view, in a window of ${height} pixels`, async ({ page }) => {
    await page.setViewportSize({ width: 640, height });
    await open(page);
    await run(page, "for i = 1, 300 do print(i) end return 'the result'");
    await expect(values(page)).toHaveText('"the result"');
    await expect(values(page)).toBeInViewport({ ratio: 0.99 });
  });
}

test("an error after much output is in view", async ({ page }) => {
  await page.setViewportSize({ width: 640, height: 480 });
  await open(page);
  await run(page, "for i = 1, 300 do print(i) end error('the error')");
  await expect(alertOf(page)).toBeInViewport({ ratio: 0.99 });
});

test("a question after much output is in view, and what is below the toolbar does not move while it waits", async ({
  page,
}) => {
  await open(page);
  await run(page, "return 1");
  const top = async () => (await page.locator("#cells").boundingBox()).y + (await page.evaluate(() => window.scrollY));
  const before = await top();
  await run(page, "for i = 1, 3000 do print(i) end return page.ask('Your name?')");
  await expect(page.getByLabel("Your name?")).toBeInViewport({ ratio: 0.99 });
  await expect(page.locator("#progress")).toContainText("Waiting for page.ask …");
  expect(await top()).toBe(before);
  await button(page, "Stop").click();
});

test("opened as a file, the page says how to serve it", async ({ browser }) => {
  const page = await browser.newPage();
  await page.goto(INDEX);
  await expect(page.getByRole("heading", NOT_STARTED)).toBeVisible();
  await expect(page.getByText("npm start")).toBeVisible();
  await expect(button(page, "Run all")).toBeDisabled();
  await page.close();
});

test("where a server forbids the script that is in the page, it runs all the same, only later", async ({
  browser,
  baseURL,
}) => {
  const page = await browser.newPage({ baseURL, serviceWorkers: "block" });
  await page.route(`${baseURL}/`, async route => {
    const response = await route.fetch();
    const policy = "script-src 'self' 'wasm-unsafe-eval'";
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
  });
  await open(page);
  expect(await page.evaluate(() => window.begunLua)).toBeUndefined();
  await runTo(page, "return 1", "1");
  await page.close();
});

test("served, the page does not speak of files", async ({ page }) => {
  await open(page);
  await expect(page.getByRole("heading", { ...NOT_STARTED, includeHidden: true })).toHaveCount(0);
});

/** lua.wasm whose `os.tmpname` traps. */
async function trapInTmpname(page) {
  const body = Buffer.from(trappingModule(/^os_tmpname$/));
  await page.route("**/lua.wasm", route => route.fulfill({ contentType: "application/wasm", body }));
}

for (const without of ["", "Worker"]) {
  test(`when Lua itself failed${without && ", without workers"}, it is restarted and the page says so, with Memory as last committed`, async ({
    page,
  }) => {
    await page.addInitScript(name => delete window[name], without);
    await trapInTmpname(page);
    await open(page);
    await runTo(page, "x = 1 Memory.counter = 1 return 1", "1");
    await run(page, "Memory.counter = 2 print('begun') os.tmpname()");
    await expect(alertOf(page)).toContainText("this Lua instance failed");
    await expect(notice(page)).toHaveText(
      "Lua was restarted. Globals are lost; Memory is as the last completed run left it.",
    );
    await runTo(page, "return x, Memory.counter", "nil 1");
    await expect(notice(page)).toHaveText("");
  });
}

test("while a run takes long, the page shows that it goes on: for how long, in how many steps", async ({ page }) => {
  await open(page);
  await run(page, "while true do end");
  await expect(page.getByText(/^Running … [1-9] s, about [\d.]+ million steps$/)).toBeVisible();
  await button(page, "Stop").click();
  await expect(page.locator("#progress")).toHaveText("");
});

test("a script that waits shows what it waits for", async ({ page }) => {
  await open(page);
  await run(page, "host.sleep(1.5) return page.ask('Go on?')");
  await expect(page.locator("#progress")).toContainText("Waiting for host.sleep …");
  await expect(page.locator("#progress")).toContainText("Waiting for page.ask …");
  await page.getByLabel("Go on?").fill("yes");
  await page.keyboard.press("Enter");
  await expect(values(page)).toHaveText('"yes"');
  await expect(page.locator("#progress")).toHaveText("");
});

test("while Memory is opened, the page shows that it goes on", async ({ page }) => {
  await page.route("**/lua.wasm", async route => {
    await new Promise(resolve => setTimeout(resolve, 1500));
    await route.continue();
  });
  await page.goto("/");
  await expect(page.getByText(/^Opening Memory … \d s$/)).toBeVisible();
  await expect(runButton(page)).toBeEnabled();
  await expect(page.locator("#progress")).toHaveText("");
});
