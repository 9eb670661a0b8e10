// What the page writes for a value that lua/inspector.lua has described: {k: kind, t: text, n: size, h: number, x: id}. It
// knows no page.
import { counted } from "./words.mjs";

const ESCAPES = { "\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\0": "\\0" };
const hex = code => `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;

/** @param {string | Uint8Array} text what of a string is not UTF-8 comes as bytes */
export function quoted(text) {
  if (typeof text === "string")
    return `"${text.replace(/[\p{Cc}"\\]/gu, c => ESCAPES[c] ?? (c < "\x80" ? hex(c.codePointAt(0)) : c))}"`;
  const shown = Array.from(text, code => {
    const c = String.fromCharCode(code);
    return code >= 0x7f || (code < 0x20 && !ESCAPES[c]) ? hex(code) : (ESCAPES[c] ?? c);
  });
  return `"${shown.join("")}"`;
}

const lengthOf = text => (typeof text === "string" ? new TextEncoder().encode(text).length : text.length);

/** @returns {string} a value as Lua writes it, a table as the beginning of its constructor */
export function valueText({ k, t, n }) {
  if (k === "string") return lengthOf(t) < n ? `${quoted(t)}...` : quoted(t);
  if (k === "function" || k === "thread" || k === "userdata") return `${k}: ${t}`;
  return String(t);
}

/** @returns {string} how much is in it, and which kind of table it is; empty where that says nothing */
export function sizeOfValue({ k, t, n, more, x, name }) {
  if (k === "string") return lengthOf(t) < n ? counted(n, "byte") : "";
  if (k !== "table") return "";
  const size = more ? `more than ${counted(n, "field")}` : counted(n, "field");
  return [name, x === undefined ? "" : "kept", size].filter(Boolean).join(", ");
}

const NAME = /^[A-Za-z_]\w*$/;

/** @returns {string} a key as a constructor has it: a name, or an expression in brackets */
export function keyText(key) {
  if (key.k === "string" && typeof key.t === "string" && NAME.test(key.t) && key.t.length === key.n) return key.t;
  return `[${valueText(key)}]`;
}

/** Whether there is something to unfold. */
export const isOpenable = ({ h, n, meta }) => h !== undefined && (n > 0 || Boolean(meta));

/** @returns {string | null} an expression that gives the value; null when there is none that is whole */
export function expressionOf(value) {
  if (value.k === "string") return lengthOf(value.t) < value.n ? null : quoted(value.t);
  return value.k === "number" || value.k === "boolean" ? String(value.t) : null;
}
