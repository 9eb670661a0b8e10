// One row of a tree: what a field is called, its value, how much is in it, and the signs that change it. It knows no tree
// around it.
import { expressionOf, sizeOfValue, valueText } from "../logic/values.mjs";
import { make, signButton } from "./dom.mjs";

/**
 * @param {{label: string, value: object, note?: string, level: number}} node
 * @param {{isChanged: boolean, above?: {label: string}}} how above: the row above of the same table
 * @returns {HTMLElement} the item of the tree
 */
export function rowOf({ label, value, note = "", level }, { isChanged, above }) {
  const size = above ? `the same table as ${above.label}` : sizeOfValue(value);
  const text = valueText(value);
  const row = make(
    "div",
    { role: "treeitem", tabIndex: -1, className: isChanged ? "row changed" : "row" },
    make("span", { className: "twist", "aria-hidden": "true" }),
    label === "" ? null : make("span", { className: "key", textContent: label }),
    label === "" || text === "" ? null : make("span", { className: "is", textContent: " = " }),
    make("span", { className: `value ${value.k}`, textContent: text }),
    size || note ? make("span", { className: "size", textContent: ` ${note || size}` }) : null,
    isChanged ? make("span", { className: "mark", textContent: " changed" }) : null,
  );
  row.setAttribute("aria-level", String(level));
  return row;
}

/** @param {{label: string, value: object}} node @param {{edit(): void, remove(): void, find(): void}} actions */
export const toolsOf = ({ label, value }, { edit, remove, find }) =>
  make(
    "span",
    { className: "tools" },
    value.h === undefined ? null : signButton("⇠", `Who refers to ${label}`, find, { tabIndex: -1 }),
    expressionOf(value) === null ? null : signButton("✎", `Edit ${label}`, edit, { tabIndex: -1 }),
    signButton("×", `Delete ${label}`, remove, { tabIndex: -1 }),
  );

/**
 * @param {string} label @param {string} source what the field says at first
 * @param {{take: (source: string) => void, leave: () => void}} actions Enter, and everything else that ends it
 */
export function editField(label, source, { take, leave }) {
  let isOver = false;
  const end = isFocused => {
    if (isOver) return;
    isOver = true;
    leave(isFocused);
  };
  const input = make("input", {
    className: "edit",
    value: source,
    "aria-label": `New value of ${label}`,
    // Taking it away takes the focus from it, too.
    blur: () => end(false),
    keydown: event => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      const { value } = input;
      end(true);
      if (event.key === "Enter" && value !== source) take(value);
    },
  });
  return input;
}
