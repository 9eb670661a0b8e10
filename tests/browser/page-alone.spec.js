// index.html saved as one file, and opened from a disk: it needs no server.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { test, expect } from "./fixtures.js";
import { button, choose, editor, kept, notice, open, printed, ready, run, runTo, values } from "./page-steps.js";

/** Saves, with Memory. @returns {Promise<string>} the address of the file */
async function saved(page, info, number = 1) {
  await choose(page, "Save as one HTML file…");
  await page.getByLabel("With what is in Memory now").check();
  const downloading = page.waitForEvent("download");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  const file = info.outputPath(`${number}-${path.basename((await downloading).suggestedFilename())}`);
  await (await downloading).saveAs(file);
  await expect(notice(page)).toContainText("Saved as notebook-");
  return pathToFileURL(file).href;
}

test("a notebook saved as one file runs from a disk, with cells, Memory, editor, output and Stop", async ({
  page,
  context,
}, info) => {
  await open(page);
  const code = 'Memory.n = (Memory.n or 0) + 1 -- </script><!-- "ü"\nprint("n is", Memory.n) return Memory.n';
  await runTo(page, code, "1");
  const address = await saved(page, info);
  await page.close();
  const file = await context.newPage();
  const requests = [];
  file.on("request", request => requests.push(request.url().slice(0, 5)));
  const problems = [];
  file.on("console", message => message.type() === "error" && problems.push(message.text()));
  file.on("pageerror", error => problems.push(String(error)));
  await open(file, address);
  expect(new Set(requests)).toEqual(new Set(["file:", "data:", "blob:"].filter(kind => requests.includes(kind))));
  await expect(file.getByText("This file has the notebook as it was saved")).toBeVisible();
  await expect(kept(file, "n")).toContainText("n = 1");
  expect(await editor(file).innerText()).toBe(code);
  await runTo(file, code, "2");
  await expect(printed(file)).toHaveText("n is\t2");
  await run(file, "page.plot{1, 4, 9} while true do end");
  await expect(file.getByRole("img")).toBeVisible();
  await button(file, "Stop").click();
  await expect(file.getByText("Stopped: what this run did")).toBeVisible();
  await file.reload();
  await ready(file);
  await runTo(file, "return Memory.n", "2");
  await file.getByText("Notebook", { exact: true }).click();
  for (const name of ["Share by a link…", "Copy to another tab", "Notebooks…"])
    await expect(button(file, name)).toHaveCount(0);
  expect(problems).toEqual([]);
});

test("two files keep their Memory apart, and the page's", async ({ page, context }, info) => {
  await open(page);
  await runTo(page, "Memory.n = 5 return 1", "1");
  const [first, second] = [await saved(page, info), await saved(page, info, 2)];
  expect(fs.readFileSync(new URL(first), "utf8")).not.toBe(fs.readFileSync(new URL(second), "utf8"));
  const files = [];
  for (const address of [first, second]) {
    files.push(await context.newPage());
    await open(files.at(-1), address);
  }
  await runTo(files[0], "Memory.n = 6 return 1", "1");
  await runTo(files[1], "return Memory.n", "5");
  await expect(values(page)).toHaveText("1");
});
