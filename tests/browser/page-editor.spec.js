// The editor of index.html: errors as one types, completion, what survives a reload, and the plain one before it.
import { test, expect } from "./fixtures.js";
import {
  alertOf,
  button,
  cell,
  editor,
  ended,
  notice,
  open,
  run,
  runButton,
  runTo,
  values,
  write,
} from "./page-steps.js";

test("a syntax error is underlined as one types, without running anything, and gone when it is mended", async ({
  page,
}) => {
  await open(page);
  await write(page, "touched = true\nlocal = 1");
  const underlined = page.locator(".cm-lintRange-error");
  await expect(underlined).toHaveText("local = 1");
  await underlined.hover();
  await expect(page.locator(".cm-tooltip-lint")).toHaveText("<name> expected near '='");
  await editor(page).press("Control+End");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("x");
  await expect(underlined).toHaveCount(0);
  await runTo(page, "return touched", "nil");
});

test("names are completed: what is in Memory now, library functions with what they take, names of the text", async ({
  page,
}) => {
  await open(page);
  await run(page, "Memory.treasure = { gold = 7 }");
  await ended(page);
  await write(page, "return ");
  await editor(page).press("Control+End");
  await page.keyboard.type("Memory.tr");
  const options = page.locator(".cm-tooltip-autocomplete li");
  await expect(options).toHaveText(["treasure{gold = 7}"]);
  // A list that has just come does not take Enter yet, which may have been meant for the text.
  await page.waitForTimeout(150);
  await page.keyboard.press("Enter");
  await page.keyboard.type(".");
  await expect(options).toHaveText(["gold7"]);
  await page.waitForTimeout(150);
  await page.keyboard.press("Enter");
  await page.keyboard.type(", string.re");
  await expect(options.first()).toHaveText("rep(s, n [, sep])");
  await page.keyboard.press("Escape");
  expect(await editor(page).textContent()).toBe("return Memory.treasure.gold, string.re");
  await run(page, "heroes = { ann = { hp = 7 } }");
  await ended(page);
  await write(page, "return ");
  await editor(page).press("Control+End");
  await page.keyboard.type("her");
  await expect(options.first()).toHaveText("heroes{ann = {...}}");
  await page.keyboard.type("oes.ann.");
  await expect(options).toHaveText(["hp7"]);
});

test("Lua has its colours, and the bracket that belongs to the one at the cursor is marked", async ({ page }) => {
  await open(page);
  await write(page, 'local t = { f(1) } -- "no string"\nreturn "s", [[\nend]]');
  await expect(page.locator(".tok-keyword")).toHaveText(["local", "return"]);
  await expect(page.locator(".tok-number")).toHaveText("1");
  await expect(page.locator(".tok-comment")).toHaveText('-- "no string"');
  expect((await page.locator(".tok-string").allTextContents()).join("")).toBe('"s"[[end]]');
  const colours = await page
    .locator(".cm-content span[class^=tok-]")
    .evaluateAll(all => new Set(all.map(each => getComputedStyle(each).color)).size);
  // Names have that of all text.
  expect(colours).toBe(5);
  await editor(page).press("Control+Home");
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowRight");
  await expect(page.locator(".cm-matchingBracket")).toHaveText(["{", "}"]);
});

test("the editor indents, closes brackets, comments, searches, and has several cursors", async ({ page }) => {
  await open(page);
  const press = key => page.keyboard.press(key);
  await write(page, "");
  await editor(page).focus();
  await page.keyboard.type("if x then\nprint('a', {1");
  expect(await editor(page).evaluate(code => code.innerText)).toBe("if x then\n  print('a', {1})");
  await press("Control+End");
  await press("Enter");
  await page.keyboard.type("end");
  expect(await editor(page).evaluate(code => code.innerText)).toBe("if x then\n  print('a', {1})\nend");
  await press("Control+/");
  await expect(editor(page)).toContainText("-- end");
  await press("Control+/");
  await press("Control+f");
  await expect(page.getByRole("textbox", { name: "Find" })).toBeFocused();
  await press("Escape");
  await write(page, "ab ab");
  await press("Control+Home");
  for (const key of ["Control+d", "Control+d"]) await press(key);
  await page.keyboard.type("c");
  expect(await editor(page).textContent()).toBe("c c");
});

