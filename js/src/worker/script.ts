// Where the worker's script is. Bundlers know the form in which a browser is told.

export const startWorker = (): Worker => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "lua" });

/** For Node, where nothing is bundled: not to be found by a bundler. */
export function scriptUrl(): URL {
  const name = "./worker.js";
  return new URL(name, import.meta.url);
}
