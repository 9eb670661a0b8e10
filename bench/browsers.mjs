// Sessions in Firefox and WebKit: a browser each, with a profile of its own and so without caches. Its page sends each answer
// to a server in this process, and gets the next request in return.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { TYPES, fileFor } from "../serve.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const PAGE = '<!doctype html><title>bench</title><script type="module" src="/bench/page.mjs"></script>';
/** Isolated pages have a clock that is good to 20 microseconds. */
const HEADERS = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
/** Milliseconds for one answer. */
const PATIENCE = 300_000;

/** @param {typeof import("../tests/engines/drivers/firefox.mjs")} driver */
export async function launchBrowser(driver) {
  const { version, close } = await driver.launch();
  await close();
  return { version, open: (adapter, wasm) => openSession(driver, adapter, wasm), close: async () => {} };
}

async function openSession(driver, adapter, wasm) {
  const conversation = new Conversation();
  const server = http.createServer((request, response) => answer(request, response, wasm, conversation));
  await once(server.listen(0, "localhost"), "listening");
  const browser = await driver.launch();
  const close = async () => {
    await browser.close();
    server.close();
    server.closeAllConnections();
  };
  try {
    const opened = conversation.next();
    await browser.open(`http://localhost:${server.address().port}/?${adapter}`);
    const ask = (name, ...args) => conversation.ask({ name, args });
    return {
      opened: await opened,
      run: source => ask("run", source),
      rate: (source, seconds) => ask("rate", source, seconds),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One request at a time. The page asks for it by sending what the last one gave. */
class Conversation {
  #response = null;
  #heard = () => {};

  /** @returns {Promise<any>} what the page says next @throws {Error} what it failed with */
  next() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
      this.#heard = ({ value, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      };
    });
  }

  ask(request) {
    const answered = this.next();
    this.#response.end(JSON.stringify(request));
    return answered;
  }

  said(message, response) {
    this.#response = response;
    this.#heard(message);
  }
}

async function answer(request, response, wasm, conversation) {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/said") return conversation.said(await json(request), response);
  if (pathname === "/") return response.writeHead(200, { ...HEADERS, "Content-Type": "text/html" }).end(PAGE);
  const file = pathname === "/engine.wasm" ? wasm : fileFor(ROOT, pathname);
  const bytes = file && (await readFile(file).catch(() => undefined));
  if (!bytes) return response.writeHead(404).end();
  response.writeHead(200, { ...HEADERS, "Content-Type": TYPES[path.extname(file)] }).end(bytes);
}
