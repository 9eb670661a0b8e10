// Chromium, by Playwright.
import { chromium } from "@playwright/test";
import { FLAGS } from "../../browser/depth-pages.js";
import config from "../../browser/playwright.config.js";

export const name = "Chromium";

/** For measuring the stack: interpreted JavaScript, and of wasm only the first compiler's code, whose frames are the largest. */
export const largestFrames = { flags: [FLAGS] };

/** @param {{ flags?: string[] }} options @returns {Promise<Browser>} */
export async function launch({ flags = [] } = {}) {
  const { executablePath, args } = config.use.launchOptions;
  const browser = await chromium.launch({ executablePath, args: [...args, ...flags] });
  const page = await browser.newPage();
  return {
    version: browser.version(),
    open: async url => void (await page.goto(url, { waitUntil: "commit" })),
    evaluate: script => page.evaluate(`(() => { ${script} })()`),
    close: () => browser.close(),
  };
}
