// Makes page-alone.html, the page in one file that needs no server: it is opened from a disk, where browsers load neither
// modules nor their workers. What it is to begin with is written into it by view/alone.mjs.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { SRC, optionsOf } from "./options.mjs";

const at = path => fileURLToPath(new URL(path, import.meta.url));

async function bundled(entry, options) {
  const { outputFiles } = await build(
    optionsOf(
      { entryPoints: [entry], write: false, define: { WASM_FILE: '""', ALONE: "true" }, ...options },
      {
        "core/default-wasm.ts": at("../lua/alone-wasm.ts"),
        "worker/script.ts": at("../lua/alone-script.ts"),
        "session/later.ts": `${SRC}session/later.ts`,
        "session/program.ts": `${SRC}session/program.ts`,
      },
    ),
  );
  const { text } = outputFiles[0];
  if (/<!--|<\/?script/i.test(text)) throw new Error(`${entry}: in a page, its text would end the script`);
  return text;
}

/** Replaces what is there once. */
function replaced(text, what, by) {
  if (text.split(what).length !== 2) throw new Error(`index.html has changed: see web/page/build/alone.mjs, ${what}`);
  return text.replace(what, () => by);
}

const hashOf = text => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Only these scripts and styles; no address is loaded. */
const policyOf = (scripts, styles) =>
  `default-src 'none'; script-src ${scripts.map(hashOf).join(" ")} 'wasm-unsafe-eval' blob:; worker-src blob:; ` +
  `style-src ${styles.map(hashOf).join(" ")}; img-src data:; base-uri 'none'; form-action 'none'`;

/** @param {string} web the folder with the page, and with lua.wasm */
export async function makeAlone(web) {
  const read = name => readFileSync(web + name, "utf8");
  const script = await bundled(at("../page.mjs"));
  const worker = await bundled(`${SRC}worker/worker.ts`, { format: "iife" });
  const styles = ["page.css", "page-dark.css", "page-later.css"].map(read);
  const [light, dark, later] = styles;
  const icon = `data:image/svg+xml;base64,${Buffer.from(read("icon.svg").trim()).toString("base64")}`;
  const wasm = readFileSync(`${web}lua.wasm`, "base64");
  let page = readFileSync(at("../index.html"), "utf8");
  const change = (what, by) => (page = replaced(page, what, by));
  change(/content="default-src[^"]*"/, `content="${policyOf([script], styles)}"`);
  change('href="icon.svg"', `href="${icon}"`);
  change(/ *<link rel="apple-touch-icon"[^>]*>\n/, "");
  change(/ *<link rel="manifest"[^>]*>\n/, "");
  change(/ *<script src="page-begin.js"><\/script>\n/, "");
  change(/<link rel="stylesheet" href="page.css" \/>/, `<style>${light}</style>`);
  change(/<link rel="stylesheet" href="page-dark.css"[^>]*? \/>/, "");
  change(
    /<script src="page.mjs" type="module"><\/script>/,
    `<style id="dark" media="(prefers-color-scheme: dark)">${dark}</style>\n    <style>${later}</style>`,
  );
  change(/(?<=scripts of this page have not started<\/h2>)[^]*?(?=<\/section>)/, "<p>It needs a newer browser.</p>");
  change(
    "  </body>",
    [
      `<script type="application/json" id="notebook"></script>`,
      `<script type="text/plain" id="lua-wasm">${wasm}</script>`,
      `<script type="text/plain" id="lua-worker">${worker}</script>`,
      `<script type="module">${script}</script>\n  </body>`,
    ].join("\n"),
  );
  writeFileSync(`${web}page-alone.html`, page);
}
