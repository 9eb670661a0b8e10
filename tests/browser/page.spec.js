// index.html, as a person uses it: running, stopping, errors, statistics. Editing is in page-editor.spec.js, cells in
// page-cells.spec.js, what is kept in page-state.spec.js, snapshots and stores in page-memory.spec.js.
import { test, expect } from "./fixtures.js";
import {
  alertOf,
  button,
  cell,
  editor,
  ended,
  kept,
  open,
  printed,
  run,
  runButton,
  runTo,
  values,
  write,
} from "./page-steps.js";

test("a newcomer runs the first cell, sees Memory change, reloads, and finds it there", async ({ page }) => {
  await open(page);
  await expect(kept(page, "Memory")).toContainText("0 fields");
  for (const count of ["1", "2", "3"]) {
    await runButton(page).click();
    await expect(values(page)).toHaveText(count);
    await expect(kept(page, "counter")).toContainText(`counter = ${count}`);
  }
  await expect(kept(page, "counter")).toContainText("changed");
  await page.reload();
  await expect(kept(page, "counter")).toContainText("counter = 3");
  await runButton(page).click();
  await expect(values(page)).toHaveText("4");
});

test("output is text, and values are shown as Lua writes them", async ({ page }) => {
  await open(page);
  await run(page, 'print("<b>grüße</b>", 1.0) return 1, nil, "🌙\\n", 2.0, "\\255"');
  await expect(printed(page)).toHaveText("<b>grüße</b>\t1.0");
  await expect(values(page)).toHaveText('1 nil "🌙\\n" 2.0 "\\xFF"', { useInnerText: true });
});

test("output is shown while the script runs; Stop ends the script, and nothing that it did to Memory stays", async ({
  page,
}) => {
  await open(page);
  await run(page, "Memory.x = 1");
  await expect(button(page, "Stop")).toBeDisabled();
  await run(page, "Memory.x = 2 print('begun') while true do end");
  await expect(printed(page)).toHaveText("begun");
  await expect(button(page, "Export")).toBeDisabled();
  await button(page, "Stop").click();
  await expect(
    page.getByText("Stopped: what this run did to Memory, since it last waited if it did, was not kept."),
  ).toBeVisible();
  await expect(alertOf(page)).toBeHidden();
  await expect(button(page, "Stop")).toBeDisabled();
  await expect(runButton(page)).toBeFocused();
  await runTo(page, "return Memory.x", "1");
});

test("where memory is not shared, Stop costs Lua's globals, and the page says so", async ({ page }) => {
  await open(page);
  await run(page, "x = 1");
  await run(page, "while true do end");
  await button(page, "Stop").click();
  await expect(page.getByText("Globals are lost")).toBeVisible();
  await runTo(page, "return x", "nil");
  await expect(page.getByText("Globals are lost")).toBeHidden();
});

test("globals stay from one run to the next, until Lua is restarted", async ({ page }) => {
  await open(page);
  await run(page, "x = 41");
  await runTo(page, "return x + 1", "42");
  await button(page, "Restart Lua").click();
  await expect(page.getByText("Globals are lost")).toBeVisible();
  await runTo(page, "x", "nil");
});

test("a script that prints without end does not drown the page, and both ends of its output are kept", async ({
  page,
}) => {
  await open(page);
  await run(page, "local i = 0 while true do i = i + 1 print(i, ('x'):rep(1000)) end");
  await expect(page.getByText(/lines, ([3-9]|\d{2,})\.\d\d MiB/)).toBeVisible();
  await button(page, "Stop").click();
  await ended(page);
  const list = cell(page).getByRole("group", { name: "Lines" });
  await list.evaluate(list => (list.scrollTop = 0));
  await expect(list).toContainText(/^1\tx/);
  await run(page, "for i = 1, 100000 do print('line ' .. i) end return 'end'");
  await expect(list).toContainText("line 100000");
  await expect(list).not.toContainText("line 50000");
  await list.evaluate(list => (list.scrollTop = list.scrollHeight / 2));
  await expect(list).toContainText("line 50000");
  expect(await list.evaluate(list => list.textContent.length)).toBeLessThan(5000);
});

test("output can be copied and saved whole, and cleared", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await run(page, "for i = 1, 2000 do print(i) end");
  await ended(page);
  const downloading = page.waitForEvent("download");
  await button(page, "Save output").click();
  const stream = await (await downloading).createReadStream();
  const text = Buffer.concat(await stream.toArray()).toString();
  expect(text).toBe(Array.from({ length: 2000 }, (_, i) => `${i + 1}\n`).join(""));
  await button(page, "Copy output").click();
  await expect(cell(page).getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
  await button(page, "Clear output").click();
  await expect(printed(page)).toHaveCount(0);
});

