// index.html without a network: its files are kept by the service worker, a newer version is offered, and it can be installed.
// Each test has a server of its own, because what one keeps is no other's.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "../../serve.js";
import { test as base, expect } from "./fixtures.js";
import { button, open, ready, runTo } from "./page-steps.js";

const SITE = fileURLToPath(new URL("../../dist/", import.meta.url));

const test = base.extend({
  /** A copy of dist/ that can be changed, its server, and its origins. */
  site: async ({}, use) => {
    const folder = fs.mkdtempSync(path.join(tmpdir(), "lua-site-"));
    fs.cpSync(SITE, folder, { recursive: true });
    const server = await serve(0, folder);
    const { port } = server.address();
    const stop = () => new Promise(resolve => (server.close(resolve), server.closeAllConnections()));
    await use({
      folder,
      stop,
      // A name that is nobody's own machine, and trusted like it.
      public: `http://page.localhost:${port}/`,
      local: `http://localhost:${port}/`,
    });
    await stop();
    fs.rmSync(folder, { recursive: true });
  },
});
test.use({ serviceWorkers: "allow" });

/** Opens the page, and waits until its files are kept. */
async function openKept(page, address) {
  await open(page, address);
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active.state !== "activated") await new Promise(resolve => (active.onstatechange = resolve));
  });
}

/** Makes another version of the site, with this title. */
function publish(folder, title) {
  const page = fs.readFileSync(`${folder}/index.html`, "utf8");
  const changed = page.replace(/<title>.*?<\/title>/, `<title>${title}</title>`);
  const hashOf = text => createHash("sha256").update(text).digest("base64");
  const service = fs.readFileSync(`${folder}/page-service.js`, "utf8");
  expect(service).toContain(hashOf(page));
  fs.writeFileSync(`${folder}/index.html`, changed);
  // What names the version is a hash of all of them.
  const version = /"[0-9a-f]{16}"/.exec(service)[0];
  const other = `"${createHash("sha256").update(changed).digest("hex").slice(0, 16)}"`;
  fs.writeFileSync(
    `${folder}/page-service.js`,
    service.replace(hashOf(page), () => hashOf(changed)).replace(version, () => other),
  );
}

test("without a network the page opens again, with its text, its Memory and its editor", async ({ page, site }) => {
  await openKept(page, site.public);
  await runTo(page, "Memory.n = 41 return 1", "1");
  await site.stop();
  await page.reload();
  await ready(page);
  await runTo(page, "return Memory.n + 1", "42");
  await page.goto(`${site.public}?notebook=Other#lua=return%207`);
  await ready(page);
  await runTo(page, "return Memory.n", "nil");
});

test("a newer version is offered, and is there when that is wanted", async ({ page, site }) => {
  await openKept(page, site.public);
  publish(site.folder, "Version two");
  await page.reload();
  await ready(page);
  await expect(page).not.toHaveTitle("Version two");
  await expect(page.getByText("There is a newer version of this page.")).toBeVisible();
  await page.reload();
  await ready(page);
  await runTo(page, "return 1", "1");
  await button(page, "Load it").click();
  await expect(page).toHaveTitle("Version two");
  await ready(page);
  await expect(page.getByText("There is a newer version")).toHaveCount(0);
  await site.stop();
  await page.reload();
  await ready(page);
  await expect(page).toHaveTitle("Version two");
  expect(await page.evaluate(async () => (await caches.keys()).length)).toBe(1);
});

test("a server whose files do not fit together yet changes nothing", async ({ page, site }) => {
  await openKept(page, site.public);
  publish(site.folder, "Version two");
  fs.appendFileSync(`${site.folder}/page.css`, "/* half written */");
  await page.reload();
  await ready(page);
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update().catch(() => {});
    while (registration.installing) await new Promise(resolve => setTimeout(resolve, 50));
  });
  await expect(page.getByText("There is a newer version")).toHaveCount(0);
  await site.stop();
  await page.reload();
  await ready(page);
  await expect(page).not.toHaveTitle("Version two");
});

test("on the developer's own machine the server's files count, and the kept ones only without it", async ({
  page,
  site,
}) => {
  await openKept(page, site.local);
  const index = fs.readFileSync(`${site.folder}/index.html`, "utf8");
  fs.writeFileSync(`${site.folder}/index.html`, index.replace(/<title>.*?<\/title>/, "<title>Just built</title>"));
  await page.reload();
  await ready(page);
  await expect(page).toHaveTitle("Just built");
  await site.stop();
  await page.reload();
  await ready(page);
  await runTo(page, "return 1", "1");
});

test("the page can be installed", async ({ page, site }) => {
  await openKept(page, site.public);
  const client = await page.context().newCDPSession(page);
  const { errors, data } = await client.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  const { icons } = JSON.parse(data);
  expect(icons).toHaveLength(4);
  for (const { src, sizes } of icons.slice(1)) {
    const shown = await page.evaluate(
      src =>
        new Promise((resolve, reject) =>
          Object.assign(new Image(), { src, onload: event => resolve(event.target.naturalWidth), onerror: reject }),
        ),
      src,
    );
    expect(`${shown}x${shown}`).toBe(sizes);
  }
  const { installabilityErrors } = await client.send("Page.getInstallabilityErrors");
  expect(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito")).toEqual([]);
});
