// index.html inside of another page: options in its address, messages in both directions, and whom it hears.
import { test, expect } from "./fixtures.js";
import { button, cell, editor, open, ready, run, runButton, runTo, values } from "./page-steps.js";
import config from "./playwright.config.js";

const { launchOptions } = config.use;
// Our page is on this machine, and theirs is not.
const flag = "--disable-features=LocalNetworkAccessChecks";
test.use({ launchOptions: { ...launchOptions, args: [...launchOptions.args, flag] } });

const TEACHER = "https://teacher.example/";

/** A teacher's page around ours, of another origin. @returns {Promise<FrameLocator>} ours */
async function embed(page, baseURL, address, { at = TEACHER, isReady = true } = {}) {
  const html = `<!doctype html><title>Lesson</title><h1>Lesson</h1>
    <script>
      window.told = [];
      addEventListener("message", event => told.push({ ...event.data, origin: event.origin }));
      window.tell = message => frames[0].postMessage(message, "*");
    </script>
    <iframe src="${baseURL}/${address}" title="Lua" width="900" height="600"></iframe>`;
  await page.route(at, route => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto(at);
  if (isReady) await told(page, "ready");
  return page.frameLocator(`iframe[title="Lua"]`);
}

/** @returns {Promise<object>} the first message of this kind */
async function told(page, kind, id) {
  const find = () =>
    page.evaluate(([kind, id]) => window.told.find(told => told.lua === kind && told.id === id) ?? null, [kind, id]);
  await expect.poll(find).not.toBeNull();
  return find();
}

const tell = (page, message) => page.evaluate(message => window.tell(message), message);

test("a page around it sets cells, runs them, and hears output, values, errors and the end", async ({
  page,
  baseURL,
}) => {
  const lua = await embed(page, baseURL, "?embed&viewer=no#lua=return%201");
  await expect(editor(lua)).toHaveText("return 1");
  await expect(lua.locator("aside")).toBeHidden();
  await expect(lua.getByText("Notebook", { exact: true })).toBeHidden();
  expect((await told(page, "ready")).origin).toBe(baseURL);
  await tell(page, {
    lua: "set",
    id: 1,
    cells: ['print("<b>hi</b>") return { 1, 2 }, "x", nil', "error('boom')", "return 3"],
  });
  await told(page, "done", 1);
  await tell(page, { lua: "run", id: "all" });
  await told(page, "done", "all");
  const results = await page.evaluate(() => window.told.filter(({ lua }) => lua === "result"));
  expect(results).toMatchObject([
    {
      id: "all",
      cell: 1,
      output: "<b>hi</b>\n",
      values: [
        { type: "table", text: "{1, 2}" },
        { type: "string", text: '"x"' },
        { type: "nil", text: "nil" },
      ],
      error: null,
    },
    { id: "all", cell: 2, values: [], error: { message: "run 2:1: boom" } },
  ]);
  expect(results).toHaveLength(2);
  await tell(page, { lua: "run", id: 3, cell: 3 });
  expect(await told(page, "result", 3)).toMatchObject({ cell: 3, values: [{ type: "number", text: "3" }] });
  await runButton(lua, 3).click();
  await expect
    .poll(() => page.evaluate(() => window.told.filter(({ lua, id }) => lua === "result" && !id).length))
    .toBe(1);
  await tell(page, { lua: "get", id: 4 });
  expect((await told(page, "cells", 4)).cells).toHaveLength(3);
  expect((await told(page, "height")).height).toBeGreaterThan(100);
});

test("what makes no sense is answered with the reason, and a script without end can be stopped", async ({
  page,
  baseURL,
}) => {
  await embed(page, baseURL, "?embed");
  const problems = [
    [{ lua: "set", cells: [1] }, "cells must be a list of strings, at least one"],
    [{ lua: "run", cell: 9 }, "cell must be a number from 1 to 1"],
    [{ lua: "constructor" }, 'there is no "constructor": it can be set, run, get, stop, restart'],
  ];
  for (const [i, [message, text]] of problems.entries()) {
    await tell(page, { ...message, id: i });
    expect((await told(page, "problem", i)).message).toBe(text);
  }
  await tell(page, { lua: "set", id: "s", cells: ["while true do end"] });
  await tell(page, { lua: "run", id: "r" });
  await expect(button(page.frameLocator("iframe"), "Stop")).toBeEnabled();
  await tell(page, { lua: "stop", id: "x" });
  await told(page, "done", "r");
  expect((await told(page, "result", "r")).error.message).toBe("stopped");
});

test("cells can be for reading only, run at once, and be in the colours of the page around", async ({
  page,
  baseURL,
}) => {
  await page.emulateMedia({ colorScheme: "light" });
  const lua = await embed(
    page,
    baseURL,
    "?embed&readonly&run&theme=dark#lua=x%20%3D%2041%0A--%20%25%25%0Areturn%20x%2B1",
  );
  await expect(values(lua, 2)).toHaveText("42");
  await expect(lua.locator("html")).toHaveCSS("color-scheme", "dark");
  await expect(lua.locator(".cm-content")).toHaveCount(2);
  await editor(lua).press("End");
  await editor(lua).press("y");
  await editor(lua).press("Alt+Enter");
  await expect(editor(lua)).toHaveText("x = 41");
  await expect(cell(lua, 3)).toHaveCount(0);
  await expect(button(lua, "Add a cell")).toBeHidden();
});

test("nothing of the visitor's own notebooks is in it, with or without ?embed, and nothing that it does reaches them", async ({
  page,
  context,
  baseURL,
}) => {
  let own = await context.newPage();
  await open(own);
  await runTo(own, "Memory.secret = 'mine' return 1", "1");
  await own.evaluate(() => localStorage.setItem("lua_snapshot_default", '{"tables":[]}'));
  await own.close();
  // Browsers keep apart what frames of other sites have; a page of our own site is held off by nothing but us.
  const same = `${baseURL}/lesson`;
  const pages = [
    ["?embed&keep=page", TEACHER],
    ["?embed&keep=page", same],
    ["", same],
    ["?notebook=page", same],
  ];
  for (const [i, [address, at]] of pages.entries()) {
    const lua = await embed(page, baseURL, address, { at: `${at}${i}` });
    await expect(lua.getByLabel("Saved by an earlier page")).toBeHidden();
    await tell(page, { lua: "get", id: 1 });
    expect((await told(page, "cells", 1)).cells[0]).toContain("Press Run");
    await tell(page, { lua: "set", id: 2, cells: ["local was = Memory.secret Memory.secret = 'theirs' return was"] });
    await tell(page, { lua: "run", id: 3 });
    expect((await told(page, "result", 3)).values).toEqual([{ type: "nil", text: "nil" }]);
  }
  own = await context.newPage();
  await open(own);
  await runTo(own, "return Memory.secret", '"mine"');
});

test("with keep, Memory and cells are there again, and are the embedding origin's own", async ({ page, baseURL }) => {
  const count = { lua: "set", id: 1, cells: ["Memory.n = (Memory.n or 0) + 1 return Memory.n"] };
  const runsTo = async text => {
    await tell(page, { lua: "run", id: 2 });
    expect((await told(page, "result", 2)).values).toEqual([{ type: "number", text }]);
  };
  await embed(page, baseURL, "?embed&keep=lesson");
  await tell(page, count);
  await runsTo("1");
  await embed(page, baseURL, "?embed&keep=lesson");
  await runsTo("2");
  await embed(page, baseURL, "?embed&keep=lesson", { at: "https://other.example/" });
  await tell(page, count);
  await runsTo("1");
});

test("messages of another window than the page around it are not heard", async ({ page, baseURL, context }) => {
  const lua = await embed(page, baseURL, "?embed");
  await run(lua, "return 1");
  // The frame's own window, a frame beside it, and a top page that is nobody's parent.
  await page.frames()[1].evaluate(() => window.postMessage({ lua: "set", cells: ["return 'own'"] }, "*"));
  await page.evaluate(async () => {
    const other = document.createElement("iframe");
    other.srcdoc = `<script>parent.frames[0].postMessage({ lua: "set", cells: ["return 'beside'"] }, "*")</script>`;
    document.body.append(other);
    await new Promise(resolve => (other.onload = resolve));
  });
  await expect(editor(lua)).toHaveText("return 1");
  const own = await context.newPage();
  await open(own);
  await own.evaluate(() => window.postMessage({ lua: "set", cells: ["return 'top'"] }, "*"));
  await ready(own);
  await expect(editor(own)).toContainText("Press Run");
});

test("what is embedded opens in a page of its own, with its cells", async ({ page, baseURL, context }) => {
  const lua = await embed(page, baseURL, "?embed#lua=return%20'lesson'");
  const opening = context.waitForEvent("page");
  await button(lua, "Open in a page of its own").click();
  const tab = await opening;
  await ready(tab);
  await expect(editor(tab)).toHaveText("return 'lesson'");
  await expect(tab.getByText("This notebook came by a link.")).toBeVisible();
});
