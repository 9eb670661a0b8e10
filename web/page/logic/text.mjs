// Values of Lua as short text, for what functions of the page show.

/** Fields of a table that are written: one table can be in another many times over, and so on without an end that anybody sees. */
const MOST_FIELDS = 1000;

/** @param {unknown} value @returns {string} */
export function textOf(value) {
  if (value === undefined || value === null) return "";
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value !== "object") return String(value);
  if (typeof value.text === "string") return value.text;
  let left = MOST_FIELDS;
  const brief = field => (typeof field === "bigint" ? String(field) : field);
  return JSON.stringify(value, (_, field) => (left-- > 0 ? brief(field) : "…"));
}
