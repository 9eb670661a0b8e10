// index.html, as a person uses it: running, stopping, errors, statistics. Snapshots and stores are in page-memory.spec.js.
import { test, expect } from "./fixtures.js";
import { alertOf, button, editor, open, output, run } from "./page-steps.js";

test("the example counts up, and goes on after a reload", async ({ page }) => {
  await open(page);
  for (const count of ["1", "2", "3"]) {
    await button(page, "Run").click();
    await expect(output(page)).toHaveText(count);
  }
  await page.reload();
  await button(page, "Run").click();
  await expect(output(page)).toHaveText("4");
});

test("output and values are shown as Lua prints them", async ({ page }) => {
  await open(page);
  await run(page, 'print("<b>grüße</b>", 1.0) return 1, nil, "🌙"');
  await expect(output(page)).toHaveText("<b>grüße</b>\t1.0\n1\tnil\t🌙", { useInnerText: true });
});

test("output is shown while the script runs; Stop ends the script, and nothing that it did to Memory stays", async ({
  page,
}) => {
  await open(page);
  await run(page, "Memory.x = 1");
  await expect(button(page, "Stop")).toBeDisabled();
  await run(page, "Memory.x = 2 print('begun') while true do end");
  await expect(output(page)).toHaveText("begun");
  await expect(button(page, "Export")).toBeDisabled();
  await button(page, "Stop").click();
  await expect(page.getByText("Stopped: nothing that this run did to Memory was kept.")).toBeVisible();
  await expect(alertOf(page)).toBeHidden();
  await expect(button(page, "Stop")).toBeDisabled();
  await expect(button(page, "Run")).toBeFocused();
  await run(page, "return Memory.x");
  await expect(output(page)).toHaveText("1");
});

test("where memory is not shared, Stop costs Lua's globals, and the page says so", async ({ page }) => {
  await open(page);
  await run(page, "x = 1");
  await run(page, "while true do end");
  await button(page, "Stop").click();
  await expect(page.getByText("Globals are lost")).toBeVisible();
  await run(page, "return x");
  await expect(output(page)).toHaveText("nil");
  await expect(page.getByText("Globals are lost")).toBeHidden();
});

test("globals stay from one run to the next", async ({ page }) => {
  await open(page);
  await run(page, "x = 41");
  await run(page, "return x + 1");
  await expect(output(page)).toHaveText("42");
});

test("a script that prints without end does not drown the page", async ({ page }) => {
  await open(page);
  await run(page, "while true do print(('x'):rep(1000)) end");
  await expect.poll(async () => (await output(page).textContent()).length).toBe(2 ** 18);
  await button(page, "Stop").click();
  await run(page, "for i = 1, 300 do print(('x'):rep(1000)) end return 'end'");
  await expect(output(page)).toHaveText(/\[\.\.\. 38156 more characters\]\s+end$/);
});

test("an error is announced with its traceback and its line, and gone with the next run", async ({ page }) => {
  await open(page);
  await run(page, 'print("before")\nlocal function f() error("boom") end\nf()');
  await expect(alertOf(page)).toContainText("run 1:2: boom");
  await expect(alertOf(page)).toContainText("stack traceback:");
  await expect(output(page)).toHaveText("before");
  await expect(editor(page)).toHaveAttribute("aria-invalid", "true");
  await button(page, "Go to line 2").click();
  await expect(editor(page)).toBeFocused();
  expect(await editor(page).evaluate(code => code.value.slice(code.selectionStart, code.selectionEnd))).toContain(
    "local function f()",
  );
  await run(page, "return 7");
  await expect(output(page)).toHaveText("7");
  await expect(alertOf(page)).toBeHidden();
  await expect(page.locator("#mark")).toBeHidden();
  await expect(page.locator("#to-line")).toBeHidden();
});

test("an error in a function of an earlier run marks no line of this one that it does not come from", async ({
  page,
}) => {
  await open(page);
  await run(page, "\n\nfunction area(t) return t.w * t.h end");
  await run(page, "\n\n\n\nlocal x = area({})");
  await expect(alertOf(page)).toContainText("run 1:3: attempt to perform arithmetic");
  await expect(button(page, "Go to line 5")).toBeVisible();
});

