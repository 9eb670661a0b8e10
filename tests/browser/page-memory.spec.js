// index.html: where Memory is kept, snapshot files, what earlier pages saved, other tabs, damaged stores.
import fs from "node:fs";
import { test, expect } from "./fixtures.js";
import { alertOf, answer, button, notice, open, run, runButton, runTo, write } from "./page-steps.js";

/** Exports. @returns {Promise<string>} the path of the file */
async function exported(page) {
  const downloading = page.waitForEvent("download");
  await button(page, "Export").click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^lua-memory-\d{4}-\d\d-\d\dT[\d-]{8}\.json$/);
  return download.path();
}

const importFile = (page, name, text) =>
  page.locator("#file").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });

const COUNT = "Memory.counter = (Memory.counter or 0) + 1 return Memory.counter";

test("what is exported can be imported, also by another browser", async ({ page, browser, baseURL }) => {
  await open(page);
  await runTo(page, 'Memory.text, Memory.list, Memory["\\0\\255"] = "grüße", {1, {2}}, 0.5 return 1', "1");
  const text = fs.readFileSync(await exported(page), "utf8");
  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await open(other);
  await importFile(other, "saved.json", text);
  await expect(notice(other)).toHaveText("Memory is now what was in 'saved.json'.");
  await runTo(other, 'return Memory.text, Memory.list[2][1], Memory["\\0\\255"]', '"grüße" 2 0.5');
  await other.reload();
  await runTo(other, "return Memory.text", '"grüße"');
  await context.close();
});

test("importing asks before it replaces something, and no means no", async ({ page }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const text = fs.readFileSync(await exported(page), "utf8");
  await runTo(page, COUNT, "2");
  const questions = answer(page, false);
  await importFile(page, "saved.json", text);
  await expect.poll(() => questions).toEqual(["Replace everything in Memory with 'saved.json'?"]);
  await runTo(page, "return Memory.counter", "2");
  answer(page, true);
  await importFile(page, "saved.json", text);
  await expect(notice(page)).toContainText("Memory is now");
  await runTo(page, "return Memory.counter", "1");
});

/** Files that cannot be imported, made of one that can, and what is said of them. */
const DAMAGED = [
  ["is cut short", text => text.slice(0, -5), /^'x\.json' is damaged, or no snapshot: /],
  [
    "has a changed value",
    text => text.replace(/"(A[A-Za-z0-9+/]{4})/, '"B$1'),
    /^'x\.json' is damaged: its tables do not match its checksum/,
  ],
  [
    "lost its tables",
    text => JSON.stringify({ version: JSON.parse(text).version }),
    /^snapshot: there is no list of tables/,
  ],
  [
    "is of a newer version",
    text => JSON.stringify({ ...JSON.parse(text), version: 3 }),
    /^snapshot: version 3 is not known here/,
  ],
  ["is something else", () => "[1]", /^snapshot: there is no list of tables/],
  ["is no JSON", () => "Memory", /^'x\.json' is damaged, or no snapshot: /],
];
test("a file that is damaged or no snapshot is refused with the reason, and changes nothing", async ({ page }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const text = fs.readFileSync(await exported(page), "utf8");
  answer(page, true);
  for (const [what, change, message] of DAMAGED) {
    const changed = change(text);
    expect(changed, what).not.toBe(text);
    await importFile(page, "x.json", changed);
    await expect(alertOf(page), what).toHaveText(message);
    await runTo(page, "return Memory.counter", "1");
  }
  await page.reload();
  await runTo(page, COUNT, "2");
});

/** Entries of earlier pages: a value as bytes, as JSON makes of a Uint8Array; and one of today's saveToLocalStorage. */
const saveEntries = () => {
  const value = new Uint8Array([2, 41, 0, 0, 0, 0, 0, 0, 0]);
  const old = JSON.stringify({
    timestamp: 1,
    tables: [
      {
        id: 1,
        entries: [
          [btoa("counter"), value],
          [btoa("7"), value],
        ],
      },
    ],
  });
  localStorage.setItem("lua_snapshot_default", old);
  localStorage.setItem("lua_snapshot_broken", "{");
  return old;
};

test("what earlier pages saved is offered, loads, and stays where it is", async ({ page }) => {
  await open(page);
  await expect(page.getByLabel("Saved by an earlier page")).toBeHidden();
  const old = await page.evaluate(saveEntries);
  await page.reload();
  await page.getByLabel("Saved by an earlier page").selectOption("default");
  await button(page, "Load…").click();
  await expect(notice(page)).toHaveText(/^Memory is now what was in 'default', saved by an earlier page\. 1 keys/);
  await runTo(page, COUNT, "42");
  await runTo(page, "return Memory[7]", "41");
  expect(await page.evaluate(() => localStorage.getItem("lua_snapshot_default"))).toBe(old);
  await page.reload();
  await runTo(page, COUNT, "43");
});

test("a damaged entry of an earlier page is announced, and Memory stays", async ({ page }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  await page.evaluate(saveEntries);
  await page.reload();
  await page.getByLabel("Saved by an earlier page").selectOption("broken");
  await button(page, "Load…").click();
  await expect(alertOf(page)).toContainText("localStorage entry 'lua_snapshot_broken' is damaged");
  await runTo(page, COUNT, "2");
});

test("an entry that saveToLocalStorage of this version wrote loads, too", async ({ page }) => {
  await open(page);
  await page.evaluate(async () => {
    const { LuaPersistent } = await import("./lua-persistent.mjs");
    const lua = await new LuaPersistent().load();
    lua.eval("Memory.counter = 9");
    lua.saveToLocalStorage("mine");
  });
  await page.reload();
  await page.getByLabel("Saved by an earlier page").selectOption("mine");
  await button(page, "Load…").click();
  await expect(notice(page)).toHaveText("Memory is now what was in 'mine', saved by an earlier page.");
  await runTo(page, COUNT, "10");
});

test("Clear asks, then empties Memory for good", async ({ page }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const questions = answer(page, false);
  await button(page, "Clear…").click();
  await expect.poll(() => questions).toEqual(["Delete everything in Memory? This cannot be undone."]);
  await runTo(page, COUNT, "2");
  answer(page, true);
  await button(page, "Clear…").click();
  await expect(notice(page)).toHaveText("Memory is empty.");
  await page.reload();
  await runTo(page, COUNT, "1");
});

test("without IndexedDB Memory is kept in localStorage, and the page says why", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  await open(page);
  await expect(page.locator("#place")).toHaveText(
    /^Memory is kept in this browser, in localStorage\. IndexedDB store 'page' cannot be used here: /,
  );
  await runTo(page, COUNT, "1");
  await expect(page.locator("#storeBytes")).toHaveText(/^\d+ bytes$/);
  await page.reload();
  await runTo(page, COUNT, "2");
});

