// Counts calls in any engine, where `t.mock` of Node is not there.

/** @returns {number} how often `object[name]` is called while `body` runs */
export function callsOf(object, name, body) {
  const method = object[name];
  let count = 0;
  object[name] = function (...args) {
    count++;
    return method.apply(this, args);
  };
  try {
    body();
  } finally {
    object[name] = method;
  }
  return count;
}
