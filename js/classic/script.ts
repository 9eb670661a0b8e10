// Where the worker's script is: beside the drop-in scripts.

const script = (): URL => new URL("./lua-worker.mjs", import.meta.url);

export const startWorker = (): Worker => new Worker(script(), { type: "module", name: "lua" });

export const scriptUrl = script;
