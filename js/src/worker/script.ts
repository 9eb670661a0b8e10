// Where the worker's script is. Bundlers know the form that a browser gets.

export const startWorker = (): Worker =>
  new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "lua" });

/** For Node, where nothing is bundled: not to be found by a bundler. */
export const scriptUrl = (): URL => new URL(import.meta.url.replace(/[^/]*$/, "worker.js"));