test("an error is announced with its traceback, marked at its line, and gone with the next run", async ({ page }) => {
  await open(page);
  await run(page, 'print("before")\nlocal function f() error("boom") end\nf()');
  await expect(alertOf(page)).toContainText("run 1:2: boom");
  await expect(alertOf(page)).toHaveText(
    /stack traceback:.*'error'\s+run 1:2: in local 'f'\s+run 1:3: in main chunk$/s,
  );
  await expect(printed(page)).toHaveText("before");
  await expect(editor(page)).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator(".cm-line.wrong-line")).toHaveText('local function f() error("boom") end');
  await alertOf(page).getByRole("button", { name: "run 1:3" }).click();
  await expect(editor(page)).toBeFocused();
  expect(await page.evaluate(() => getSelection().toString())).toBe("f()");
  await runTo(page, "return 7", "7");
  await expect(alertOf(page)).toBeHidden();
  await expect(page.locator(".wrong-line")).toHaveCount(0);
});

test("a run that fails, or fills memory, leaves Memory as it was", async ({ page }) => {
  await open(page);
  await run(page, "Memory.n = 1");
  await run(page, "Memory.n = 2 error('halfway')");
  await expect(alertOf(page)).toContainText("halfway");
  await expect(kept(page, "n")).toContainText("n = 1");
  await run(page, "Memory.n = 3 local hoard = {} while true do hoard[#hoard + 1] = ('x'):rep(1000):rep(1000) end");
  await expect(alertOf(page)).toContainText("not enough memory");
  await ended(page);
  await runTo(page, "return Memory.n", "1");
});

test("an error in a function of an earlier run marks no line of this one that it does not come from", async ({
  page,
}) => {
  await open(page);
  await run(page, "\n\nfunction area(t) return t.w * t.h end");
  await run(page, "\n\n\n\nlocal x = area({})");
  await expect(alertOf(page)).toContainText("run 1:3: attempt to perform arithmetic");
  await expect(page.locator(".cm-line.wrong-line")).toHaveText("local x = area({})");
  await expect(alertOf(page).getByRole("button")).toHaveText(["run 2:5"]);
});

/** Code, and the text of the line that is to be marked. */
const MARKED = [
  ["a syntax error", "\n\nlocal = 1", "local = 1"],
  ["an error that is a table", "local x = 1\nerror({})", "error({})"],
  ["an error without a position", "\nerror('plain', 0)", "error('plain', 0)"],
];
test("whatever the error, the mark is on its line, and goes when the text is changed", async ({ page }) => {
  await open(page);
  for (const [what, code, line] of MARKED) {
    await run(page, code);
    const mark = page.locator(".cm-line.wrong-line");
    await expect(mark, what).toHaveText(line);
    await editor(page).press("End");
    await page.keyboard.type(" ");
    await expect(mark).toHaveCount(0);
  }
});

test("everything can be done with the keyboard: Tab indents, and leaves the editor after Escape", async ({ page }) => {
  await open(page);
  const press = key => page.keyboard.press(key);
  await editor(page).focus();
  await press("Control+End");
  await press("Control+Enter");
  await expect(values(page)).toHaveText("1");
  await press("Meta+Enter");
  await expect(values(page)).toHaveText("2");
  await ended(page);
  await press("Control+A");
  await page.keyboard.type("x = 1");
  await press("Home");
  await press("Tab");
  expect(await editor(page).textContent()).toBe("  x = 1");
  await press("Shift+Tab");
  expect(await editor(page).textContent()).toBe("x = 1");
  await press("Escape");
  await press("Tab");
  await expect(editor(page)).not.toBeFocused();
  await write(page, "while true do end");
  await runButton(page).focus();
  await expect(runButton(page)).toHaveCSS("outline-style", "solid");
  await press("Enter");
  await expect(button(page, "Stop")).toBeEnabled();
  await press("Control+.");
  await expect(button(page, "Stop")).toBeDisabled();
  await write(page, "return 8");
  await editor(page).press("Shift+Enter");
  await expect(values(page)).toHaveText("8");
  await expect(editor(page, 2)).toBeFocused();
});

