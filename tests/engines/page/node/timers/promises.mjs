// node:timers/promises for a page.
import * as timers from "../timers.mjs";

export const setTimeout = (delay, value) => new Promise(resolve => globalThis.setTimeout(resolve, delay, value));
export const setImmediate = value => new Promise(resolve => timers.setImmediate(resolve, value));
