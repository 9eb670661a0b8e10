// The page as one file that needs no server, with a notebook in it.
import { hexOf } from "../logic/hash.mjs";
import { notebookText } from "../logic/notebook.mjs";
import { timeForNames } from "../logic/words.mjs";
import { showDialog } from "./dialog.mjs";
import { download, make } from "./dom.mjs";
import { attempt, notice } from "./said.mjs";

const PLACE = '<script type="application/json" id="notebook"></script>';

/** @returns {Promise<string>} the page without a notebook @throws {Error} it cannot be loaded */
async function template() {
  const response = await fetch("page-alone.html").catch(() => null);
  if (!response?.ok) throw new Error("The file could not be made: page-alone.html cannot be loaded without a network.");
  return response.text();
}

/** Of the stores of this file alone: on a disk all files may share what a browser keeps. */
const newName = () => `file-${hexOf(crypto.getRandomValues(new Uint8Array(8)))}`;

/** @param {Notebook} notebook @param {Snapshot} [memory] @returns {Promise<string>} the file */
async function fileOf(notebook, memory) {
  const contents = { name: newName(), time: Date.now(), notebook: JSON.parse(notebookText(notebook)), memory };
  // Nothing in it ends the element that it is in.
  const json = JSON.stringify(contents).replace(/</g, "\\u003c");
  return (await template()).replace(PLACE, () => PLACE.replace("><", `>${json}<`));
}

/** @param {Book} book @param {Desk} desk */
export function saveAlone(book, desk) {
  const withMemory = make("input", { type: "checkbox", disabled: desk.lua === null });
  const save = async () => {
    const memory = withMemory.checked ? await desk.lua.snapshot() : undefined;
    const name = `notebook-${timeForNames(Date.now())}.html`;
    download(name, await fileOf(book.notebook, memory), "text/html");
    notice(`Saved as ${name}.`);
  };
  const dialog = showDialog(
    "One file that runs without a server",
    make("p", {
      textContent: "It has the page, Lua and these cells in it, and is opened in any browser, also offline.",
    }),
    make("label", { className: "check" }, withMemory, " With what is in Memory now"),
    make(
      "div",
      { className: "buttons" },
      make("button", { type: "button", click: () => (dialog.close(), attempt(save)) }, "Save"),
    ),
  );
}