test("every control has a name, and nothing is wider than a small screen", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await open(page);
  await run(page, `Memory.long = ("y"):rep(300)`);
  await run(page, `error(("x"):rep(500))`);
  await expect(alertOf(page)).toBeVisible();
  await expect(kept(page, "long")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  for (const control of await page.locator("button:visible, [role=textbox], input:visible, select:visible").all()) {
    await expect(control).toHaveAccessibleName(/\w/);
  }
});

test("further keys of the list behind the question mark: run all, run and add, move", async ({ page }) => {
  await open(page);
  await write(page, "return 'a'");
  await editor(page).press("Alt+Enter");
  await expect(editor(page, 2)).toBeFocused();
  await page.keyboard.type("return 'b'");
  await page.keyboard.press("Alt+Shift+ArrowUp");
  await expect(editor(page, 1)).toHaveText("return 'b'");
  await expect(editor(page, 1)).toBeFocused();
  await page.keyboard.press("Alt+Shift+ArrowDown");
  await expect(editor(page, 2)).toHaveText("return 'b'");
  await page.keyboard.press("Control+Shift+Enter");
  await expect(values(page, 1)).toHaveText('"a"');
  await expect(values(page, 2)).toHaveText('"b"');
});

test("the page asks no other server for anything", async ({ page, baseURL }) => {
  const asked = new Set();
  page.on("request", request => asked.add(new URL(request.url()).origin));
  await open(page);
  await run(page, "page.plot{1, 2} return { 1 }");
  await ended(page);
  await button(page, "Help and keys").click();
  expect([...asked]).toEqual([baseURL]);
});

test("over plain http, where tabs cannot see each other, the page says what to do", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(window.Navigator.prototype, "locks", { value: undefined }));
  await open(page);
  await expect(page.locator("#place")).toHaveText(
    /^Memory is kept in this browser \(IndexedDB\)\. Over plain http tabs cannot see each other: use only one, or open the page by https/,
  );
  await runTo(page, "Memory.x = 1 return Memory.x", "1");
  await page.reload();
  await runTo(page, "return Memory.x", "1");
});

test("statistics are figures of what there is", async ({ page }) => {
  await open(page);
  const figure = name => page.locator(`#${name}`).textContent();
  await page.getByText("Statistics").click();
  await expect(page.locator("#linearBytes")).toHaveText(/^\d+\.\d\d MiB$/);
  await run(page, 'Memory.big = string.rep("x", 3 * 1024 * 1024) for i = 1, 1e7 do end');
  await expect(page.locator("#externalBytes")).toHaveText("3.00 MiB");
  // Beside the value itself, the note of its size in the catalogue.
  await expect(page.locator("#externalTableItems")).toHaveText("2");
  await expect(page.locator("#externalTableCount")).toHaveText("2");
  await expect(page.locator("#store")).toHaveText("IndexedDB store 'page'");
  await expect(kept(page, "big")).toContainText("3,145,728 bytes");
  await run(page, "collectgarbage()");
  await ended(page);
  await expect(page.locator("#luaBytes")).toHaveText(/^\d\d\.\d KiB$/);
  expect(parseFloat(await figure("linearBytes"))).toBeGreaterThanOrEqual(5);
  expect(await figure("storeBytes")).toMatch(/^\d+(\.\d+)? (bytes|KiB|MiB)$/);
  expect(parseFloat(await figure("lastRun"))).toBeGreaterThan(0);
});

test("a server that does not know the MIME type of wasm will do", async ({ page }) => {
  await page.route("**/lua.wasm", async route => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { "content-type": "application/octet-stream" } });
  });
  await open(page);
  await runButton(page).click();
  await expect(values(page)).toHaveText("1");
});

test("in an engine without wasm exceptions the page says which version is needed", async ({ page }) => {
  await page.addInitScript(() => delete WebAssembly.Tag);
  await page.goto("/");
  await expect(alertOf(page)).toContainText("Chrome 95, Firefox 100, Safari 15.2");
  await expect(runButton(page)).toBeDisabled();
});

test("without workers the page runs Lua itself, and says what that means", async ({ page }) => {
  await page.addInitScript(() => delete window.Worker);
  await open(page);
  await expect(page.getByText("There are no workers here")).toBeVisible();
  await runTo(page, "Memory.x = (Memory.x or 0) + 1 print('x') return Memory.x", "1");
  await expect(printed(page)).toHaveText("x");
  await page.reload();
  await runTo(page, "return Memory.x", "1");
});
