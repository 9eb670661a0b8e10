// Samples to figures, and figures to Markdown tables.

import { goals, verdict } from "./goals.mjs";
import { geometricMean, median, minimum } from "./statistics.mjs";

/**
 * @typedef {object} Pass the times of all kinds, in one place, warm or cold
 * @property {Record<string, Record<string, {median: number, minimum: number}>>} times in seconds, by kind and engine
 * @property {Record<string, Record<string, number>>} ratios medians, to native's
 * @property {Record<string, Record<string, number>>} minimumRatios
 * @property {Record<string, number>} means geometric, of `ratios`
 * @property {Record<string, number>} minimumMeans
 */

/** @typedef {{warm?: Pass, cold?: Pass, rested?: Pass, start?: object, rates?: object, sizes?: object, external?: object}} Figures */

const mapValues = (object, f) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, f(value, key)]));

/** @returns {Pass} engines that failed in a kind are absent from it */
export function passFigures(table) {
  const measured = mapValues(table, cells =>
    Object.fromEntries(Object.entries(cells).filter(([, cell]) => !cell.error && cell.seconds.length)),
  );
  const times = mapValues(measured, cells =>
    mapValues(cells, ({ seconds }) => ({ median: median(seconds), minimum: minimum(seconds) })),
  );
  const toNative = figure => mapValues(times, row => mapValues(row, time => time[figure] / row.native[figure]));
  const ratios = toNative("median");
  const minimumRatios = toNative("minimum");
  return { times, ratios, minimumRatios, means: meansOf(ratios), minimumMeans: meansOf(minimumRatios) };
}

function meansOf(ratios) {
  const rows = Object.values(ratios);
  const engines = Object.keys(Object.assign({}, ...rows)).filter(name => name !== "native");
  return Object.fromEntries(
    engines.map(name => [name, geometricMean(rows.map(row => row[name]).filter(ratio => ratio !== undefined))]),
  );
}

export const startFigures = samples => mapValues(samples, steps => mapValues(steps, median));
export const rateFigures = samples => mapValues(samples, row => mapValues(row, median));

/** @param {string[][]} rows the first is the heading; all columns but the first are numbers */
function markdown(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const line = row =>
    `| ${row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2))).join("|")}|`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}

const fixed = (value, digits) => (value === undefined ? "-" : value.toFixed(digits));
const whole = value => (value === undefined ? "-" : Math.round(value).toLocaleString("en"));

/** Per engine the ratio of the medians and, beside it, that of the minima: where they differ, the machine was busy. */
export function passTable({ times, ratios, minimumRatios, means, minimumMeans }) {
  const engines = Object.keys(means);
  const pair = (median, minimum) => [fixed(median, 2), fixed(minimum, 2)];
  return markdown([
    ["", "native ms", ...engines.flatMap(name => [name, "min"])],
    ...Object.keys(times).map(kind => [
      kind,
      fixed(times[kind].native.median * 1e3, 0),
      ...engines.flatMap(name => pair(ratios[kind][name], minimumRatios[kind][name])),
    ]),
    ["geometric mean", "", ...engines.flatMap(name => pair(means[name], minimumMeans[name]))],
  ]);
}

/** The geometric means of each place, and the kinds in which the first engine takes longer than another. */
export function placeTable(places) {
  const engines = Object.keys(Object.values(places[0].figures)[0].means);
  const passes = ["warm", "cold", "rested"].filter(pass => places[0].figures[pass]);
  const heading = engines.flatMap(engine => passes.map(pass => `${engine} ${pass}`));
  return markdown([
    ["geometric mean, time to native's", ...heading, "slower than a peer, warm"],
    ...places.map(({ title, figures }) => [
      title,
      ...engines.flatMap(engine => passes.map(pass => fixed(figures[pass].means[engine], 2))),
      slowerKinds(figures.warm, engines).join(", ") || "none",
    ]),
  ]);
}

function slowerKinds(pass, [subject, ...peers]) {
  return Object.entries(pass?.ratios ?? {})
    .filter(([, row]) => peers.some(peer => row[peer] < row[subject]))
    .map(([kind, row]) => `${kind} (${fixed(row[subject], 2)})`);
}

/** @param {boolean} scripts whether the time to load the JavaScript is worth showing */
export function startTable(start, scripts) {
  const ms = seconds => fixed(seconds * 1e3, 2);
  const row = (name, { library, first }) => [name, ...(scripts ? [ms(library)] : []), ms(first)];
  const heading = ["ms", ...(scripts ? ["JavaScript loaded"] : []), "bytes to first result"];
  return markdown([heading, ...Object.entries(start).map(([name, steps]) => row(name, steps))]);
}

export function rateTable(rates) {
  const engines = Object.keys(Object.values(rates)[0]);
  return markdown([
    ["per second", ...engines],
    ...Object.entries(rates).map(([source, row]) => [source, ...engines.map(name => whole(row[name]))]),
  ]);
}

export function sizeTable(sizes) {
  const cells = size => ["raw", "gzip", "brotli"].map(form => whole(size?.[form]));
  return markdown([
    ["bytes", "wasm raw", "gzip", "brotli", "JS raw", "gzip", "brotli", "a program's JS, brotli"],
    ...Object.entries(sizes).map(([name, { wasm, js, program }]) => [
      name,
      ...cells(wasm),
      ...cells(js),
      whole(program?.brotli),
    ]),
  ]);
}

/** @param {string} subject the engine whose goals these are */
export function goalTable(figures, subject) {
  const digits = unit => (unit === "bytes" || unit === "/s" ? whole : value => fixed(value, 2));
  return markdown([
    [`goals for ${subject}`, "goal", "figure", "unit", ""],
    ...goals(figures, subject).map(goal => [
      goal.goal,
      `${goal.atLeast ? "at least" : "at most"} ${digits(goal.unit)(goal.limit)}`,
      digits(goal.unit)(goal.figure),
      goal.unit,
      verdict(goal),
    ]),
  ]);
}
