// Makes page-service.js, with the names and hashes of the files that are kept.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Large, and needed by few. */
const LATER = ["page-alone.html", "page-licences.txt"];

const hashOf = (bytes, how) => createHash("sha256").update(bytes).digest(how);

/** @param {string} web the folder with everything else @param {string[]} names of the site's files */
export async function makeService(web, names) {
  const kept = names.filter(name => !LATER.includes(name) && name !== "page-service.js").sort();
  const files = Object.fromEntries(
    kept.map(name => [name === "index.html" ? "./" : name, `sha256-${hashOf(readFileSync(web + name), "base64")}`]),
  );
  await build({
    entryPoints: [fileURLToPath(new URL("../service.mjs", import.meta.url))],
    outfile: `${web}page-service.js`,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    logLevel: "warning",
    define: {
      FILES: JSON.stringify(files),
      LATER: JSON.stringify(LATER),
      VERSION: JSON.stringify(hashOf(JSON.stringify(files), "hex").slice(0, 16)),
    },
  });
}
