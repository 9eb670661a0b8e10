// Where the worker's script is: beside the page's scripts.

const script = (): URL => new URL("./page-worker.mjs", import.meta.url);

export const startWorker = (): Worker => new Worker(script(), { type: "module", name: "lua" });

export const scriptUrl = script;
