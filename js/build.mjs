// Makes the npm package's dist/ from src/, and the drop-in scripts of web/. Needs web/lua.wasm
// and target/lua-exnref.wasm: build.sh makes them first.
// dist/ has a module for each of src/, so that bundlers take what they need; the drop-in scripts are few files.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const SRC = at("src/");
const DIST = at("dist/");
const CLASSIC = at("dist/classic/");
const WEB = at("../web/");
/** Types of lua.wasm where a runtime or a bundler imports it as a module. */
const WASM_TYPES = `import type { WasmModule } from "./core/platform.js";

declare const module: WasmModule;
export default module;
`;
/** Types of the script that sets a global. */
const GLOBAL = `export * from "../index.js";

declare global {
  /** From a classic script. */
  var LuaPersistent: typeof import("../index.js").LuaPersistent;
}
`;
const LOADER_GLOBAL = `declare global {
  /** From a classic script. */
  var loadWasmModule: (
    path?: import("../index.js").WasmSource | Promise<import("../index.js").WasmSource>,
  ) => Promise<import("../index.js").LuaPersistent>;
}
export {};
`;
/** The scripts of the classic core that pages included one by one before it was one file. */
const FORMER_PARTS = ["lua-codec.js", "lua-tables.js", "lua-plain.js", "lua-migrate.js"];

/** Names of classes and functions stay, for messages; lines are short, because an uncaught error prints its line. */
const SMALL = {
  bundle: true,
  minify: true,
  keepNames: true,
  lineLimit: 160,
  target: "es2022",
  legalComments: "inline",
  logLevel: "warning",
  logOverride: { "commonjs-variable-in-esm": "silent" },
};

const files = (folder, ends) => readdirSync(folder, { recursive: true }).filter(name => name.endsWith(ends));

/** A module for each of src/, and its types. */
async function compile() {
  rmSync(DIST, { recursive: true, force: true });
  for (const project of [".", "classic", "src/command"]) {
    execFileSync(process.execPath, [at("../node_modules/typescript/bin/tsc"), "--project", at(project)], {
      stdio: "inherit",
    });
  }
  const entryPoints = files(SRC, ".ts").map(name => SRC + name);
  await build({
    entryPoints,
    outdir: DIST,
    outbase: SRC,
    format: "esm",
    target: "es2022",
    sourcemap: true,
    logLevel: "warning",
  });
  // Of the same length, so that the maps are right.
  for (const name of [...files(DIST, ".d.ts"), ...files(DIST, ".js")]) {
    const text = readFileSync(DIST + name, "utf8");
    writeFileSync(DIST + name, text.replace(/((?:from|import\()\s*"\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

/** The one package that is used, with its licence: a page without a bundler finds no packages by their names. */
async function includeIdb() {
  const licence = readFileSync(at("../node_modules/idb/LICENSE"), "utf8");
  await build({
    entryPoints: [`${SRC}stores/idb.ts`],
    outfile: `${DIST}stores/idb.js`,
    bundle: true,
    format: "esm",
    sourcemap: true,
    banner: { js: `/*!\n${licence}\n*/` },
    allowOverwrite: true,
    logLevel: "warning",
  });
  rmSync(`${DIST}stores/idb.d.ts`);
}

/** lua.wasm, its twin, and the hash of both. */
async function includeWasm() {
  const original = readFileSync(`${WEB}lua.wasm`);
  const { hashBytes } = await import(`${DIST}core/loaded-wasm.js`);
  const hash = hashBytes(original);
  const twin = Buffer.concat([readFileSync(at("../target/lua-exnref.wasm")), twinSection(hash)]);
  writeFileSync(`${WEB}lua-exnref.wasm`, twin);
  for (const [name, bytes] of [
    ["lua.wasm", original],
    ["lua-exnref.wasm", twin],
  ]) {
    writeFileSync(DIST + name, bytes);
    writeFileSync(`${DIST}${name}.d.ts`, WASM_TYPES);
  }
  const comment = "/** Of the package's lua.wasm and of its twin: what images are bound to. */\n";
  const also = "export default wasmHash;\n";
  writeFileSync(`${DIST}wasm-hash.js`, `${comment}export const wasmHash = "${hash}";\n${also}`);
  writeFileSync(`${DIST}wasm-hash.d.ts`, `${comment}export declare const wasmHash: string;\n${also}`);
}

/** The custom section `twin`: the hash of lua.wasm. */
function twinSection(hash) {
  const contents = Buffer.from(`\x04twin${hash}`);
  return Buffer.concat([Buffer.of(0, contents.length), contents]);
}

/** Modules that are other ones in the drop-in scripts. */
const OTHERS = {
  "core/default-wasm.ts": at("classic/default-wasm.ts"),
  "worker/script.ts": at("classic/script.ts"),
  "stores/idb.ts": `${DIST}stores/idb.js`,
};

/** Has esbuild take other modules instead of some. */
const instead = others => ({
  name: "instead",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const other = path.startsWith(SRC) && others[relative(SRC, path)];
      if (!other) return undefined;
      return {
        contents: readFileSync(other, "utf8"),
        loader: other.endsWith(".ts") ? "ts" : "js",
        resolveDir: dirname(other),
      };
    });
  },
});
const inClassic = instead(OTHERS);

/** The modules that classic/shared.ts takes names from have them, in what comes later, from the object `SHARED`. */
const fromCore = modules => ({
  name: "from-core",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const names = modules.get(path);
      return names && { contents: `export const { ${names} } = SHARED;`, loader: "js" };
    });
  },
});

