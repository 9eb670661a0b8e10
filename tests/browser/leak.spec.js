// Functions of the host leave nothing behind in a page and its worker, whose memory Chromium says: `LEAKS=100000` for so many.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { test, expect } from "./fixtures.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const COUNT = Number(process.env.LEAKS ?? 2000);

const PAGE = `<!doctype html><meta charset="utf-8"><script type="module">
  import { LuaPersistent } from "./lua-persistent.mjs";
  import { OPTIONS, measure } from "./leaks.mjs";
  window.measure = async (how, count) => {
    const lua = await LuaPersistent[how](OPTIONS);
    const lines = [];
    await measure(lua, count, window.heap, line => lines.push(line));
    await lua.close();
    return lines;
  };
</script>`;

/** Runs in a page, or in a worker of it. @returns bytes that are left */
function collected() {
  globalThis.gc();
  return performance.memory.usedJSHeapSize;
}

for (const how of ["open", "openWorker"]) {
  test(`waits, callbacks, functions and tasks leave nothing behind in a page, with ${how}`, async ({
    playwright,
    baseURL,
  }, info) => {
    test.setTimeout(60_000 + 30 * COUNT);
    const { launchOptions } = info.project.use;
    const args = [...launchOptions.args, "--js-flags=--expose-gc", "--enable-precise-memory-info"];
    const browser = await playwright.chromium.launch({ ...launchOptions, args });
    try {
      const page = await browser.newPage();
      await page.route("**/leak.html", route => route.fulfill({ contentType: "text/html", body: PAGE }));
      await page.route("**/leaks.mjs", route => route.fulfill({ path: path.join(HERE, "../host/leaks.mjs") }));
      await page.exposeFunction("heap", async () => {
        const threads = await Promise.all([page, ...page.workers()].map(thread => thread.evaluate(collected)));
        return threads.reduce((sum, bytes) => sum + bytes, 0);
      });
      await page.goto(`${baseURL}/leak.html`);
      await page.waitForFunction(() => window.measure);
      const lines = await page.evaluate(([how, count]) => window.measure(how, count), [how, COUNT]);
      console.log(lines.map(line => `${how}: ${line}`).join("\n"));
      expect(lines.filter(line => !line.startsWith("ok"))).toEqual([]);
      expect(lines).toHaveLength(7);
    } finally {
      await browser.close();
    }
  });
}
