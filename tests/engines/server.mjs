// Serves the repository to a page that runs tests, cross-origin isolated, and takes its reports.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { importMap, moduleText } from "./modules.mjs";
import { TYPES, fileFor as pathFor } from "../../serve.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
/** The page stands beside web/'s files, and in the folder that programs run in. */
const SHORTCUTS = { "/lua.wasm": "/web/lua.wasm" };
const PAGE = new URL("page/run.html", import.meta.url);

const NODE_GLOBALS = {
  Buffer: 'import { Buffer } from "node:buffer"; ',
  process: 'import process from "node:process"; ',
  setImmediate: 'import { setImmediate } from "node:timers"; ',
};

/** A test with the globals of Node that it uses as imports, on its first line: what is tested must find none of them. */
function withNodeGlobals(text) {
  const used = Object.keys(NODE_GLOBALS).filter(
    name => new RegExp(`\\b${name}\\b`).test(text) && !new RegExp(`^import .*\\b${name}\\b.* from`, "m").test(text),
  );
  return used.map(name => NODE_GLOBALS[name]).join("") + text.replace(/^#!.*/, "");
}

/** What pages of the project import as TypeScript is what the build made of it. */
const built = name => name.replace(/^\/js\/src\/(.+)\.[jt]s$/, "/js/dist/$1.js");

async function fileFor(name) {
  const file = pathFor(ROOT, SHORTCUTS[name] ?? built(name));
  if (!file) return undefined;
  const bytes = await readFile(file).catch(() => undefined);
  const isTest = bytes && /^\/tests\/(?!engines\/).*\.mjs$/.test(name);
  return { bytes: isTest ? withNodeGlobals(bytes.toString()) : bytes, type: TYPES[path.extname(file)] };
}

async function answer(url) {
  const [name] = url.split("?");
  if (name === "/")
    return {
      bytes: (await readFile(PAGE, "utf8")).replace("IMPORT_MAP", JSON.stringify(importMap())),
      type: TYPES[".html"],
    };
  const [, node] = /^\/node\/(.+)\.mjs$/.exec(name) ?? [];
  return node ? { bytes: await moduleText(node), type: TYPES[".mjs"] } : fileFor(name);
}

/** @param {(events: object[]) => void} heard @returns {Promise<{ origin: string, close: () => void }>} on a free port */
export async function serve(heard) {
  const serving = http.createServer(async (request, response) => {
    try {
      if (request.url === "/report") return (heard(await json(request)), response.end());
      const { bytes, type } = (await answer(request.url)) ?? {};
      if (bytes === undefined) return response.writeHead(404).end();
      response
        .writeHead(200, {
          "Content-Type": type ?? "application/octet-stream",
          "Cache-Control": "no-cache",
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Embedder-Policy": "require-corp",
        })
        .end(bytes);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await once(serving.listen(0, "localhost"), "listening");
  const close = () => (serving.close(), serving.closeAllConnections());
  return { origin: `http://localhost:${serving.address().port}`, close };
}
