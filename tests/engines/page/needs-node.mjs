// What stands in for the parts of Node that a browser has not: calling one says which, and fails.

/** What has been called since it was emptied. */
export const needed = new Set();

/** @param {string} what the name to show, such as "node:vm runInNewContext" */
export const stub = what =>
  function missing() {
    needed.add(what);
    throw new Error(`${what} is not there in a browser`);
  };
