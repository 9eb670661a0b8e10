// What goes out of the notebook and comes into it: links, files of Lua, examples, earlier texts.
import { notebookOf, readable } from "../logic/notebook.mjs";
import { cellsOfFile, luaFile } from "../logic/lua-file.mjs";
import { OWN, titleOf } from "../logic/names.mjs";
import { fragmentOf, readFragment } from "../logic/share.mjs";
import { counted, timeForNames } from "../logic/words.mjs";
import { saveAlone } from "./alone.mjs";
import { showDialog } from "./dialog.mjs";
import { download, element, make } from "./dom.mjs";
import { examples } from "./examples.mjs";
import { fillMenu } from "./menus.mjs";
import { showNotebooks } from "./notebooks.mjs";
import { attempt, notice } from "./said.mjs";
import { fork, openWhole, saveWhole } from "./whole.mjs";

/** Characters of a link; longer ones are cut by some programs. */
const LONGEST_LINK = 30_000;

/** @param {string} name of the notebook @param {Book} book @param {Desk} desk */
export function connectExchange(name, book, desk) {
  showName(name);
  fillMenu(
    "example-list",
    examples().map(({ label, why, codes }) => ({ label, why, act: () => replace(book, notebookOf(codes)) })),
  );
  fillMenu("notebook-actions", ALONE ? files(book, desk) : [...tabs(name, book, desk), ...files(book, desk)]);
  element("lua-file").addEventListener("change", () => attempt(() => openFile(book, desk)));
}

/** What a page of one file, which has no address, does not do. */
const tabs = (name, book, desk) => [
  {
    label: "Share by a link…",
    why: "The cells are in the link itself; no server has them.",
    act: () => share(book, desk),
  },
  {
    label: "Copy to another tab",
    why: "A notebook of its own, with cells, Memory and globals as they are now.",
    act: () => fork(name, book, desk),
  },
  { label: "Notebooks…", why: "All that this browser keeps, with their sizes.", act: () => showNotebooks(name) },
  { label: "Save as one HTML file…", why: "Runs by itself, without a server.", act: () => saveAlone(book, desk) },
];

const files = (book, desk) => [
  { label: "Save as a .lua file", why: "All cells, apart by lines -- %%.", act: () => saveFile(book) },
  { label: "Save as a .luap file", why: "Everything: cells, Memory, globals.", act: () => saveWhole(book, desk) },
  {
    label: "Open a file…",
    why: ".lua or .luap, in the place of what is here.",
    act: () => element("lua-file").click(),
  },
  { label: "Earlier texts…", why: "What was replaced, also by another tab.", act: () => showEarlier(book) },
];

/** Says which notebook this is, when it is not the first one. */
function showName(name) {
  if (name === OWN) return;
  if (ALONE) return showFile();
  document.title = `${titleOf(name)} · Persistent Lua`;
  if (name.startsWith("shared-")) return;
  const link = make("a", { href: "./", textContent: "Open your first notebook" });
  element("origin").replaceChildren(make("p", {}, `This is ‘${name}’, with a Memory of its own. `, link));
  element("origin").hidden = false;
}

function showFile() {
  const { time } = JSON.parse(element("notebook").textContent);
  const when = new Date(time).toLocaleString();
  const text = `This file has the notebook as it was saved, ${when}. What you change is kept by this browser, not in the file.`;
  element("origin").replaceChildren(make("p", { textContent: text }));
  element("origin").hidden = false;
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

async function openFile(book, desk) {
  const [file] = element("lua-file").files;
  element("lua-file").value = "";
  if (file?.name.endsWith(".luap")) await openWhole(file, book, desk);
  else if (file) replace(book, notebookOf(cellsOfFile(await file.text())));
}

async function share(book, desk) {
  const link = make("input", { readOnly: true, "aria-label": "Link" });
  const size = make("p", { className: "quiet" });
  const withMemory = make("input", { type: "checkbox", disabled: desk.lua === null, change: () => attempt(show) });
  const copy = make("button", { type: "button" }, "Copy");
  const show = async () => {
    const isWith = withMemory.checked;
    // The link that is there is another one.
    copy.disabled = true;
    const fragment = await fragmentOf(book.notebook, isWith ? await desk.lua.snapshot() : undefined);
    const problem = await readFragment(fragment).then(
      () => "",
      ({ message }) => message,
    );
    // The box was changed meanwhile.
    if (withMemory.checked !== isWith) return;
    link.value = problem ? "" : location.href.replace(/#.*/, "") + fragment;
    copy.disabled = Boolean(problem);
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
