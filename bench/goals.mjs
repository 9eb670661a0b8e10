// The goals of the project's performance work, each beside its figure. A goal without a figure was not measured.

/** A figure is compared as it is printed: the third decimal is noise. */
const rounded = value => Number(value.toFixed(2));

/**
 * @typedef {object} Goal
 * @property {string} goal
 * @property {number} limit
 * @property {boolean} [atLeast] the figure must not be below the limit; otherwise not above it
 * @property {number} [figure]
 * @property {string} unit
 */

/** @param {import("./report.mjs").Figures} figures @returns {Goal[]} */
export function goals({ warm, cold, rested, start, sizes, external, pages = [] }, subject) {
  const slowest =
    warm &&
    Object.entries(warm.ratios)
      .map(([kind, row]) => [kind, row[subject]])
      .filter(([, value]) => value !== undefined)
      .sort((a, b) => b[1] - a[1])[0];
  const everything = name => sizes?.[name] && sizes[name].wasm.brotli + sizes[name].program.brotli;
  const together = name => start[name].library + start[name].first;
  const peersIn = start => start && Object.keys(start).filter(name => name === "wasmoon" || name === "fengari");
  const peers = peersIn(start);
  const inPages = pages.map(({ title, figures: { start } }) => ({
    goal: `bytes to first result in ${title.split(" ")[0]}, to the best peer`,
    limit: 0.25,
    unit: "x peer",
    figure: peersIn(start)?.length
      ? start[subject].first / Math.min(...peersIn(start).map(name => start[name].first))
      : undefined,
  }));
  return [
    { goal: "warm, geometric mean", limit: 1.15, figure: warm?.means[subject], unit: "x native" },
    { goal: "cold, geometric mean", limit: 1.4, figure: cold?.means[subject], unit: "x native" },
    { goal: "cold, half a second after loading", limit: 1.4, figure: rested?.means[subject], unit: "x native" },
    {
      goal: `slowest row, warm${slowest ? ` (${slowest[0]})` : ""}`,
      limit: 1.5,
      figure: slowest?.[1],
      unit: "x native",
    },
    { goal: "wasm, brotli", limit: 68000, figure: sizes?.[subject].wasm.brotli, unit: "bytes" },
    {
      goal: "wasm and a program's JavaScript, brotli, to wasmoon's",
      limit: 0.7,
      unit: "x peer",
      figure: sizes?.wasmoon ? everything(subject) / everything("wasmoon") : undefined,
    },
    { goal: "bytes to first result", limit: 5, figure: start && start[subject].first * 1e3, unit: "ms" },
    {
      goal: "JavaScript and first result, to the best peer",
      limit: 0.5,
      unit: "x peer",
      figure: peers?.length ? together(subject) / Math.min(...peers.map(together)) : undefined,
    },
    ...inPages,
    { goal: "external get", limit: 3e6, atLeast: true, figure: external?.[subject]?.get, unit: "/s" },
    { goal: "external set", limit: 2e6, atLeast: true, figure: external?.[subject]?.set, unit: "/s" },
  ];
}

/** @returns {"met" | "missed" | "not measured"} */
export function verdict({ figure, limit, atLeast }) {
  if (figure === undefined) return "not measured";
  return (atLeast ? figure >= limit : rounded(figure) <= limit) ? "met" : "missed";
}
