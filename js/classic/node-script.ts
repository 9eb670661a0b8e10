// Where the worker's script is, for `require` in Node.

declare const __dirname: string;

export const scriptUrl = (): string => `${__dirname}/worker/worker.js`;

export const sharedScriptUrl = (): string => `${__dirname}/worker/shared.js`;

export const startWorker = (): Worker => new Worker(scriptUrl(), { type: "module", name: "lua" });
