// Memory as a whole: exported, imported, emptied, and taken from what an earlier page saved.
import { readSaved, readSnapshotText, savedNames, snapshotText } from "../logic/snapshots.mjs";
import { timeForNames } from "../logic/words.mjs";
import { download, element } from "./dom.mjs";
import { notice } from "./said.mjs";

/** @param {Desk} desk @param {boolean} hasSaved whether what earlier pages saved is offered */
export function connectMemory(desk, hasSaved) {
  const on = (id, event, action, what) =>
    element(id).addEventListener(event, () => desk.attempt(() => action(desk), what));
  element("import").addEventListener("click", () => element("file").click());
  on("file", "change", importSnapshot, "Importing");
  on("export", "click", exportSnapshot, "Exporting");
  on("load", "click", loadSaved, "Loading");
  on("clear", "click", clear, "Clearing");
  const saved = hasSaved ? savedNames() : [];
  element("saved").replaceChildren(...saved.map(name => new Option(name)));
  element("earlier").hidden = saved.length === 0;
}

async function replaceMemory({ lua }, snapshot, from) {
  const { externalTableItems } = await lua.statistics();
  if (externalTableItems > 0 && !confirm(`Replace everything in Memory with ${from}?`)) return;
  const keys = await lua.restore(snapshot);
  const renewed = keys > 0 ? ` ${keys} keys were brought to the form of today.` : "";
  notice(`Memory is now what was in ${from}.${renewed}`);
}

async function exportSnapshot({ lua }) {
  const snapshot = await lua.snapshot();
  const name = `lua-memory-${timeForNames(snapshot.timestamp)}.json`;
  download(name, snapshotText(snapshot), "application/json");
  notice(`Exported as ${name}.`);
}

async function importSnapshot(desk) {
  const [file] = element("file").files;
  if (!file) return;
  const what = `'${file.name}'`;
  try {
    await replaceMemory(desk, readSnapshotText(await file.text(), what), what);
  } finally {
    element("file").value = "";
  }
}

async function loadSaved(desk) {
  const name = element("saved").value;
  await replaceMemory(desk, readSaved(name), `'${name}', saved by an earlier page`);
}

async function clear({ lua }) {
  if (!confirm("Delete everything in Memory? This cannot be undone.")) return;
  await lua.clear();
  notice("Memory is empty.");
}
