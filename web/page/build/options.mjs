// What esbuild does other than by itself for the scripts of the page: some modules of the package are other ones, Lua is text,
// and CodeMirror's styles are as a content security policy allows.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = path => fileURLToPath(new URL(path, import.meta.url));
export const SRC = at("../../../js/src/");

/** Modules of the package that are other ones in the page, and what the page has instead. */
const INSTEAD = {
  "core/default-wasm.ts": at("../../../js/classic/default-wasm.ts"),
  "worker/script.ts": at("../lua/script.ts"),
  "session/later.ts": at("../lua/later.ts"),
  "session/program.ts": at("../lua/no-program.ts"),
  "stores/idb.ts": at("../../../js/dist/stores/idb.js"),
};
/** What the list of all stores would load: the page loads this one when it is needed. */
const LATER = "stores/local-storage-store.ts";

/** @param {Record<string, string>} [others] paths by modules of the package */
const instead = others => ({
  name: "instead",
  setup(build) {
    build.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) => {
      const file = fileURLToPath(new URL(path, `file://${resolveDir}/`));
      const name = file.startsWith(SRC) ? file.slice(SRC.length) : "";
      const other = name === LATER && kind === "import-statement" ? at("../lua/no-store.ts") : others[name];
      return other && { path: other };
    });
  },
});

/** CodeMirror's styles as style sheets of the document, which the content security policy allows: in elements it would not. */
const adopted = {
  name: "adopted-styles",
  setup(build) {
    build.onLoad({ filter: /style-mod\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const contents = text.replace("!root.head && root.adoptedStyleSheets", "root.adoptedStyleSheets");
      if (contents === text) throw new Error("style-mod has changed: see web/page/build/options.mjs");
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
      const isOwn = path.startsWith(at("../lua/"));
      return { contents: isOwn ? text.replace(/^\s*--.*\n/gm, "").replace(/^ +/gm, "") : text, loader: "text" };
    });
  },
};

/** @param {object} options of esbuild @param {Record<string, string>} [others] further modules that are other ones */
export const optionsOf = (options, others = {}) => ({
  format: "esm",
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  plugins: [instead({ ...INSTEAD, ...others }), adopted, lua],
  ...options,
});
