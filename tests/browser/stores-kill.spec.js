// A page, a worker, a whole browser that ends at a random moment while it writes: the store always opens at the state
// after some whole eval. `STORE_LONG=1` for 100 ends of each kind.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { setTimeout } = require("node:timers/promises");
const { test, expect } = require("./fixtures.js");

const LONG = process.env.STORE_LONG === "1";
/** Milliseconds that one end may take, on a busy machine. */
const PATIENCE = 15_000;

/** Opens a page of tests/browser/pages/ as if it lay in web/. */
async function openWriter(context, baseURL) {
  for (const name of ["stores-writer.html", "stores-writer.mjs"]) {
    await context.route(`**/${name}`, (route) => route.fulfill({ path: path.join(__dirname, "pages", name) }));
  }
  const page = await context.newPage();
  await page.goto(`${baseURL}/stores-writer.html`);
  await page.waitForFunction(() => window.writer);
  return page;
}

/**
 * Opens the store, sees that it is whole, and writes until `end`, which comes `within` so many milliseconds.
 * @returns {Promise<{found: number, durable: number}>} the units found, and those known to be durable at the end
 */
async function writeUntil(context, baseURL, { begin, options, end, within = 150 }) {
  const page = await openWriter(context, baseURL);
  const found = await check(page, options);
  let durable = -1;
  const begun = new Promise((resolve) => {
    page.on("console", (message) => {
      const [, unit] = /^durable (\d+)$/.exec(message.text()) ?? [];
      if (unit !== undefined) resolve((durable = Number(unit)));
    });
  });
  await page.evaluate(begin, options);
  await begun;
  await setTimeout(Math.random() * within);
  await end(page);
  return { found, durable };
}

/** @returns {Promise<number>} the number of the whole unit that the store is at */
async function check(page, options) {
  const unit = await page.evaluate((options) => window.writer.check(options), options);
  expect(typeof unit, `${unit}`).toBe("number");
  return unit;
}

/** Processes of this browser, in the middle of anything. */
async function killProcesses(context, isMeant) {
  const session = await context.browser().newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  // The browser first: it would see the others go.
  const meant = processInfo.filter(isMeant).sort((a, b) => (b.type === "browser") - (a.type === "browser"));
  for (const { id } of meant) {
    try {
      process.kill(id, "SIGKILL");
    } catch (error) {
      // It went with the first one.
      if (error.code !== "ESRCH") throw error;
    }
  }
}

const close = (page) => page.close();

async function kill(page) {
  const crashed = page.waitForEvent("crash");
  await killProcesses(page.context(), ({ type }) => type === "renderer");
  await crashed;
  await page.close();
}

async function leave(page) {
  await page.goto("about:blank");
  await page.close();
}

async function terminate(page) {
  await page.evaluate(() => window.end());
  await setTimeout(20);
  await page.close();
}

/** What writes, and the ways in which it ends, one after the other. */
const here = (options) => window.writer.here(options);
const inWorker = (options) => window.writer.inWorker(options);
const CASES = [
  { title: "indexedDB: a page that is closed, killed or left", store: "indexedDB", begin: here, ends: [close, kill, leave] },
  { title: "localStorage: a page that is closed, killed or left", store: "localStorage", begin: here, ends: [close, kill, leave] },
  { title: "indexedDB: a worker that is terminated or killed", store: "indexedDB", begin: inWorker, ends: [terminate, kill] },
];

for (const { title, store, begin, ends } of CASES) {
  test(`${title} leaves the store at a whole eval, with all that was durable`, async ({ context, baseURL }) => {
    const rounds = LONG ? 100 : ends.length;
    test.setTimeout((rounds + 1) * PATIENCE);
    const options = { store };
    let last = 0;
    for (let i = 0; i < rounds; i++) {
      const { found, durable } = await writeUntil(context, baseURL, { begin, options, end: ends[i % ends.length] });
      expect(found).toBeGreaterThanOrEqual(last);
      last = durable;
    }
    expect(last).toBeGreaterThan(0);
    expect(await check(await openWriter(context, baseURL), options)).toBeGreaterThanOrEqual(last);
  });
}

async function killBrowser(page) {
  const context = page.context();
  const gone = new Promise((resolve) => context.once("close", resolve));
  await killProcesses(context, () => true);
  await gone;
}

for (const store of ["indexedDB", "localStorage"]) {
  test(`${store}: a browser that is killed leaves the store at a whole eval`, async ({ playwright, baseURL }, info) => {
    const rounds = LONG ? 100 : 1;
    test.setTimeout((rounds + 1) * 2 * PATIENCE);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lua-browser-"));
    const launch = () => playwright.chromium.launchPersistentContext(folder, info.project.use.launchOptions);
    const options = { store };
    // Browsers keep the last seconds of localStorage in memory: older is well there, but torn is not.
    const isLate = store === "localStorage";
    const oldest = (unit) => (isLate ? 0 : unit);
    const within = isLate && LONG ? 8000 : 150;
    let last = 0;
    try {
      for (let i = 0; i < rounds; i++) {
        const { found, durable } = await writeUntil(await launch(), baseURL, { begin: here, options, end: killBrowser, within });
        expect(found).toBeGreaterThanOrEqual(oldest(last));
        last = durable;
      }
      const context = await launch();
      expect(await check(await openWriter(context, baseURL), options)).toBeGreaterThanOrEqual(oldest(last));
      await context.close();
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}