test("text, cells and cursor survive a reload, and so does what is typed while the editor loads", async ({ page }) => {
  await open(page);
  await write(page, "-- first\nreturn 1");
  await button(page, "Add a cell").click();
  await page.keyboard.type("return 22");
  await page.keyboard.press("Home");
  await page.reload();
  await expect(editor(page)).toHaveText("-- firstreturn 1");
  await expect(editor(page, 2)).toHaveText("return 22");
  await expect(page.locator(".cm-content")).toHaveCount(2);
  await editor(page, 2).focus();
  await page.keyboard.type("local x ");
  expect(await editor(page, 2).textContent()).toBe("local x return 22");

  let letIn;
  await page.route("**/page-code-*.mjs", async route => {
    await new Promise(resolve => (letIn = resolve));
    await route.continue();
  });
  await page.reload();
  await expect(runButton(page)).toBeEnabled();
  await editor(page).fill("return 'typed early'");
  await editor(page).press("Control+Enter");
  await expect(values(page)).toHaveText('"typed early"');
  letIn();
  await expect(page.locator(".cm-content").first()).toHaveText("return 'typed early'");
  await expect(editor(page)).toBeFocused();
});

test("a character that is being composed when the editor comes is not broken off", async ({ page }) => {
  let letIn;
  await page.route("**/page-code-*.mjs", async route => {
    await new Promise(resolve => (letIn = resolve));
    await route.continue();
  });
  await page.goto("/");
  await expect(runButton(page)).toBeEnabled();
  await editor(page).fill("");
  await button(page, "Add a cell").click();
  await editor(page, 1).focus();
  const client = await page.context().newCDPSession(page);
  await client.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
  letIn();
  await expect(cell(page, 2).locator(".cm-content")).toBeVisible();
  await client.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
  await expect(cell(page, 1).locator("textarea")).toHaveValue("にほ");
  await client.send("Input.insertText", { text: "日本" });
  await expect(cell(page, 1).locator(".cm-content")).toHaveText("日本");
  await page.keyboard.type("語");
  await expect(editor(page, 1)).toHaveText("日本語");
});

test("the line of a run's error is underlined, long after one typed, until a run is good", async ({ page }) => {
  await open(page);
  await write(page, "n = (n or 0) + 1\nif n == 1 then error('boom') end");
  // What is typed is looked at after 0.4 s.
  await page.waitForTimeout(1000);
  await runButton(page).click();
  const underlined = page.locator(".cm-lintRange-error");
  await expect(underlined).toHaveText("if n == 1 then error('boom') end");
  await ended(page);
  await runButton(page).click();
  await expect(underlined).toHaveCount(0);
});

test("two tabs that write the same notebook lose no text", async ({ page, context }) => {
  await open(page);
  const second = await context.newPage();
  await second.goto("/");
  await second.getByRole("button", { name: "Go on without it" }).click();
  await write(page, "-- by the first");
  await page.waitForFunction(() => localStorage.getItem("lua_page/page")?.includes("by the first"));
  await write(second, "-- by the second");
  await expect(notice(second)).toContainText("Another tab has changed this notebook, too.");
  await second.getByText("Notebook", { exact: true }).click();
  await second.getByRole("button", { name: /^Earlier texts/ }).click();
  await second
    .getByRole("dialog")
    .getByRole("button", { name: /-- by the first/ })
    .click();
  await expect(editor(second)).toHaveText("-- by the first");
});

test("an earlier text that cannot be read is there as it is, beside the others", async ({ page }) => {
  await page.addInitScript(() => (localStorage["lua_page_earlier/page/1"] = "{ damaged"));
  await open(page);
  await page.getByText("Notebook", { exact: true }).click();
  await page.getByRole("button", { name: /^Earlier texts/ }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /\{ damaged/ })
    .click();
  await expect(editor(page)).toHaveText("{ damaged");
});

test("a link that cannot be read says so, and does not say that Memory is another one", async ({ page }) => {
  await open(page, "/#n=nonsense");
  await expect(alertOf(page)).toContainText("the notebook in this link cannot be read");
  await expect(page.locator("#origin")).toBeHidden();
});

test("a deleted cell can be brought back", async ({ page }) => {
  await open(page);
  await button(page, "Add a cell").click();
  await page.keyboard.type("return 'second'");
  await cell(page, 1).getByRole("button", { name: "Delete cell" }).click();
  await expect(editor(page)).toHaveText("return 'second'");
  await button(page, "Undo").click();
  await expect(editor(page, 2)).toHaveText("return 'second'");
  await expect(editor(page, 1)).toContainText("Memory.counter");
});
