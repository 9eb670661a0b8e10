// Serves what a bundler built, opens it in a browser, and hears how far the steps came.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { TYPES, fileFor } from "../../serve.js";
import { eventually, freePort, start } from "../engines/drivers/processes.mjs";
import { environment } from "./project.mjs";

/** Milliseconds without a word from a page until it counts as hanging. */
const PATIENCE = 60_000;

/**
 * @param {{ open: (url: string) => Promise<void> }} browser
 * @param {string} project the folder of one that is built
 * @param {import("./environments.mjs").Environment} environment
 * @returns {Promise<import("./steps.ts").Outcome>}
 */
export async function openPage(browser, project, { site, server: command }) {
  const hearing = new Hearing();
  const own = await listen(hearing, site && path.join(project, site));
  const served = command && (await serveWith(command, project));
  try {
    const origin = served ? `${served.origin}/?report=${own.origin}/report` : `${own.origin}/`;
    await browser.open(origin);
    return await hearing.outcome;
  } finally {
    await served?.stop();
    own.close();
  }
}

/** What a page says of itself; it ends with an outcome, or after some time without a word. */
class Hearing {
  #at = "loading the page";
  #missing = [];
  #timer;

  constructor() {
    this.outcome = new Promise(resolve => (this.#end = resolve));
    this.#hope();
  }

  #end;

  #hope() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), PATIENCE);
  }

  #giveUp() {
    const missing = this.#missing.length > 0 ? `; these files are not there: ${this.#missing.join(", ")}` : "";
    const error = `${this.#at}: nothing heard for ${PATIENCE / 1000} s${missing}`;
    this.#end({ passed: [], skipped: [], error });
  }

  /** A file that the page asked for and did not get. */
  miss(url) {
    if (url !== "/favicon.ico") this.#missing.push(url);
  }

  hear(message) {
    this.#hope();
    if (message.at) this.#at = message.at;
    if (!message.passed) return;
    clearTimeout(this.#timer);
    const missing = message.error && this.#missing.length > 0 ? `\nnot there: ${this.#missing.join(", ")}` : "";
    this.#end(missing ? { ...message, error: message.error + missing } : message);
  }
}

/** @param {string} [root] of the site; reports are taken in any case */
async function listen(hearing, root) {
  const serving = http.createServer(async (request, response) => {
    if (request.method === "POST") {
      hearing.hear(JSON.parse(Buffer.concat(await request.toArray())));
      return response.end();
    }
    const file = root && fileFor(root, request.url);
    const bytes = file && (await readFile(file).catch(() => undefined));
    if (!bytes) return (hearing.miss(request.url), response.writeHead(404).end());
    response.writeHead(200, { "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream" }).end(bytes);
  });
  await once(serving.listen(0, "localhost"), "listening");
  const close = () => (serving.close(), serving.closeAllConnections());
  return { origin: `http://localhost:${serving.address().port}`, close };
}

/** The tool's own server. */
async function serveWith(command, project) {
  const port = await freePort();
  const [program, ...args] = command(String(port));
  const running = start(path.join(project, "node_modules/.bin", program), args, environment(project), project);
  const origin = `http://localhost:${port}`;
  const answers = () =>
    fetch(origin).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    );
  await Promise.race([eventually(program, answers), running.failed]);
  return { origin, stop: running.stop };
}
