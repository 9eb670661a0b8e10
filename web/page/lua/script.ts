// Where the worker's script is: beside the page's scripts. The first worker was begun before these had come.
import { takeWorker } from "./begun.mjs";

const script = (): URL => new URL("./page-worker.mjs", import.meta.url);

export const startWorker = (): Worker => takeWorker() ?? new Worker(script(), { type: "module", name: "lua" });

export const scriptUrl = script;
