// Makes index.html. begin.mjs is written into it, and the scripts that page.mjs imports are named in it, so that nothing is asked for
// only when something else has come.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { optionsOf } from "./options.mjs";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const PAGE = '<script src="page.mjs" type="module"></script>';
const BEGIN = '<script src="page-begin.js"></script>';
const POLICY = "script-src 'self'";

/** @returns {string[]} names of the files that page.mjs imports */
function importsOf({ outputs }) {
  const [, { imports }] = Object.entries(outputs).find(([name]) => basename(name) === "page.mjs");
  return imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
}

/** @param {string} web the folder @param {object} metafile of esbuild */
export async function makeIndex(web, metafile) {
  const { outputFiles } = await build(optionsOf({ entryPoints: [at("../begin.mjs")], write: false }));
  const begin = outputFiles[0].text.trim();
  const hash = createHash("sha256").update(begin).digest("base64");
  let page = readFileSync(at("../index.html"), "utf8");
  for (const [what, by] of [
    [POLICY, `${POLICY} 'sha256-${hash}'`],
    [BEGIN, `<script>${begin}</script>`],
    [PAGE, [...importsOf(metafile).map(name => `<link rel="modulepreload" href="${name}" />`), PAGE].join("\n    ")],
  ]) {
    if (page.split(what).length !== 2) throw new Error(`index.html has changed: see web/page/build/index.mjs, ${what}`);
    page = page.replace(what, () => by);
  }
  writeFileSync(`${web}index.html`, page);
}
