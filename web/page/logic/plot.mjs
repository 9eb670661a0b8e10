// What page.plot was given, as lines, bars or a grid to draw: numbers and ranges, without a page.

import { textOf } from "./text.mjs";

const MOST_SERIES = 100;
const MOST_POINTS = 20_000;
const MOST_CELLS = 250_000;
const KINDS = ["line", "bars", "points"];

const isNumbers = list =>
  Array.isArray(list) && list.every(value => typeof value === "number" || typeof value === "bigint");
const numbers = (list, what) => {
  if (list === undefined || !isNumbers(list)) throw new TypeError(`page.plot: ${what} must be a list of numbers`);
  if (list.length > MOST_POINTS)
    throw new TypeError(`page.plot draws at most ${MOST_POINTS} points, and ${what} has ${list.length}`);
  return list.map(Number);
};

/**
 * @param {unknown} data `{1, 4, 9}`, `{y = {…}, x = {…}, kind = "bars", name = "…"}`, a list of such tables as `series`, or
 *   `{grid = rows}`; with a `title`
 * @returns {{title: string, series: object[], grid: number[][] | null}}
 * @throws {TypeError} saying what is wrong
 */
export function readPlot(data) {
  if (typeof data !== "object" || data === null || data instanceof Map || data instanceof Uint8Array)
    throw new TypeError("page.plot takes a list of numbers, or a table with y, series or grid");
  if (Array.isArray(data) && !isNumbers(data)) throw new TypeError("page.plot: the list must be of numbers");
  const given = Array.isArray(data) ? { y: data } : data;
  const title = textOf(given.title);
  if (given.grid !== undefined) return { title, series: [], grid: readGrid(given.grid) };
  const list = given.series === undefined ? [given] : given.series;
  if (!Array.isArray(list) || list.length === 0)
    throw new TypeError("page.plot: series must be a list of tables with y");
  if (list.length > MOST_SERIES) throw new TypeError(`page.plot draws at most ${MOST_SERIES} series`);
  return { title, series: list.map(readSeries), grid: null };
}

function readSeries({ y, x, kind = "line", name = "" }) {
  const ys = numbers(y, "y");
  const xs = x === undefined ? ys.map((_, i) => i + 1) : numbers(x, "x");
  if (xs.length !== ys.length) throw new TypeError(`page.plot: x has ${xs.length} numbers, and y ${ys.length}`);
  if (!KINDS.includes(kind))
    throw new TypeError(`page.plot: kind is "${textOf(kind)}", and can be ${KINDS.join(", ")}`);
  return { points: xs.map((value, i) => [value, ys[i]]), kind, name: textOf(name) };
}

function readGrid(rows) {
  if (!Array.isArray(rows) || !rows.every(row => Array.isArray(row) && isGridRow(row)))
    throw new TypeError("page.plot: grid must be a list of rows of numbers or booleans");
  const cells = rows.reduce((sum, row) => sum + row.length, 0);
  if (cells > MOST_CELLS)
    throw new TypeError(`page.plot draws at most ${MOST_CELLS} fields of a grid, and this has ${cells}`);
  return rows.map(row => row.map(Number));
}

const isGridRow = row => row.every(value => ["number", "boolean", "bigint"].includes(typeof value));

/** @param {number[]} values @returns {[number, number]} what they lie between; never an empty range */
export function rangeOf(values) {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (least > most) return [0, 1];
  return least === most ? [least - 0.5, most + 0.5] : [least, most];
}

/** @param {[number, number]} range @returns {number[]} some four round numbers in it */
export function ticksOf([least, most]) {
  const rough = (most - least) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough);
  const ticks = [];
  for (let i = Math.ceil(least / step); i * step <= most + step * 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}
