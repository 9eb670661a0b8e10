// What tests share that end pages, workers and browsers at random moments while they write, and look at what is left.
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "./fixtures.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Milliseconds that one end may take, on a busy machine. */
const PATIENCE = 15_000;

/** Opens a page of tests/browser/pages/ as if it lay in web/. @param {string} [writer] its name */
async function openWriter(context, baseURL, writer = "stores-writer.html") {
  for (const name of [writer, "stores-writer.mjs", "stores-units.mjs", "story.mjs"]) {
    await context.route(`**/${name}`, route => route.fulfill({ path: path.join(HERE, "pages", name) }));
  }
  const page = await withinPatience(context.newPage(), "no page was opened");
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${baseURL}/${writer}`);
  await page.waitForFunction(() => window.writer);
  return page;
}

/**
 * Opens the store, sees that it is whole, and writes until `end`, which comes `within` so many milliseconds.
 * @returns {Promise<{found: number, durable: number}>} the units found, and those known to be durable at the end
 */
async function writeUntil(context, baseURL, { writer, begin, options, end, within = 150 }) {
  const page = await openWriter(context, baseURL, writer);
  const found = await check(page, options);
  let durable = -1;
  const begun = new Promise((resolve, reject) => {
    page.on("pageerror", reject);
    page.on("console", message => {
      const [, unit] = /^durable (\d+)$/.exec(message.text()) ?? [];
      if (unit !== undefined) resolve((durable = Number(unit)));
    });
  });
  await withinPatience(page.evaluate(begin, options), "writing did not begin");
  await withinPatience(begun, "nothing was written");
  await setTimeout(Math.random() * within);
  await withinPatience(end(page), "the page did not end");
  return { found, durable };
}

/** What hangs is an error that says where, long before the time of the whole test is over. */
async function withinPatience(doing, problem) {
  const stop = new AbortController();
  const late = setTimeout(PATIENCE, null, { signal: stop.signal }).then(() => Promise.reject(new Error(problem)));
  try {
    return await Promise.race([doing, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
  }
}

/** @returns {Promise<number>} the number of the whole unit that the store is at */
async function check(page, options) {
  const checking = page.evaluate(options => window.writer.check(options), options);
  const unit = await withinPatience(checking, "the store was not opened");
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

async function killBrowser(page) {
  const context = page.context();
  const gone = new Promise(resolve => context.once("close", resolve));
  await killProcesses(context, () => true);
  await gone;
}

/** Chromium itself may find its files corrupt then, and empty the store. That must be told, and only a browser's end excuses it. */
const LOSS = /IndexedDB store 'default' was lost: the browser found its files corrupt/;

/** @returns {Promise<T | null>} null when the browser said that it had lost the store */
async function unlessLost(doing) {
  try {
    return await doing;
  } catch (error) {
    if (LOSS.test(error.message)) return null;
    throw error;
  }
}

const close = page => page.close();

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

/** Ends a page one way after the other, and sees each time that the store is at a whole unit, with all that was durable. */
async function endAgainAndAgain(context, baseURL, { rounds, ends, ...writing }) {
  let last = 0;
  for (let i = 0; i < rounds; i++) {
    const { found, durable } = await writeUntil(context, baseURL, { ...writing, end: ends[i % ends.length] });
    expect(found).toBeGreaterThanOrEqual(last);
    last = Math.max(found, durable);
  }
  expect(last).toBeGreaterThan(0);
  const page = await openWriter(context, baseURL, writing.writer);
  expect(await check(page, writing.options)).toBeGreaterThanOrEqual(last);
}

export {
  PATIENCE,
  openWriter,
  withinPatience,
  writeUntil,
  check,
  killBrowser,
  unlessLost,
  LOSS,
  endAgainAndAgain,
  close,
  kill,
  leave,
};
