// Functions of the host leave nothing behind in a page and its worker, whose memory Chromium says: `LEAKS=100000` for so many.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { test, expect } from "./fixtures.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const COUNT = Number(process.env.LEAKS ?? 1000);

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

/** Asks the page's and its workers' engines. @returns what collects garbage, and says the bytes that are left */
async function heapOf(page) {
  const session = await page.context().newCDPSession(page);
  const [workers, answers] = [[], new Map()];
  session.on("Target.attachedToTarget", ({ sessionId }) => workers.push(sessionId));
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { id, result } = JSON.parse(message);
    answers.get(id)?.(result);
  });
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  let count = 0;
  const inWorker = sessionId => method =>
    new Promise((resolve, reject) => {
      answers.set(++count, resolve);
      const message = JSON.stringify({ id: count, method });
      session.send("Target.sendMessageToTarget", { sessionId, message }).catch(reject);
    });
  return async () => {
    let sum = 0;
    for (const send of [method => session.send(method), ...workers.map(inWorker)]) {
      await send("HeapProfiler.collectGarbage");
      sum += (await send("Runtime.getHeapUsage")).usedSize;
    }
    return { bytes: sum, threads: 1 + workers.length };
  };
}

for (const how of ["open", "openWorker"]) {
  test(`waits, callbacks, functions and tasks leave nothing behind in a page, with ${how}`, async ({ page }) => {
    test.setTimeout(60_000 + 30 * COUNT);
    await page.route("**/leak.html", route => route.fulfill({ contentType: "text/html", body: PAGE }));
    await page.route("**/leaks.mjs", route => route.fulfill({ path: path.join(HERE, "../host/leaks.mjs") }));
    await page.goto("/leak.html");
    await page.waitForFunction(() => window.measure);
    const heap = await heapOf(page);
    let threads;
    await page.exposeFunction("heap", async () => {
      const left = await heap();
      ({ threads } = left);
      return left.bytes;
    });
    const lines = await page.evaluate(([how, count]) => window.measure(how, count), [how, COUNT]);
    console.log(lines.map(line => `${how}: ${line}`).join("\n"));
    expect(threads).toBe(how === "open" ? 1 : 2);
    expect(lines.filter(line => !line.startsWith("ok"))).toEqual([]);
    expect(lines).toHaveLength(7);
  });
}
