// Makes index.html, in which the scripts that page.mjs imports are named, so that none is asked for only when another has come.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const TEMPLATE = fileURLToPath(new URL("../index.html", import.meta.url));
const PAGE = '<script src="page.mjs" type="module"></script>';

/** @param {string} web the folder @param {object} metafile of esbuild */
export function makeIndex(web, { outputs }) {
  const [, { imports }] = Object.entries(outputs).find(([name]) => basename(name) === "page.mjs");
  const names = imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
  const links = names.map(name => `<link rel="modulepreload" href="${name}" />\n    `);
  const template = readFileSync(TEMPLATE, "utf8");
  if (!template.includes(PAGE)) throw new Error(`index.html has changed: see web/page/build/index.mjs, ${PAGE}`);
  writeFileSync(`${web}index.html`, template.replace(PAGE, links.join("") + PAGE));
}
