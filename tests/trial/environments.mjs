// Where the package is tried: what each project has, how it is built, and what is run then. Each is what that tool's own
// guide has a user write; what is more than that is in `more`.
import { readFileSync } from "node:fs";

/**
 * @typedef {object} Environment
 * @property {string} name
 * @property {string[]} packages by their names in package.json here
 * @property {boolean} [isShort] whether it is in the short form
 * @property {string} [folder] of projects/, copied into the project
 * @property {string} [entry] what is imported; default `lua-persistent`
 * @property {"js" | "cjs" | "ts"} [source] what becomes of the sources that all share: their types erased, or as they are
 * @property {object} [files] more files, by their names
 * @property {string[][]} [build] commands
 * @property {string} [more] what a user has to do here by hand
 * @property {string} [inNode] the program that is run in Node
 * @property {string} [site] the folder of what is built for a page
 * @property {(port: number) => string[]} [server] the command that serves the page
 */

/** Node 20 has no SQLite of its own. */
const WITH_SQLITE = {
  packages: ["libsql"],
  files: { "store.js": 'exports.store = require("lua-persistent/node").sqliteStore("memory.db");' },
};

const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  target: "es2022",
  outDir: "built",
  types: [],
};
const NODENEXT = { module: "nodenext", lib: ["es2022", "dom"] };
const BUNDLER = { module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"] };
const BARE = { module: "nodenext", lib: ["es2022"] };
const WITH_NODE = { module: "nodenext", lib: ["es2022"], types: ["node"] };

/** Compiled by TypeScript with these options, then run in Node. */
const typeScript = (name, compiler, options, more = []) => ({
  name: `TypeScript ${compiler.at(-1)}, ${name}`,
  packages: [compiler, ...more],
  source: "ts",
  files: {
    "tsconfig.json": JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files: ["steps.ts", "store.ts"] }),
  },
  build: [
    ["tsc", "--project", "."],
    ["cp", "main.js", "built"],
  ],
  inNode: "built/main.js",
});

const README = readFileSync(new URL("../../js/README.md", import.meta.url), "utf8");

/** What README has its reader do for one of the two that emit no files. */
const documented = program => ({
  build: README.split("\n")
    .filter(line => line.startsWith(`${program} main.js`) || line.startsWith("cp node_modules"))
    .map(line => ["sh", "-c", line]),
  site: "dist",
  more: "by the commands in js/README.md: lua.wasm and its twin are copied, and the worker's script is an entry",
});

/** @type {Environment[]} */
export const ENVIRONMENTS = [
  { name: "Node, import, a store in a folder", isShort: true, packages: [], inNode: "main.js" },
  { name: "Node, require, a store in SQLite", isShort: true, source: "cjs", inNode: "main.js", ...WITH_SQLITE },
  { ...typeScript("nodenext", "typescript-6", NODENEXT), isShort: true },
  typeScript("bundler", "typescript-6", BUNDLER),
  typeScript("lib es2022 alone", "typescript-6", BARE),
  typeScript("lib es2022 and types of Node", "typescript-6", WITH_NODE, ["@types/node"]),
  typeScript("nodenext", "typescript-5", NODENEXT),
  typeScript("bundler", "typescript-5", BUNDLER),
  { name: "Vite 7", packages: ["vite-7"], folder: "vite", build: [["vite", "build"]], site: "dist" },
  { name: "Vite 8", isShort: true, packages: ["vite-8"], folder: "vite", build: [["vite", "build"]], site: "dist" },
  {
    name: "Vite 7, its development server",
    packages: ["vite-7"],
    folder: "vite",
    server: port => ["vite", "--port", port, "--strictPort"],
  },
  {
    name: "Vite 8, its development server",
    packages: ["vite-8"],
    folder: "vite",
    server: port => ["vite", "--port", port, "--strictPort"],
  },
  {
    name: "webpack",
    isShort: true,
    packages: ["webpack", "webpack-cli"],
    folder: "webpack",
    build: [["webpack", "--mode", "production"]],
    site: "dist",
  },
  { name: "Rollup", packages: ["rollup", "@rollup/plugin-node-resolve"], folder: "rollup", ...documented("rollup") },
  { name: "esbuild with splitting", packages: ["esbuild"], folder: "esbuild", ...documented("esbuild") },
  {
    name: "Rollup, one file with lua-persistent/inline",
    packages: ["rollup", "@rollup/plugin-node-resolve"],
    folder: "rollup",
    entry: "lua-persistent/inline",
    build: [["rollup", "main.js", "--plugin", "node-resolve", "--format", "es", "--file", "dist/js/main.js"]],
    site: "dist",
  },
  {
    name: "esbuild, one classic script with lua-persistent/inline",
    packages: ["esbuild"],
    folder: "esbuild",
    entry: "lua-persistent/inline",
    build: [["esbuild", "main.js", "--bundle", "--minify", "--outfile=dist/js/main.js"]],
    site: "dist",
  },
  { name: "Parcel", packages: ["parcel"], folder: "parcel", build: [["parcel", "build", "index.html"]], site: "dist" },
  {
    name: "Next.js, on the server and in the page",
    packages: ["next", "react", "react-dom"],
    folder: "next",
    build: [["next", "build"]],
    server: port => ["next", "start", "--port", port],
  },
];
