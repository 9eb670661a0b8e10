// What a page gets for `import ... from "node:..."`: ours where page/node/ has it, packages for assert and buffer, and for
// all else stubs that name themselves when they are called.
import { existsSync } from "node:fs";
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const OURS = new URL("page/node/", import.meta.url);

/** Packages that tests use and a page cannot load. */
const NATIVE = ["libsql"];

const PACKAGES = {
  "assert/strict": "import assert from 'assert'; export default assert.strict;",
  buffer: `import { Buffer } from 'buffer/';
    const { equals } = Buffer.prototype;
    // Node's takes any Uint8Array.
    Buffer.prototype.equals = function (other) { return equals.call(this, Buffer.from(other)); };
    export { Buffer };`,
  inspect: "export { inspect } from 'util/';",
};

/** Bare name -> path on the server. */
export function importMap() {
  const paths = builtinModules.filter(name => !name.startsWith("_")).map(name => [`node:${name}`, `/node/${name}.mjs`]);
  paths.push(...["assert/strict", "test", "timers/promises"].map(name => [`node:${name}`, `/node/${name}.mjs`]));
  const native = NATIVE.map(name => [name, `/node/${name}.mjs`]);
  return { imports: { ...Object.fromEntries([...paths, ...native]), binaryen: "/node_modules/binaryen/index.js" } };
}

/** The text of `/node/<name>.mjs`. */
export async function moduleText(name) {
  if (Object.hasOwn(PACKAGES, name)) return bundle(PACKAGES[name]);
  const ours = new URL(`${name}.mjs`, OURS);
  const own = existsSync(ours) ? await exportsOf(fileURLToPath(ours)) : [];
  const all = NATIVE.includes(name) ? ["Database"] : Object.keys(await import(`node:${name}`));
  return text(
    name,
    all.filter(each => each !== "default"),
    own,
  );
}

async function exportsOf(file) {
  const { metafile } = await esbuild.build({ entryPoints: [file], write: false, metafile: true, outdir: "/none" });
  return Object.values(metafile.outputs)[0].exports;
}

function text(name, all, own) {
  const shown = NATIVE.includes(name) ? name : `node:${name}`;
  const stubs = all.filter(each => !own.includes(each));
  return [
    'import { stub } from "/tests/engines/page/needs-node.mjs";',
    own.length > 0
      ? `import * as own from "/tests/engines/page/node/${name}.mjs"; export * from "/tests/engines/page/node/${name}.mjs";`
      : "const own = {};",
    ...stubs.map(
      (each, at) => `const s${at} = stub(${JSON.stringify(`${shown} ${each}`)}); export { s${at} as ${each} };`,
    ),
    own.includes("default")
      ? `export { default } from "/tests/engines/page/node/${name}.mjs";`
      : `export default { ...own, ${stubs.map((each, at) => `${each}: s${at}`).join(", ")} };`,
  ].join("\n");
}

async function bundle(contents) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: new URL("../..", import.meta.url).pathname },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    // What the packages ask of Node; the page has no such global, for what is tested must not find one.
    banner: { js: "const nodeProcess = { env: {}, stderr: {} };" },
    define: { global: "globalThis", process: "nodeProcess" },
  });
  return outputFiles[0].text;
}