/** @returns {Map<string, string>} what classic/shared.ts takes, by where from */
function sharedParts() {
  const exports = [
    ...readFileSync(at("classic/shared.ts"), "utf8").matchAll(/^export \{ (.*) \} from "\.\.\/src\/(.*)";$/gm),
  ];
  return new Map(exports.map(([, names, path]) => [SRC + path, names]));
}

/** @param {string} wasm where lua.wasm is, from the scripts */
async function classicScripts(outdir, wasm) {
  const define = { WASM_FILE: JSON.stringify(wasm) };
  // A function around a module: in the format "iife" esbuild leaves what `import` would be in old engines, 850 characters.
  const script = name =>
    build({
      ...SMALL,
      entryPoints: [at(`classic/${name}.ts`)],
      outfile: `${outdir}${name}.js`,
      format: "esm",
      banner: { js: '"use strict";(()=>{' },
      footer: { js: "})();" },
      external: ["./lua-open.mjs", "./lua-persistent.js"],
      plugins: [inClassic],
      define,
      sourcemap: true,
    });
  await script("lua-persistent");
  await script("wasm-loader");
  await build({
    ...SMALL,
    entryPoints: [`${SRC}open.ts`],
    outfile: `${outdir}lua-open.mjs`,
    format: "iife",
    globalName: "opening",
    plugins: [fromCore(sharedParts()), inClassic],
    define: { ...define, "import.meta.url": "HERE" },
    banner: { js: "const HERE = import.meta.url;\nexport default (SHARED) => {" },
    footer: { js: "return opening; };" },
    sourcemap: true,
  });
  await build({
    ...SMALL,
    entryPoints: [`${SRC}worker/worker.ts`],
    outfile: `${outdir}lua-worker.mjs`,
    format: "esm",
    plugins: [inClassic],
    define,
    sourcemap: true,
  });
  await build({
    ...SMALL,
    entryPoints: [`${SRC}stores.ts`],
    outfile: `${outdir}lua-stores.mjs`,
    format: "esm",
    plugins: [instead({ ...OTHERS, "stores/store-error.ts": at("classic/store-error.ts") })],
    external: ["./lua-persistent.mjs"],
    define,
    sourcemap: true,
  });
  for (const name of ["lua-persistent.mjs", "wasm-loader.mjs"]) cpSync(at(`classic/${name}`), outdir + name);
  // For `require`, wherever they are put.
  writeFileSync(`${outdir}package.json`, '{ "type": "commonjs" }\n');
}

