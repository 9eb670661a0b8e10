// How many bytes each engine is, as published: raw, gzip and brotli, of its wasm and of its JavaScript; and of what a program needs.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import { build } from "esbuild";

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

/** What a program that opens Lua with host functions and a store has of our package, as a bundler makes it. */
async function bundle() {
  const { outputFiles } = await build({
    stdin: { contents: 'export { open } from "./open.js";', resolveDir: fromRoot("js/dist") },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "warning",
  });
  return sizesOf(Buffer.from(outputFiles[0].contents));
}

/**
 * `js` is what a page includes; `program` is the JavaScript for opening Lua with host functions and a store.
 * @returns {Promise<{wasm?: {raw, gzip, brotli}, js: {raw, gzip, brotli}, program?: {raw, gzip, brotli}}>}
 */
export async function sizesOfEngine({ adapter, wasm }) {
  if (adapter === "fengari") return { js: sizesOf(fengariBundle()) };
  const js = SCRIPTS[adapter].map(name => sizesOf(readFileSync(fromRoot(name)))).reduce(add);
  return { wasm: sizesOf(readFileSync(wasm)), js, program: adapter === "lua" ? await bundle() : js };
}
