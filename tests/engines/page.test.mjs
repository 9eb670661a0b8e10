// The page from a server in Firefox and WebKit: a newcomer's first minute. tests/browser does more, in Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../../serve.js";
import * as firefox from "./drivers/firefox.mjs";
import { eventually } from "./drivers/processes.mjs";
import * as webkit from "./drivers/webkit.mjs";

const RUN = `document.querySelector(".run").click()`;
/** What is shown, when it is there. */
const READY = `document.querySelector(".run:enabled") && document.querySelectorAll(".cm-content").length`;
const VALUE = `document.querySelector(".values").innerText.trim()`;
const KEPT = `document.querySelector("#tree").innerText.match(/counter = \\d+/)?.[0]`;

for (const { name, launch } of [firefox, webkit]) {
  test(`in ${name} one runs a cell, sees Memory change in the tree, reloads, and finds it there`, async () => {
    const server = await serve(0);
    const browser = await launch();
    const evaluate = script => browser.evaluate(`return ${script}`);
    const shown = (what, script) =>
      eventually(what, async () => (await evaluate(script).catch(() => null)) || undefined);
    try {
      await browser.open(`http://localhost:${server.address().port}/`);
      await shown("the editor", READY);
      // The worker that index.html had begun is the one that runs.
      assert.equal(await evaluate("window.begunLua.worker"), null);
      assert.equal(await evaluate("window.begunLua.hasFailed"), false);
      await browser.evaluate(RUN);
      assert.equal(await shown("a value", VALUE), "1");
      assert.equal(await shown("the change in the tree", KEPT), "counter = 1");
      await browser.evaluate(`window.isOld = true; location.reload()`);
      await shown("the editor again", `!window.isOld && ${READY}`);
      assert.equal(await shown("what was kept", KEPT), "counter = 1");
      await browser.evaluate(RUN);
      assert.equal(await shown("the next value", VALUE), "2");
      assert.match(await evaluate(`document.querySelector("#place").innerText`), /^Memory is kept in this browser/);
    } finally {
      await browser.close();
      server.close();
    }
  });
}
