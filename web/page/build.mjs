// Makes the scripts of the page from what is in this folder: `page.mjs`, what it loads later, and the worker's script, with the code
// that they share in files of its own; and of all that the static site dist/. js/build.mjs has made js/dist/ before.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const WEB = at("../");
const SRC = at("../../js/src/");

/** Modules of the package that are other ones in the page. */
const INSTEAD = new Map([
  [`${SRC}core/default-wasm.ts`, at("../../js/classic/default-wasm.ts")],
  [`${SRC}worker/script.ts`, at("lua/script.ts")],
  [`${SRC}stores/idb.ts`, at("../../js/dist/stores/idb.js")],
]);
/** What the list of all stores would load: the page loads this one when it is needed. */
const LATER = `${SRC}stores/local-storage-store.ts`;

const instead = {
  name: "instead",
  setup(build) {
    build.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) => {
      const file = fileURLToPath(new URL(path, `file://${resolveDir}/`));
      const other = file === LATER && kind === "import-statement" ? at("lua/no-store.ts") : INSTEAD.get(file);
      return other && { path: other };
    });
  },
};

/** CodeMirror's styles as style sheets of the document, which the content security policy allows: in elements it would not. */
const adopted = {
  name: "adopted-styles",
  setup(build) {
    build.onLoad({ filter: /style-mod\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const contents = text.replace("!root.head && root.adoptedStyleSheets", "root.adoptedStyleSheets");
      if (contents === text) throw new Error("style-mod has changed: see web/page/build.mjs");
      return { contents };
    });
  },
};

/** Lua as text: the page's own without comments and indentation, examples as they are. */
const lua = {
  name: "lua",
  setup(build) {
    build.onLoad({ filter: /\.lua$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const isOwn = path.startsWith(at("lua/"));
      return { contents: isOwn ? text.replace(/^\s*--.*\n/gm, "").replace(/^ +/gm, "") : text, loader: "text" };
    });
  },
};

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

for (const name of readdirSync(WEB)) if (/^page.*\.mjs$/.test(name)) rmSync(WEB + name);
await build({
  entryPoints: { page: at("page.mjs"), "page-worker": `${SRC}worker/worker.ts` },
  outdir: WEB,
  outExtension: { ".js": ".mjs" },
  chunkNames: "page-[name]-[hash]",
  format: "esm",
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: false,
  target: "es2022",
  legalComments: "none",
  define: { WASM_FILE: '"lua.wasm"' },
  plugins: [instead, adopted, lua],
  logLevel: "warning",
});
writeFileSync(`${WEB}page-licences.txt`, licences());

// The same as a static site, which works from any folder of any server: nothing in it has an address that begins at the root.
const SITE = at("../../dist/");
rmSync(SITE, { recursive: true, force: true });
mkdirSync(SITE);
for (const name of readdirSync(WEB)) {
  if (/^(page.*\.(mjs|css|txt|webmanifest)|index\.html|icon\.svg|lua\.wasm)$/.test(name))
    cpSync(WEB + name, SITE + name);
}