/** Code, and the line that is to be marked. */
const MARKED = [
  ["a syntax error", "\n\nlocal = 1", 3],
  ["an error that is a table", "local x = 1\nerror({})", 2],
  ["an error without a position", "\nerror('plain', 0)", 2],
];
for (const [what, code, line] of MARKED) {
  test(`${what}: the mark is on its line, and goes when the text is changed`, async ({ page }) => {
    await open(page);
    await run(page, code);
    const mark = page.locator("#mark");
    await expect(mark).toBeVisible();
    const { y, height } = await mark.boundingBox();
    const { y: top } = await editor(page).boundingBox();
    expect(Math.round((y - top) / height)).toBe(line - 1);
    await expect(button(page, `Go to line ${line}`)).toBeVisible();
    await editor(page).press("End");
    await page.keyboard.type(" ");
    await expect(mark).toBeHidden();
  });
}

test("the mark follows its line, also one that was out of sight", async ({ page }) => {
  await open(page);
  await run(page, `${"\n".repeat(60)}error('far')${"\n".repeat(60)}`);
  const box = await page.locator(".editor").boundingBox();
  const mark = await page.locator("#mark").boundingBox();
  expect(mark.y).toBeGreaterThan(box.y);
  expect(mark.y + mark.height).toBeLessThan(box.y + box.height);
  await editor(page).evaluate(code => (code.scrollTop += 20));
  await expect.poll(async () => (await page.locator("#mark").boundingBox()).y).toBeCloseTo(mark.y - 20, 0);
  expect(await page.locator("#lines").evaluate(({ scrollTop }) => scrollTop)).toBe(
    await editor(page).evaluate(({ scrollTop }) => scrollTop),
  );
});

test("everything can be done with the keyboard, and Tab leaves the editor", async ({ page }) => {
  await open(page);
  const press = key => page.keyboard.press(key);
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
  await editor(page).fill("while true do end");
  await press("Tab");
  await press("Enter");
  await expect(button(page, "Stop")).toBeEnabled();
  await press("Tab");
  await expect(button(page, "Stop")).toBeFocused();
  await press("Space");
  await expect(button(page, "Run")).toBeFocused();
  await expect(button(page, "Export")).toBeEnabled();
  for (const name of ["Export", "Import…", "Clear…"]) {
    await press("Tab");
    await expect(button(page, name)).toBeFocused();
  }
});

test("every control has a name, and nothing is wider than a small screen", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await open(page);
  await run(page, `error(("x"):rep(500))`);
  await expect(alertOf(page)).toBeVisible();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBe(320);
  for (const control of await page.locator("button:visible, textarea, input:visible, select:visible").all()) {
    await expect(control).toHaveAccessibleName(/\w/);
  }
});

test("statistics are figures of what there is", async ({ page }) => {
  await open(page);
  const figure = name => page.locator(`#${name}`).textContent();
  await expect(page.locator("#linearBytes")).toHaveText(/^\d+\.\d\d MiB$/);
  await run(page, 'Memory.big = string.rep("x", 3 * 1024 * 1024) for i = 1, 1e7 do end');
  await expect(page.locator("#externalBytes")).toHaveText("3.00 MiB");
  // Beside the value itself, the note of its size in the catalogue.
  await expect(page.locator("#externalTableItems")).toHaveText("2");
  await expect(page.locator("#externalTableCount")).toHaveText("2");
  await expect(page.locator("#store")).toHaveText("IndexedDB store 'page'");
  await run(page, "collectgarbage()");
  await expect(page.locator("#luaBytes")).toHaveText(/^\d\d\.\d KiB$/);
  expect(parseFloat(await figure("linearBytes"))).toBeGreaterThanOrEqual(5);
  expect(await figure("storeBytes")).toMatch(/^\d+(\.\d+)? (bytes|KiB|MiB)$/);
  expect(parseInt(await figure("lastRun"), 10)).toBeGreaterThan(0);
});

test("a server that does not know the MIME type of wasm will do", async ({ page }) => {
  await page.route("**/lua.wasm", async route => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { "content-type": "application/octet-stream" } });
  });
  await open(page);
  await button(page, "Run").click();
  await expect(output(page)).toHaveText("1");
});

test("in an engine without wasm exceptions the page says which version is needed", async ({ page }) => {
  await page.addInitScript(() => delete WebAssembly.Tag);
  await page.goto("/");
  await expect(alertOf(page)).toContainText("Chrome 95, Firefox 100, Safari 15.2");
  await expect(button(page, "Run")).toBeDisabled();
});

test("without workers the page runs Lua itself, and says what that means", async ({ page }) => {
  await page.addInitScript(() => delete window.Worker);
  await open(page);
  await expect(page.getByText("There are no workers here")).toBeVisible();
  await run(page, "Memory.x = (Memory.x or 0) + 1 print('x') return Memory.x");
  await expect(output(page)).toHaveText("x 1");
  await page.reload();
  await button(page, "Run").waitFor();
  await run(page, "return Memory.x");
  await expect(output(page)).toHaveText("1");
});
