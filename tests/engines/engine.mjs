// Runs test files in one browser, one page a file. What the browser does not answer is a failure of the test it was at.
import { serve } from "./server.mjs";

/** @typedef {{ file: string, name: string, status: "ok"|"FAIL"|"skip"|"node", detail?: string, ms?: number }} Result */

/** A file under way: takes the page's events, and ends with `done` or after `patience` milliseconds without any. */
class Run {
  results = [];
  at = "loading the file";

  constructor(file, patience) {
    Object.assign(this, { file, patience });
    this.ended = new Promise(resolve => (this.end = resolve));
    this.hope();
  }

  hope() {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => this.fail(`nothing heard for ${this.patience / 1000} s: it hangs, or the browser crashed`),
      this.patience,
    );
  }

  hear(events) {
    this.hope();
    for (const { kind, ...event } of events) {
      if (kind === "start") this.at = event.name;
      if (kind === "end") this.results.push({ file: this.file, ...event });
      if (kind === "done") this.finish(true);
    }
  }

  fail(detail) {
    this.results.push({ file: this.file, name: this.at, status: "FAIL", detail });
    this.finish(false);
  }

  finish(alive) {
    clearTimeout(this.timer);
    this.end(alive);
  }
}

/**
 * As `runIn`, in two browsers: one that measures depths, and one as users have it.
 * @param {typeof import("./drivers/firefox.mjs")} driver
 */
export async function runAllIn({ name, launch, largestFrames }, { depths, others }, options) {
  const measured = depths.length > 0 && (await runIn({ name, launch: () => launch(largestFrames) }, depths, options));
  const run = (others.length > 0 || !measured) && (await runIn({ name, launch }, others, options));
  return { ...(run || measured), results: [measured, run].flatMap(each => each?.results ?? []) };
}

/**
 * @param {{ name: string, launch: () => Promise<Browser> }} driver
 * @param {{ patience: number, without?: string, done?: (file: string, results: Result[]) => void }} options milliseconds until
 *   silence is a failure; a pattern of the names of tests to leave out; what hears of each file
 * @returns {Promise<{ name: string, version: string, results: Result[] }>}
 */
export async function runIn(driver, files, { patience, without = "", done = () => {} }) {
  let run;
  const server = await serve(events => run.hear(events));
  let browser = await driver.launch();
  const { version } = browser;
  const results = [];
  try {
    for (const file of files) {
      run = new Run(file, patience);
      browser
        .open(`${server.origin}/?${new URLSearchParams({ file, without })}`)
        .catch(error => run.fail(String(error)));
      const alive = await run.ended;
      results.push(...run.results);
      done(file, run.results);
      if (alive) continue;
      await browser.close();
      browser = await driver.launch();
    }
  } finally {
    await browser.close();
    server.close();
  }
  return { name: driver.name, version, results };
}
