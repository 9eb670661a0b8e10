// What goes out of the notebook and comes into it: links, files of Lua, examples, earlier texts.
import { notebookOf, readNotebook } from "../logic/notebook.mjs";
import { cellsOfFile, luaFile } from "../logic/lua-file.mjs";
import { fragmentOf, readFragment } from "../logic/share.mjs";
import { counted, timeForNames } from "../logic/words.mjs";
import { download, element, make } from "./dom.mjs";
import { examples } from "./examples.mjs";
import { fillMenu } from "./menus.mjs";
import { attempt, notice } from "./said.mjs";

/** Characters of a link; longer ones are cut by some programs. */
const LONGEST_LINK = 30_000;

/** @param {Book} book @param {Desk} desk */
export function connectExchange(book, desk) {
  fillMenu(
    "example-list",
    examples().map(({ label, why, codes }) => ({ label, why, act: () => replace(book, notebookOf(codes)) })),
  );
  fillMenu("notebook-actions", [
    {
      label: "Share by a link…",
      why: "The cells are in the link itself; no server has them.",
      act: () => share(book, desk),
    },
    { label: "Save as a .lua file", why: "All cells, apart by lines -- %%.", act: () => saveFile(book) },
    { label: "Open a .lua file…", why: "In the place of these cells.", act: () => element("lua-file").click() },
    { label: "Earlier texts…", why: "What was replaced, also by another tab.", act: () => showEarlier(book) },
  ]);
  element("lua-file").addEventListener("change", () => attempt(() => openFile(book)));
}

function replace(book, notebook) {
  const { notebook: before } = book;
  book.replace(notebook);
  const undo = () => (notice(""), book.replace(before));
  notice("The notebook that was here is kept under Notebook, Earlier texts.", { label: "Undo", act: undo });
  scrollTo({ top: 0 });
}

function saveFile(book) {
  const name = `notebook-${timeForNames(Date.now())}.lua`;
  download(name, luaFile(book.notebook.cells.map(({ code }) => code)), "text/x-lua");
  notice(`Saved as ${name}.`);
}

async function openFile(book) {
  const [file] = element("lua-file").files;
  element("lua-file").value = "";
  if (file) replace(book, notebookOf(cellsOfFile(await file.text())));
}

/** A dialog with this in it, until it is closed. */
function showDialog(title, ...children) {
  const heading = make("h2", { id: "dialog-title", textContent: title });
  const close = make("form", { method: "dialog" }, make("button", { type: "submit" }, "Close"));
  const dialog = make("dialog", { "aria-labelledby": "dialog-title" }, heading, ...children, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

async function share(book, desk) {
  const link = make("input", { readOnly: true, "aria-label": "Link" });
  const size = make("p", { className: "quiet" });
  const withMemory = make("input", { type: "checkbox", disabled: desk.lua === null, change: () => attempt(show) });
  const copy = make("button", { type: "button" }, "Copy");
  const show = async () => {
    const isWith = withMemory.checked;
    const fragment = await fragmentOf(book.notebook, isWith ? await desk.lua.snapshot() : undefined);
    const problem = await readFragment(fragment).then(
      () => "",
      ({ message }) => message,
    );
    // The box was changed meanwhile.
    if (withMemory.checked !== isWith) return;
    link.value = problem ? "" : location.href.replace(/#.*/, "") + fragment;
    if (problem) return void (size.textContent = problem);
    const isLong = link.value.length > LONGEST_LINK;
    const warning = isLong ? " Some programs cut links of this length: save a file instead." : "";
    size.textContent = `${counted(link.value.length, "character")}.${warning}`;
    link.select();
  };
  copy.addEventListener("click", async () => {
    link.select();
    await navigator.clipboard?.writeText(link.value).then(
      () => (copy.textContent = "Copied"),
      () => {},
    );
  });
  await show();
  showDialog(
    "A link to this notebook",
    make("p", { textContent: "Whoever opens it gets these cells, and runs them in a Memory of their own." }),
    make("div", { className: "buttons" }, link, copy),
    make("label", { className: "check" }, withMemory, " With what is in Memory now"),
    size,
  );
  link.select();
}

/** What cannot be read is one cell, as it is. */
function readable(text) {
  try {
    return readNotebook(text);
  } catch {
    return notebookOf([text]);
  }
}

function showEarlier(book) {
  const { earlier } = book;
  const list = earlier.map(({ time, text }) => {
    const notebook = readable(text);
    const act = () => {
      dialog.close();
      attempt(() => replace(book, notebook));
    };
    const first = notebook.cells
      .map(({ code }) => code)
      .join("\n")
      .trim()
      .split("\n")[0]
      .slice(0, 60);
    const when = `${new Date(time).toLocaleString()}, ${counted(notebook.cells.length, "cell")}`;
    return make(
      "button",
      { type: "button", className: "item", click: act },
      make("code", { textContent: first || "(empty)" }),
      make("small", { textContent: when }),
    );
  });
  const dialog = showDialog(
    "Earlier texts",
    ...(list.length > 0 ? list : [make("p", { textContent: "Nothing was replaced yet." })]),
  );
}
