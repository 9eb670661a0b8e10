// Imports modules of the page that import TypeScript of the package: Node gets them bundled, for not every Node takes it; a page
// gets what the build made of it from tests/engines/server.mjs.

/** @param {string} path below web/page/ @returns {Promise<object>} the module */
export async function pageModule(path) {
  const url = new URL(`../../web/page/${path}`, import.meta.url);
  if (typeof document === "object") return import(url.href);
  const { build } = await import("esbuild");
  const options = { bundle: true, format: "esm", write: false };
  const { outputFiles } = await build({ entryPoints: [decodeURIComponent(url.pathname)], ...options });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