/** For `require` where Node does not do it itself: all in one file, for there must be one of each class. */
async function commonJs() {
  const entries = {
    index: "./src/index.ts",
    stores: "./src/stores.ts",
    node: "./src/node.ts",
    "wasm-hash": "./dist/wasm-hash.js",
  };
  const contents = Object.entries(entries)
    .map(([name, path]) => `export * as ${JSON.stringify(name)} from "${path}";`)
    .join("\n");
  await build({
    stdin: { contents, resolveDir: at("."), sourcefile: "entries.js" },
    outfile: `${DIST}all.cjs`,
    bundle: true,
    format: "cjs",
    target: "es2022",
    plugins: [
      instead({
        "core/default-wasm.ts": at("classic/required-wasm.ts"),
        "worker/script.ts": at("classic/node-script.ts"),
        "stores/idb.ts": `${DIST}stores/idb.js`,
      }),
    ],
    logLevel: "warning",
  });
  for (const name of Object.keys(entries)) {
    writeFileSync(`${DIST}${name}.cjs`, `module.exports = require("./all.cjs")["${name}"];\n`);
    const { [name]: exported } = createRequire(import.meta.url)(`${DIST}all.cjs`);
    writeFileSync(`${DIST}${name}.d.cts`, requiredTypes(name, exported));
  }
}

/** The types of what `require` gives are those of the module. */
function requiredTypes(name, exported) {
  const mode = 'with { "resolution-mode": "import" }';
  const lines = [`import type * as module from "./${name}.js" ${mode};`, `export type * from "./${name}.js" ${mode};`];
  for (const [each, value] of Object.entries(exported)) {
    if (each === "default") continue;
    lines.push(`export declare const ${each}: typeof module.${each};`);
    if (/^class\b/.test(String(value))) lines.push(`export type ${each} = module.${each};`);
  }
  return `${lines.join("\n")}\n`;
}

/** lua.wasm and the worker's script as text, in lines: for lua-persistent/inline. */
function inlineFiles() {
  const wasm = readFileSync(`${DIST}lua.wasm`, "base64").replace(/.{120}/g, "$&\n");
  const script = readFileSync(`${CLASSIC}lua-worker.mjs`, "utf8").replace(/^\/\/# sourceMappingURL=.*\n/m, "");
  const text = value => `\`${value.replace(/[\\`]|\$\{/g, "\\$&")}\``;
  writeFileSync(`${DIST}inlined.js`, `export const WASM = ${text(wasm)};\nexport const SCRIPT = ${text(script)};\n`);
  rmSync(`${DIST}inlined.js.map`);
  // Where files are required, they are beside it.
  writeFileSync(`${DIST}inline.cjs`, 'module.exports = require("./index.cjs");\n');
  cpSync(`${DIST}index.d.cts`, `${DIST}inline.d.cts`);
}

await compile();
await includeIdb();
await includeWasm();
await commonJs();
await classicScripts(WEB, "lua.wasm");
for (const name of FORMER_PARTS)
  writeFileSync(WEB + name, "// This is a part of lua-persistent.js now; pages that include it go on.\n");
mkdirSync(CLASSIC, { recursive: true });
await classicScripts(CLASSIC, "../lua.wasm");
inlineFiles();
writeFileSync(`${CLASSIC}lua-persistent.d.ts`, GLOBAL);
writeFileSync(`${CLASSIC}wasm-loader.d.ts`, LOADER_GLOBAL);
chmodSync(`${DIST}command/main.js`, 0o755);
for (const name of ["LICENSE", "CHANGELOG.md"]) cpSync(at(`../${name}`), at(name));
