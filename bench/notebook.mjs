#!/usr/bin/env node
// How soon the page can be used: from the navigation to a button that runs, to the first value, and to the better editor. Each
// time in a Chromium of its own, which has nothing in its caches. Usage: node bench/notebook.mjs [--times N] [--path ADDRESS]
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { serve } from "../serve.js";
import config from "../tests/browser/playwright.config.js";
import { median } from "./statistics.mjs";

/** Milliseconds in which one is to be able to run a cell. */
const GOAL = 300;

/** In the page, before its scripts: notes when something is first there. */
function watch() {
  const wanted = { interactive: ".run:enabled", "first value": ".values > *", editor: ".cm-content" };
  window.seen = { paint: 0 };
  const look = () => {
    for (const [name, selector] of Object.entries(wanted)) {
      if (window.seen[name] || !document.querySelector(selector)) continue;
      window.seen[name] = performance.now();
      if (name === "interactive") document.querySelector(selector).click();
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  new PerformanceObserver(list => {
    const first = list.getEntriesByName("first-contentful-paint")[0];
    if (first) window.seen.paint = first.startTime;
  }).observe({ type: "paint", buffered: true });
}

/** @returns {Promise<Record<string, number>>} milliseconds since the navigation began */
async function once(address) {
  const browser = await chromium.launch(config.use.launchOptions);
  try {
    const page = await browser.newPage({ serviceWorkers: "block" });
    await page.addInitScript(watch);
    await page.goto(address);
    await page.waitForFunction(() => Object.keys(window.seen).length === 4);
    return await page.evaluate(() => window.seen);
  } finally {
    await browser.close();
  }
}

const { values } = parseArgs({
  options: { times: { type: "string", default: "15" }, path: { type: "string", default: "/" } },
});
const server = await serve(0);
const address = `http://localhost:${server.address().port}${values.path}`;
const runs = [];
for (let i = 0; i < Number(values.times); i++) runs.push(await once(address));
server.close();
console.log("| milliseconds after the navigation | median | least | most |\n|---|---:|---:|---:|");
for (const [name, what] of [
  ["paint", "something is shown"],
  ["interactive", "a cell can be run"],
  ["first value", "the value of the first cell is there, run at once"],
  ["editor", "the better editor is there"],
]) {
  const times = runs.map(run => run[name]);
  const figures = [median(times), Math.min(...times), Math.max(...times)].map(Math.round);
  console.log(`| ${[what, ...figures].join(" | ")} |`);
}
const interactive = median(runs.map(run => run.interactive));
console.log(`\nThe goal, ${GOAL} ms until a cell can be run, is ${interactive <= GOAL ? "met" : "missed"}.`);
