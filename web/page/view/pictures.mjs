// What page.table and page.image show. All text of scripts is text.
import { make } from "./dom.mjs";
import { textOf } from "../logic/text.mjs";
import { counted } from "../logic/words.mjs";

const MOST_ROWS = 1000;
const MOST_COLUMNS = 100;
const MOST_PIXELS = 40_000_000;

/** Numbers come as Lua writes them. */
const NUMBER = /^-?(\d+(\.\d+)?(e[+-]\d+)?|inf|nan)$/;

const isList = value => Array.isArray(value);
const entriesOf = row => (row instanceof Map ? [...row] : Object.entries(row));

function columnsOf(rows) {
  const names = new Set();
  for (const row of rows) {
    const keys = isList(row) ? row.map((_, i) => i + 1) : entriesOf(row).map(([key]) => key);
    for (const key of keys) if (names.size < MOST_COLUMNS) names.add(key);
  }
  // Lua's tables have no order of their own.
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}

/**
 * @param {unknown} rows a list of lists, or of tables with the same keys
 * @returns {HTMLElement}
 * @throws {TypeError} it is something else
 */
export function tableOf(rows) {
  if (!isList(rows)) throw new TypeError("page.table takes a list of rows");
  const wrong = rows.findIndex(row => typeof row !== "object" || row === null || row instanceof Uint8Array);
  if (wrong >= 0)
    throw new TypeError(`page.table takes rows that are tables, and row ${wrong + 1} is ${textOf(rows[wrong])}`);
  const shown = rows.slice(0, MOST_ROWS);
  const columns = columnsOf(shown);
  const isNamed = shown.some(row => !isList(row));
  const cellOf = (row, column) => (isList(row) ? row[column - 1] : new Map(entriesOf(row)).get(column));
  const body = shown.map(row =>
    make(
      "tr",
      {},
      ...columns.map(column => {
        const text = textOf(cellOf(row, column));
        return make("td", { className: NUMBER.test(text) ? "number" : "", textContent: text });
      }),
    ),
  );
  const head = make("tr", {}, ...columns.map(column => make("th", { scope: "col", textContent: String(column) })));
  const more = rows.length - shown.length;
  return make(
    "div",
    { className: "rows", tabIndex: 0, role: "group", "aria-label": `Table of ${counted(rows.length, "row")}` },
    make("table", {}, ...(isNamed ? [make("thead", {}, head)] : []), make("tbody", {}, ...body)),
    more > 0 ? make("p", { className: "quiet", textContent: `${counted(more, "more row")} are not shown.` }) : null,
  );
}

const bytesOf = value => (typeof value === "string" ? new TextEncoder().encode(value) : value);

/**
 * @param {unknown} bytes of a PNG, JPEG, GIF or WebP picture @param {unknown} description
 * @returns {Promise<HTMLElement>}
 * @throws {TypeError | Error} it is none
 */
export async function imageOf(bytes, description = "Picture") {
  const given = bytesOf(bytes);
  if (!(given instanceof Uint8Array)) throw new TypeError("page.image takes the bytes of a picture as a string");
  const bitmap = await createImageBitmap(new Blob([given])).catch(cause => {
    throw new Error("page.image: these bytes are no picture that this browser knows", { cause });
  });
  if (bitmap.width * bitmap.height > MOST_PIXELS) throw new Error("page.image: the picture is too large");
  const canvas = make("canvas", {
    className: "picture",
    width: bitmap.width,
    height: bitmap.height,
    role: "img",
    "aria-label": textOf(description),
  });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return canvas;
}
