// A dialog in front of the page, until it is closed.
import { make } from "./dom.mjs";

/** @param {string} title @param {...Node} children @returns {HTMLDialogElement} shown */
export function showDialog(title, ...children) {
  const heading = make("h2", { id: "dialog-title", textContent: title });
  const close = make("form", { method: "dialog" }, make("button", { type: "submit" }, "Close"));
  const dialog = make("dialog", { "aria-labelledby": "dialog-title" }, heading, ...children, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