test("without any store Memory ends with the page, which says so", async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, "indexedDB", { value: undefined });
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new DOMException("denied", "SecurityError");
      },
    });
  });
  await open(page);
  await expect(page.locator("#place")).toContainText("Memory is not kept: it ends with this page.");
  await runTo(page, COUNT, "1");
  await page.reload();
  await runTo(page, COUNT, "1");
});

test("a full localStorage is announced with what is needed, and Memory stays as it is", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  await open(page);
  await runTo(page, COUNT, "1");
  await run(
    page,
    "local t = {} for i = 1, 9e5 do t[i] = string.pack('j', math.random(0)) end Memory.big = table.concat(t)",
  );
  await expect(alertOf(page)).toHaveText(/^localStorage store 'page' is full: the changes need \d{7} bytes/, {
    timeout: 20_000,
  });
  await expect(page.locator("#store")).toContainText("not all is saved");
  const leave = () => page.evaluate(() => dispatchEvent(new Event("beforeunload", { cancelable: true })));
  expect(await leave(), "the browser may ask whether to leave").toBe(false);
  await runTo(page, "return #Memory.big", "7200000");
  await runTo(page, "Memory.big = nil return Memory.counter", "1");
  await expect(alertOf(page)).toBeHidden();
  await expect(page.locator("#store")).toHaveText("localStorage store 'page'");
  expect(await leave()).toBe(true);
});

test("a full IndexedDB is announced with what to do; when there is room again nothing is lost", async ({
  page,
  baseURL,
}) => {
  const empty = { contentType: "text/html", body: "<!doctype html><link rel=icon href=data:,>" };
  await page.route("**/empty", route => route.fulfill(empty));
  await page.goto("/empty");
  const client = await page.context().newCDPSession(page);
  const setQuota = quotaSize => client.send("Storage.overrideQuotaForOrigin", { origin: baseURL, quotaSize });
  await setQuota(3_000_000);
  await open(page);
  const noise = "local t = {} for i = 1, 75e4 do t[i] = string.pack('j', math.random(0)) end";
  await run(page, `${noise} Memory.big = table.concat(t) .. 'end'`);
  await expect(alertOf(page)).toHaveText(
    /^IndexedDB store 'page' is full: the changes need \d{7} bytes\. .* delete something first\. Whole notebooks can be deleted under Notebook, Notebooks/,
  );
  await expect(page.locator("#store")).toContainText("not all is saved");
  await setQuota(undefined);
  await runTo(page, "return #Memory.big", "6000003");
  await expect(page.locator("#store")).toHaveText("IndexedDB store 'page'");
  await page.reload();
  await runTo(page, "return Memory.big:sub(-3)", '"end"');
});

