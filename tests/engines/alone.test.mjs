// The page in one file, opened from a disk in Firefox and WebKit. tests/browser/page-alone.spec.js does more, in Chromium.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import * as firefox from "./drivers/firefox.mjs";
import { eventually } from "./drivers/processes.mjs";
import * as webkit from "./drivers/webkit.mjs";

const PLACE = '<script type="application/json" id="notebook">';
const CODE = "Memory.n = (Memory.n or 40) + 1 return Memory.n";
const NOTEBOOK = JSON.stringify({
  name: "file-test",
  time: 0,
  notebook: { cells: [{ code: CODE, head: 0 }], active: 0 },
});

for (const { name, launch } of [firefox, webkit]) {
  test(`the page in one file runs from a disk in ${name}, in a worker, and says where Memory is kept`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "lua-alone-"));
    const template = readFileSync(new URL("../../web/page-alone.html", import.meta.url), "utf8");
    writeFileSync(
      join(folder, "notebook.html"),
      template.replace(PLACE, () => PLACE + NOTEBOOK),
    );
    const browser = await launch();
    const shown = (what, script) =>
      eventually(what, async () => (await browser.evaluate(`return ${script}`).catch(() => null)) || undefined);
    try {
      await browser.open(pathToFileURL(join(folder, "notebook.html")).href);
      await shown(
        "the editor",
        `document.querySelector(".run:enabled") && document.querySelectorAll(".cm-content").length`,
      );
      await browser.evaluate(`document.querySelector(".run").click()`);
      assert.equal((await shown("a value", `document.querySelector(".values").innerText`)).trim(), "41");
      const place = await browser.evaluate(`return document.querySelector("#place").innerText`);
      assert.match(place, /^Memory is (kept in this browser|not kept: it ends with this page)/);
      assert.doesNotMatch(place, /There are no workers here/);
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
