// Sessions in Chromium: a page each, in a browser context of its own and so in a fresh renderer process without caches.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ORIGIN = "http://bench.invalid";
const DEBIAN_CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A page that waits for its turn must not lose its priority.
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
];
const TYPES = { ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm" };

/** @returns {Promise<{version: string, open: Function, openPage: () => Promise<Page>, close: () => Promise<void>}>} */
export async function launchChromium() {
  const { chromium } = await import("@playwright/test");
  const executablePath = existsSync(DEBIAN_CHROMIUM) ? DEBIAN_CHROMIUM : undefined;
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  return {
    version: browser.version(),
    open: (...engine) => openSession(browser, ...engine),
    openPage: () => openPage(browser, path.join(ROOT, "web/lua.wasm")),
    close: () => browser.close(),
  };
}

/** A page that is empty, with the project's files beside it. */
async function openPage(browser, wasm) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await context.route("**/*", route => answer(route, wasm));
  await page.goto(`${ORIGIN}/`);
  return page;
}

async function openSession(browser, adapter, wasm) {
  const page = await openPage(browser, wasm);
  const opened = await page.evaluate(async adapter => {
    const { openSession } = await import("/bench/session.mjs");
    const bytes = new Uint8Array(await (await fetch("/engine.wasm")).arrayBuffer());
    globalThis.session = await openSession(adapter, bytes, undefined, () => performance.now() / 1e3);
    return globalThis.session.opened;
  }, adapter);
  const ask = async (name, ...args) => {
    await page.bringToFront();
    return page.evaluate(([name, args]) => globalThis.session[name](...args), [name, args]);
  };
  return {
    opened,
    run: source => ask("run", source),
    rate: (source, seconds) => ask("rate", source, seconds),
    close: () => page.context().close(),
  };
}

/** Serves the project's files without a server, and the engine's wasm under one name. */
async function answer(route, wasm) {
  const { pathname } = new URL(route.request().url());
  if (pathname === "/") return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>bench</title>" });
  const file = pathname === "/engine.wasm" ? wasm : path.join(ROOT, pathname);
  if (!existsSync(file)) return route.fulfill({ status: 404 });
  return route.fulfill({ contentType: TYPES[path.extname(file)], body: await readFile(file) });
}
