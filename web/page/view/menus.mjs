// Menus that unfold, and close again by Escape or a click elsewhere; the list of keys.
import { element, make } from "./dom.mjs";
import { attempt } from "./said.mjs";

/** Makes every `details.menu` of the page behave as a menu. */
export function connectMenus() {
  const menus = [...document.querySelectorAll("details.menu")];
  const close = except => menus.forEach(menu => menu !== except && (menu.open = false));
  document.addEventListener("click", ({ target }) => close(target.closest?.("details.menu")));
  for (const menu of menus) {
    menu.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener(
      "focusout",
      ({ relatedTarget }) => relatedTarget && !menu.contains(relatedTarget) && (menu.open = false),
    );
  }
}

/** @param {string} id of the menu's sheet @param {{label: string, why?: string, act: () => unknown}[]} items */
export function fillMenu(id, items) {
  const buttons = items.map(({ label, why, act }) => {
    const click = () => {
      element(id).closest("details").open = false;
      attempt(act);
    };
    const about = why ? make("small", { textContent: why }) : null;
    return make("button", { type: "button", className: "item", click }, make("span", { textContent: label }), about);
  });
  element(id).replaceChildren(...buttons);
}

const KEYS = [
  ["Ctrl+Enter, Cmd+Enter", "Run the cell"],
  ["Shift+Enter", "Run the cell and go to the next one"],
  ["Alt+Enter", "Run the cell and add one below"],
  ["Ctrl+Shift+Enter", "Run all cells"],
  ["Ctrl+., Cmd+.", "Stop"],
  ["Alt+Shift+↑, ↓", "Move the cell"],
  ["Tab, Shift+Tab", "Indent more or less, in the editor"],
  ["Esc, then Tab", "Leave the editor"],
  ["Ctrl+Space", "Complete a name"],
  ["Ctrl+/", "Comment lines, or take the comment away"],
  ["Ctrl+F", "Search in the cell"],
  ["Ctrl+D", "Select the next place with the same text: several cursors"],
  ["↑ ↓ ← →", "Walk through a tree, open and close tables"],
  ["Enter or F2, Delete", "Change or delete a value in the tree"],
  ["R", "Show who refers to a table in the tree"],
  ["?", "This list, outside of editors"],
];

export function connectHelp() {
  element("key-list").replaceChildren(
    ...KEYS.map(([keys, does]) =>
      make("div", {}, make("dt", { textContent: keys }), make("dd", { textContent: does })),
    ),
  );
  // Otherwise the first button is focused, which is at the end of a list that may be longer than the screen.
  element("help-title").autofocus = true;
  const show = () => element("help").showModal?.();
  element("help-button").addEventListener("click", show);
  document.addEventListener("keydown", event => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "?" && !isTyping && !event.ctrlKey && !event.metaKey) show();
  });
}
