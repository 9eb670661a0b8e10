// Makes the page from what is in this folder: index.html, `page.mjs`, what it loads later, and the worker's script, with the code that
// they share in files of its own; and of all that the static site dist/. js/build.mjs has made js/dist/ before.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { hashBytes } from "../../js/dist/core/loaded-wasm.js";
import { makeAlone } from "./build/alone.mjs";
import { makeIcons } from "./build/icons.mjs";
import { makeIndex } from "./build/index.mjs";
import { SRC, optionsOf } from "./build/options.mjs";
import { makeService } from "./build/service.mjs";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const WEB = at("../");

/** What the scripts are made of beside the package's own code; each has its licence in its folder. */
const PACKAGES = ["idb", ...readdirSync(at("../../node_modules/@codemirror")).map(name => `@codemirror/${name}`)];
const BELOW = [
  "@lezer/common",
  "@lezer/highlight",
  "@lezer/lr",
  "@marijn/find-cluster-break",
  "crelt",
  "style-mod",
  "w3c-keyname",
];

/** @returns {string} the licences of all these */
const licences = () =>
  [...PACKAGES, ...BELOW]
    .filter(name => existsSync(at(`../../node_modules/${name}/LICENSE`)))
    .map(name => `${name}\n\n${readFileSync(at(`../../node_modules/${name}/LICENSE`), "utf8").trim()}\n`)
    .join("\n\n");

/** By what the page knows lua.wasm again, and by what images are bound to it. */
function wasmAsBuilt() {
  const bytes = readFileSync(`${WEB}lua.wasm`);
  const digest = createHash("sha256").update(bytes).digest("base64");
  return { WASM_DIGEST: JSON.stringify(digest), WASM_HASH: JSON.stringify(hashBytes(bytes)) };
}

for (const name of readdirSync(WEB)) if (/^page.*\.mjs$/.test(name)) rmSync(WEB + name);
const { metafile } = await build(
  optionsOf({
    entryPoints: { page: at("page.mjs"), "page-worker": `${SRC}worker/worker.ts` },
    outdir: WEB,
    outExtension: { ".js": ".mjs" },
    chunkNames: "page-[name]-[hash]",
    splitting: true,
    metafile: true,
    define: { WASM_FILE: '"lua.wasm"', ALONE: "false", ...wasmAsBuilt() },
  }),
);
// By itself: code that it shared with the others would be one more script for everybody.
const late = { entryPoints: { "page-late": `${SRC}session/late.ts` }, outdir: WEB, outExtension: { ".js": ".mjs" } };
await build(optionsOf(late, { "session/program.ts": `${SRC}session/program.ts` }));
await makeIndex(WEB, metafile);
await makeAlone(WEB);
makeIcons(WEB);
writeFileSync(`${WEB}page-licences.txt`, licences());

/** What the page consists of. */
const isOfPage = name =>
  /^(page.*\.(mjs|css|txt|html|webmanifest)|page-service\.js|index\.html|icon.*\.(svg|png)|lua\.wasm)$/.test(name);
await makeService(WEB, readdirSync(WEB).filter(isOfPage));

// The same as a static site, which works from any folder of any server: nothing in it has an address that begins at the root.
const SITE = at("../../dist/");
rmSync(SITE, { recursive: true, force: true });
mkdirSync(SITE);
for (const name of readdirSync(WEB).filter(isOfPage)) cpSync(WEB + name, SITE + name);
