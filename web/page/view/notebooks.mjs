// The notebooks that this browser keeps, as a list: each can be opened, and those that are not open be deleted; and a new one.
import { deleteNotebook, keptNotebooks } from "../lua/kept.mjs";
import { addressOf, freeName, isOld, keptNames, titleOf } from "../logic/names.mjs";
import { readable } from "../logic/notebook.mjs";
import { counted, sizeText } from "../logic/words.mjs";
import { showDialog } from "./dialog.mjs";
import { make } from "./dom.mjs";

/** @param {string} here the notebook of this page */
export async function showNotebooks(here) {
  const list = make("ul", { className: "notebooks" });
  const problem = make("p", { className: "problem", role: "alert" });
  const offer = make("div", { className: "buttons" });
  const show = async () => {
    const kept = await keptNotebooks();
    list.replaceChildren(...kept.map(each => item(each, here, remove)));
    const old = kept.filter(each => each.name !== here && isOld(each));
    offer.replaceChildren(...(old.length > 0 ? offerOf(old, removeAll) : []));
  };
  const removeAll = async (names, question) => {
    if (!confirm(`${question} This cannot be undone.`)) return;
    problem.textContent = "";
    for (const name of names) await deleteNotebook(name).catch(error => (problem.textContent = refusal(name, error)));
    await show();
    list.querySelector("a, button")?.focus();
  };
  const remove = ({ name }) => removeAll([name], `Delete ‘${titleOf(name)}’ with its cells and its Memory?`);
  await show();
  showDialog(
    "Notebooks in this browser",
    list,
    offer,
    problem,
    newForm(),
    make("p", { className: "quiet", textContent: "Each has cells and a Memory of its own." }),
  );
}

const refusal = (name, { kind, message }) =>
  kind === "busy" ? `‘${titleOf(name)}’ is open in another tab: close it there first. Nothing was deleted.` : message;

/** What came by links or in other pages, and was not opened for a month. */
function offerOf(old, removeAll) {
  const size = sizeText(old.reduce((sum, { size }) => sum + size, 0));
  const count = counted(old.length, "notebook");
  const act = () =>
    removeAll(
      old.map(({ name }) => name),
      `Delete ${count} with cells and Memory?`,
    );
  return [
    make("span", {}, `${count} that came by links or in other pages, not opened for a month: ${size}.`),
    make("button", { type: "button", click: act }, old.length === 1 ? "Delete it…" : "Delete them…"),
  ];
}

function item(kept, here, remove) {
  const { name, text, size, opened } = kept;
  const isHere = name === here;
  const title = titleOf(name);
  const when = isHere ? ", open here" : opened ? `, opened ${new Date(opened).toLocaleDateString()}` : "";
  const about = make("small", { textContent: `${contentsOf(text)}${sizeText(size)}${when}` });
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
