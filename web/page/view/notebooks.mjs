// The notebooks that this browser keeps, as a list: each can be opened, and those that are not open be deleted; and a new one.
import { deleteNotebook, keptNotebooks } from "../lua/kept.mjs";
import { addressOf, freeName, keptNames, titleOf } from "../logic/names.mjs";
import { readable } from "../logic/notebook.mjs";
import { counted, sizeText } from "../logic/words.mjs";
import { showDialog } from "./dialog.mjs";
import { make } from "./dom.mjs";

/** @param {string} here the notebook of this page */
export async function showNotebooks(here) {
  const list = make("ul", { className: "notebooks" });
  const problem = make("p", { className: "problem", role: "alert" });
  const show = async () => list.replaceChildren(...(await keptNotebooks()).map(kept => item(kept, here, remove)));
  const remove = async ({ name }) => {
    if (!confirm(`Delete ‘${titleOf(name)}’ with its cells and its Memory? This cannot be undone.`)) return;
    problem.textContent = "";
    await deleteNotebook(name).catch(error => (problem.textContent = refusal(name, error)));
    await show();
    list.querySelector("a, button")?.focus();
  };
  await show();
  showDialog(
    "Notebooks in this browser",
    list,
    problem,
    newForm(),
    make("p", { className: "quiet", textContent: "Each has cells and a Memory of its own." }),
  );
}

const refusal = (name, { kind, message }) =>
  kind === "busy" ? `‘${titleOf(name)}’ is open in another tab: close it there first. Nothing was deleted.` : message;

function item(kept, here, remove) {
  const { name, text, size } = kept;
  const isHere = name === here;
  const title = titleOf(name);
  const about = make("small", { textContent: `${contentsOf(text)}${sizeText(size)}${isHere ? ", open here" : ""}` });
  return make(
    "li",
    {},
    make(
      "span",
      {},
      isHere ? make("b", { textContent: title }) : make("a", { href: addressOf(name), textContent: title }),
      about,
    ),
    isHere
      ? null
      : make(
          "button",
          { type: "button", click: () => remove(kept), "aria-label": `Delete ${title}, ${contentsOf(text)}` },
          "Delete…",
        ),
  );
}

function contentsOf(text) {
  if (text === null) return "";
  const { cells } = readable(text);
  const first = cells.map(({ code }) => code.trim()).find(code => code !== "") ?? "";
  const start = first.split("\n")[0].slice(0, 60);
  return `${start ? `${start} · ` : ""}${counted(cells.length, "cell")} · `;
}

function newForm() {
  const input = make("input", { type: "text", required: true, maxLength: 80, autocomplete: "off" });
  const open = event => {
    event.preventDefault();
    location.href = addressOf(freeName(input.value, keptNames(localStorage)));
  };
  return make(
    "form",
    { className: "question", submit: open },
    make("label", {}, make("span", { textContent: "Name of a new one" }), input),
    make("button", { type: "submit" }, "Begin it"),
  );
}
