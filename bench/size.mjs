// How many bytes each engine is, as published: raw, gzip and brotli, of its wasm and of its JavaScript.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";

const fromRoot = path => fileURLToPath(new URL(`../${path}`, import.meta.url));
const FENGARI = "node_modules/fengari/src/";

/** The files a page needs; each is compressed by itself, as a server would. build.sh makes ours. */
const SCRIPTS = {
  lua: ["web/lua-persistent.js", "web/wasm-loader.js"],
  wasmoon: ["node_modules/wasmoon/dist/index.js"],
};

function sizesOf(bytes) {
  const size = { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return {
    raw: bytes.length,
    gzip: zlib.gzipSync(bytes, { level: 9 }).length,
    brotli: zlib.brotliCompressSync(bytes, { params: size }).length,
  };
}

const add = (a, b) => ({ raw: a.raw + b.raw, gzip: a.gzip + b.gzip, brotli: a.brotli + b.brotli });

/** Fengari's many modules reach a page as one file; what they need beside themselves is sprintf-js. */
function fengariBundle() {
  const modules = readdirSync(fromRoot(FENGARI)).map(name => FENGARI + name);
  return Buffer.concat(
    [...modules, "node_modules/sprintf-js/src/sprintf.js"].map(name => readFileSync(fromRoot(name))),
  );
}

/** @returns {{wasm?: {raw, gzip, brotli}, js: {raw, gzip, brotli}}} */
export function sizesOfEngine({ adapter, wasm }) {
  if (adapter === "fengari") return { js: sizesOf(fengariBundle()) };
  const js = SCRIPTS[adapter].map(name => sizesOf(readFileSync(fromRoot(name)))).reduce(add);
  return { wasm: sizesOf(readFileSync(wasm)), js };
}
