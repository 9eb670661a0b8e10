// node:util for a page.
import { inspect as packaged } from "/node/inspect.mjs";
import { needed } from "../needs-node.mjs";

const CUSTOM = Symbol.for("nodejs.util.inspect.custom");

/** Good for names of tests; how Node shows objects that tell it how is Node's affair. */
export function inspect(value, options) {
  if (value?.[CUSTOM]) needed.add("node:util inspect");
  return packaged(value, options);
}

/** Of functions that only Node has, too: they fail when they are called. */
export const promisify =
  call =>
  async (...args) =>
    new Promise((resolve, reject) => {
      call(...args, (error, value) => (error ? reject(error) : resolve(value)));
    });
