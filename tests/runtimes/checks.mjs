// Checks that run wherever JavaScript does: no module of Node, no global beyond ECMAScript. Each has a sentence as its name.

/** What has been checked so far. */
export class Checks {
  passed = 0;
  /** Sentences, each with what was wrong. */
  failures = [];

  /** Does `run`, which throws when the sentence is not true. */
  async check(sentence, run) {
    try {
      await run();
      this.passed++;
    } catch (error) {
      this.failures.push(`${sentence}: ${error?.stack ?? error}`);
    }
  }
}

/** @throws {Error} the two are not the same when written down, or of different types */
export function same(actual, expected) {
  const [ours, theirs] = [written(actual), written(expected)];
  if (ours !== theirs) throw new Error(`${ours} instead of ${theirs}`);
}

export function matches(text, pattern) {
  if (!pattern.test(text)) throw new Error(`${written(text)} does not match ${pattern}`);
}

/** @returns what `run` throws or rejects with */
export async function failure(run) {
  let result;
  try {
    result = await run();
  } catch (error) {
    return error;
  }
  throw new Error(`no error, but ${written(result)}`);
}

/** As text; `this[name]` is the value before its own toJSON. */
const written = value =>
  JSON.stringify(value, function (name) {
    const each = this[name];
    if (typeof each === "bigint") return `${each}n`;
    if (each === undefined) return "undefined";
    if (each instanceof Uint8Array) return [...each];
    return each instanceof Map ? ["Map", ...each] : each;
  });
