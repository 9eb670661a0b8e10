// What the engines said, as lines: one a test, the same in all engines or it is a difference.

/** @typedef {import("./engine.mjs").Result} Result @typedef {{ name: string, version: string, results: Result[] }} EngineRun */

const WORDS = { ok: "ok", FAIL: "FAIL", skip: "skipped", node: "needs Node" };

/** A test's line. Times and texts of errors differ between engines; they are not part of it. */
export function line({ status, file, name, detail }) {
  const reason = status === "node" || status === "skip" ? ` (${detail})` : "";
  return `${WORDS[status]} ${file}: ${name}${reason}`;
}

/** Lines that not all engines have: [line, the names of those that have it]. */
export function differences(runs) {
  const seen = new Map();
  for (const { name, results } of runs) {
    for (const text of numbered(results.map(line))) seen.set(text, [...(seen.get(text) ?? []), name]);
  }
  return [...seen].filter(([, names]) => names.length < runs.length);
}

/** Lines that come more than once, told apart. */
function numbered(lines) {
  const counts = new Map();
  return lines.map(text => {
    counts.set(text, (counts.get(text) ?? 0) + 1);
    return counts.get(text) === 1 ? text : `${text} [${counts.get(text)}]`;
  });
}

/** Every test that failed, with what it said. */
export const failures = runs =>
  runs.flatMap(({ name, results }) =>
    results.filter(({ status }) => status === "FAIL").map(result => `${name}: ${line(result)}\n  ${result.detail}`),
  );

/** What needs Node, by file and reason. */
export function leftOut({ results }) {
  const groups = new Map();
  for (const { file, detail, status, name } of results) {
    if (status !== "node" && status !== "skip") continue;
    const key = `${file}: ${status === "node" ? `needs Node (${detail})` : `skipped (${detail})`}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups].map(([key, names]) => `${key}: ${names.length === 1 ? names[0] : `${names.length} tests`}`);
}

/** "a page 83" notes as the least of each: { "a page": [83, "name of the test"] }. */
export function leastLeft({ results }) {
  const least = {};
  for (const { name, notes = [] } of results) {
    for (const note of notes) {
      const [, where, left] = /^(a page|a worker) (\d+)$/.exec(note) ?? [];
      if (where && !(least[where]?.[0] <= left)) least[where] = [Number(left), name.split(":")[0]];
    }
  }
  return least;
}

/** "late in a worker: 12 ms" notes as the most of each: { "a worker": [12, "name of the test"] }. */
export function latest({ results }) {
  const most = {};
  for (const { name, notes = [] } of results) {
    for (const note of notes) {
      const [, where, late] = /^late in (.*): (-?\d+) ms$/.exec(note) ?? [];
      if (where && !(most[where]?.[0] >= late)) most[where] = [Number(late), name.split(":")[0]];
    }
  }
  return most;
}

/** The last line of an engine. */
export function totals({ name, version, results }) {
  const count = wanted => results.filter(({ status }) => status === wanted).length;
  return `${name} ${version}: ${count("ok")} tests pass, ${count("FAIL")} fail, ${count("node")} need Node, ${count("skip")} skipped`;
}