test("when there is no room for the text of the notebook the page says so, and what to do", async ({ page }) => {
  await page.addInitScript(() => {
    const { setItem } = window.Storage.prototype;
    window.Storage.prototype.setItem = function (key, value) {
      if (String(value).includes("too much")) throw new DOMException("full", "QuotaExceededError");
      return setItem.call(this, key, value);
    };
  });
  await open(page);
  await write(page, "-- too much");
  await expect(notice(page)).toHaveText(
    "There is no room in this browser to keep the text of this notebook. Export it as a .lua file before you leave.",
  );
});

/** A second tab, where Memory is open in the first. */
async function secondTab(context) {
  const second = await context.newPage();
  await second.goto("/");
  await expect(second.getByRole("heading", { name: "Memory is open in another tab" })).toBeVisible();
  await expect(runButton(second)).toBeDisabled();
  return second;
}

test("a second tab can read", async ({ page, context }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const second = await secondTab(context);
  await button(second, "Open read-only").click();
  await expect(second.locator("#place")).toContainText("It is open read-only: another tab writes to it.");
  await runTo(second, "return Memory.counter", "1");
  await run(second, COUNT);
  await expect(alertOf(second)).toContainText("the host refused to store key 'counter'");
  for (const name of ["Import…", "Clear…"]) await expect(button(second, name)).toBeDisabled();
  await runTo(page, COUNT, "2");
});

test("a second tab can wait, and writes when the first one is closed", async ({ page, context }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const second = await secondTab(context);
  await button(second, "Wait for it").click();
  await expect(second.getByText("Waiting until that tab is closed")).toBeVisible();
  await runTo(page, COUNT, "2");
  await page.close();
  await runTo(second, COUNT, "3");
  await expect(second.getByRole("heading", { name: "Memory is open in another tab" })).toBeHidden();
});

test("a second tab can go on without Memory, and what it does there is not kept", async ({ page, context }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const second = await secondTab(context);
  await button(second, "Go on without it").click();
  await expect(second.locator("#place")).toContainText("Memory is not kept: it ends with this page.");
  await runTo(second, COUNT, "1");
  await runTo(page, COUNT, "2");
});

test("a second tab that reads can wait for its turn, and one that waits can read instead", async ({
  page,
  context,
}) => {
  await open(page);
  await runTo(page, COUNT, "1");
  const second = await secondTab(context);
  await button(second, "Wait for it").click();
  await button(second, "Open read-only").click();
  await runTo(second, "return Memory.counter", "1");
  await button(second, "Wait for it").click();
  await expect(runButton(second)).toBeDisabled();
  await page.close();
  await runTo(second, COUNT, "2");
});

/** Changes one byte of the stored counter, the only record of its page (js/src/stores/page-form.ts). */
const damage = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("lua_store/page");
    opening.onsuccess = () => {
      const store = opening.result.transaction("records", "readwrite").objectStore("records");
      const reading = store.get("page/00000000");
      reading.onsuccess = () => {
        const head = new DataView(reading.result.buffer);
        const at = 8 + 4 * head.getUint32(0, true) + head.getUint32(4, true);
        reading.result[at + 1] ^= 1;
        store.put(reading.result, "page/00000000").onsuccess = () => (opening.result.close(), resolve());
      };
      reading.onerror = reject;
    };
  });

test("a damaged store is left as it is: the page offers to go on without it, or to erase it", async ({ page }) => {
  await open(page);
  await runTo(page, COUNT, "1");
  await page.evaluate(damage);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Memory cannot be opened" })).toBeVisible();
  await expect(alertOf(page)).toContainText("IndexedDB store 'page' is damaged: record '1/counter'");
  await button(page, "Go on without it").click();
  await expect(page.locator("#place")).toContainText("Memory is not kept");
  await runTo(page, COUNT, "1");
  await page.reload();
  answer(page, false);
  await button(page, "Erase it…").click();
  await expect(button(page, "Erase it…")).toBeVisible();
  answer(page, true);
  await button(page, "Erase it…").click();
  await runTo(page, COUNT, "1");
  await page.reload();
  await runTo(page, COUNT, "2");
});
