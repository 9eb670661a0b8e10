// A page, and a worker in it, in which the recursions of tests/abi/depth-programs.mjs are measured.
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** What makes frames as large as they get, and keeps them so: interpreted JavaScript, and the first of two compilers for wasm. */
const FLAGS = "--js-flags=--no-opt,--no-maglev,--no-sparkplug,--liftoff-only";

const FILES = { "depth.mjs": "pages", "depth-engine.mjs": "../abi", "depth-programs.mjs": "../abi" };

/** Opens an empty page at `url`, with the measuring modules beside what is served there. */
async function openPage(page, url) {
  const route = (pattern, answer) => page.context().route(pattern, request => request.fulfill(answer));
  for (const [name, folder] of Object.entries(FILES)) {
    await route(`**/${name}`, { path: path.join(HERE, folder, name), contentType: "text/javascript" });
  }
  await route("**/empty.html", { contentType: "text/html", body: '<link rel="icon" href="data:,">' });
  await page.goto(url);
}

/** Where -> function to be evaluated in the page, of a task for `run` in pages/depth.mjs. */
const RUN = {
  "a page": async task => (await import("/depth.mjs")).run(task),
  "a worker": task =>
    new Promise((resolve, reject) => {
      const worker = new Worker("/depth.mjs", { type: "module" });
      Object.assign(worker, {
        onmessage: ({ data }) => resolve(data),
        onerror: ({ message }) => reject(new Error(message)),
      });
      worker.postMessage(task);
    }),
};

export { FLAGS, RUN, openPage };
