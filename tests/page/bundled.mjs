// Imports modules of the page that import TypeScript of the package, which not every Node takes.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** @param {string} path below web/page/ @returns {Promise<object>} the module */
export async function pageModule(path) {
  const entry = fileURLToPath(new URL(`../../web/page/${path}`, import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
