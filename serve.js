// Serves web/ on this machine: `node serve.js [--port N]`. For trying the page, not for the open internet.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("web", import.meta.url));
const DEFAULT_PORT = 8000;
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/**
 * @param {string} root
 * @param {string} url path and query, as a client sends them
 * @returns {string | undefined} the file meant; undefined for what is outside `root` or is not a path
 */
function fileFor(root, url) {
  let name;
  try {
    name = decodeURIComponent(url.split(/[?#]/)[0]);
  } catch {
    return undefined;
  }
  if (name.includes("\0")) return undefined;
  const file = path.join(root, name.endsWith("/") ? `${name}index.html` : name);
  return file.startsWith(root + path.sep) ? file : undefined;
}

/** Calls `done` with an error when no root has the file. */
function readFrom([root, ...others], url, done) {
  const file = root && fileFor(root, url);
  if (!file) return done(new Error("there is no such file"));
  fs.readFile(file, (error, content) => {
    if (error && others.length > 0) readFrom(others, url, done);
    else done(error, content, file);
  });
}

/**
 * @param {string | string[]} [roots] a file is that of the first one that has it
 * @returns {http.Server} not yet listening
 */
function createServer(roots = ROOT) {
  return http.createServer((request, response) => {
    const refuse = status => response.writeHead(status).end(http.STATUS_CODES[status]);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(405);
    readFrom([roots].flat(), request.url, (error, content, file) => {
      if (error) return refuse(404);
      const type = TYPES[path.extname(file)] ?? "application/octet-stream";
      response.writeHead(200, {
        "Content-Type": type,
        "Content-Length": content.length,
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
      });
      response.end(request.method === "HEAD" ? undefined : content);
    });
  });
}

/** @param {number} port 0 for any free one @returns {Promise<http.Server>} listening on localhost only */
function serve(port, roots) {
  return new Promise((resolve, reject) => {
    const server = createServer(roots);
    server.once("error", reject);
    server.listen(port, "localhost", () => resolve(server));
  });
}

/** @param {string[]} args @returns {number | undefined} undefined when the arguments make no sense */
function portFrom(args) {
  if (args.length === 0) return DEFAULT_PORT;
  const port = Number(args[1]);
  return args.length === 2 && args[0] === "--port" && /^\d+$/.test(args[1]) && port <= 65535 ? port : undefined;
}

async function main() {
  const port = portFrom(process.argv.slice(2));
  if (port === undefined) return fail("usage: node serve.js [--port N], N from 0 to 65535");
  try {
    const server = await serve(port);
    console.log(`http://localhost:${server.address().port}`);
  } catch (error) {
    if (error.code !== "EADDRINUSE") return fail(`cannot listen on port ${port}: ${error.message}`);
    fail(`port ${port} is taken: choose another with node serve.js --port N`);
  }
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}

export { TYPES, createServer, fileFor, portFrom, serve };
// The command, and not an import of it.
if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main();
