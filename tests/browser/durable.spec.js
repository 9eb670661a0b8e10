// A browser that is killed at any moment while a program in it runs: opened again the program goes on, and its story ends with
// exactly the text that it would have had. `KILLS=100` for so many (npm run durable).
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { test, expect } from "./fixtures.js";
import { PATIENCE, killBrowser, openWriter, unlessLost, withinPatience } from "./kills.js";

const KILLS = Number(process.env.KILLS ?? 2);
/** The story is not over before the last of them, on a machine that is not busy. */
const CHAPTERS = 10 + 10 * KILLS;

/** A page that goes on with the story, and says how far it is. */
async function goOn(context, baseURL, hears, options) {
  const page = await openWriter(context, baseURL, "story.html");
  page.on("console", message => {
    const [, state] = /^state (.*)$/.exec(message.text()) ?? [];
    if (state !== undefined) hears(JSON.parse(state));
  });
  const begun = page.evaluate(options => window.writer.begin(options), options);
  hears(await withinPatience(begun, "the program was not opened"));
  return page;
}

for (const isInWorker of [false, true]) {
  test(`a story in ${isInWorker ? "a worker" : "a page"} ends with the same text when the browser is killed ${KILLS} times`, async ({
    playwright,
    baseURL,
  }, info) => {
    test.setTimeout((KILLS + 4) * 2 * PATIENCE);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lua-durable-"));
    const launch = () => playwright.chromium.launchPersistentContext(folder, info.project.use.launchOptions);
    const options = { store: "indexedDB", chapters: CHAPTERS, isInWorker };
    let [last, losses, told, kills, untold] = [{ lines: 0, count: 0 }, 0, 0, 0, 0];
    const wrong = [];
    const hears = state => {
      if (state.lines < last.lines || state.count < last.count) wrong.push([last, state]);
      last = state;
    };
    try {
      for (let i = 0; i < KILLS; i++) {
        const context = await launch();
        const page = await unlessLost(goOn(context, baseURL, hears, options));
        if (page) {
          await setTimeout(Math.random() * 300);
          await withinPatience(killBrowser(page), "the browser did not end");
          kills++;
          if (!last.text) untold++;
        } else {
          // Chromium itself emptied the store, and said so: the story begins anew.
          await context.close();
          last = { lines: 0, count: 0 };
          losses++;
        }
        told = Math.max(told, last.lines);
      }
      expect(untold, "kills before the story was over").toBeGreaterThan(0);
      const context = await launch();
      await unlessLost(goOn(context, baseURL, hears, options));
      await expect.poll(() => last.text, { timeout: (KILLS + 4) * PATIENCE }).toBeTruthy();
      const page = await openWriter(context, baseURL, "story.html");
      expect(last.text).toBe(await page.evaluate(options => window.writer.uninterrupted(options), options));
      expect(wrong).toEqual([]);
      await context.close();
    } finally {
      const place = isInWorker ? "a worker" : "a page";
      console.log(
        `${place}: ${kills} of ${KILLS} kills, ${told} lines told, ${wrong.length} times something was lost; ${losses} times Chromium had emptied the store and said so`,
      );
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}
