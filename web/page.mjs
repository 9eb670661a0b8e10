// The demonstration page: connects the controls of index.html with Lua.
import { Editor } from "./page-editor.mjs";
import { download, readSaved, readSnapshotText, savedNames, snapshotText } from "./page-files.mjs";
import { LONGEST_RUN, OUTPUT_LIMIT, eraseStore, openLua } from "./page-lua.mjs";
import { element, errorText, lineOf, offer, showPlace, showProgress, showSaved, showStatistics } from "./page-show.mjs";

const STOPPED = new Error("stopped");
const editor = new Editor({ text: element("code"), lines: element("lines"), mark: element("mark") });
/** @type {PageLua | null} */
let lua = null;
/** Of the opening under way; ends what is waiting for another tab. @type {AbortController | null} */
let opening = null;
/** What to do when the page is shown again. @type {(() => Promise<void>) | null} */
let comeBack = null;
/** Of the run under way. @type {AbortController | null} */
let running = null;
/** Characters that it has printed. */
let printed = 0;
/** Milliseconds. @type {number | null} */
let lastRun = null;
/** Whether the store did not take something. */
let isUnsaved = false;

const notice = text => (element("notice").textContent = text);

function showError(error) {
  element("error").textContent = errorText(error);
  element("error").scrollIntoView({ block: "nearest" });
  const line = lineOf(error);
  const isMarked = editor.mark(line);
  element("to-line").hidden = !isMarked;
  element("to-line").textContent = `Go to line ${line}`;
  element("to-line").onclick = () => editor.select(line);
}

function clearMessages() {
  element("error").textContent = "";
  element("to-line").hidden = true;
  editor.clearMark();
  notice("");
}

/** What can be done now. */
function showControls() {
  element("run").disabled = lua === null;
  element("run").setAttribute("aria-disabled", String(running !== null));
  if (running === null && document.activeElement === element("stop")) element("run").focus();
  element("stop").disabled = running === null || !lua.isWorker;
  element("memory").disabled = lua === null || running !== null;
  for (const id of ["import", "clear", "load"]) element(id).disabled = lua === null || lua.readOnly;
}

/** Does `action`, shows its error if it has one, and brings the statistics up to date. @param {string} what it is doing */
async function attempt(action, what) {
  clearMessages();
  const endProgress = showProgress(what);
  try {
    await action();
  } catch (error) {
    if (!comeBack) showError(error);
  }
  endProgress();
  await refresh().catch(showError);
}

async function refresh() {
  if (!lua) return;
  const statistics = await lua.statistics();
  isUnsaved = !statistics.isDurable;
  showStatistics(statistics, lastRun);
}

// Opening.

const RESTARTED = "Lua was restarted. Globals are lost; Memory is as the last completed run left it.";
const onRestart = () => notice(RESTARTED);

/** @param {"wait" | "readOnly" | "refuse"} whenBusy @param {string[]} [stores] */
async function open(whenBusy, stores) {
  opening?.abort();
  const mine = (opening = new AbortController());
  mine.again = () => open(whenBusy, stores);
  const endProgress = whenBusy === "wait" ? () => {} : showProgress("Opening Memory");
  try {
    await close();
    const opened = await openLua({ whenBusy, signal: mine.signal, onRestart, stores });
    if (opening !== mine) return await opened.close();
    lua = opened;
    await showOpened();
  } catch (error) {
    if (opening === mine) showRefusal(error);
  } finally {
    endProgress();
    if (opening === mine) opening = null;
    showControls();
  }
}

async function close() {
  const closing = lua;
  lua = null;
  showControls();
  await closing?.close();
}

function showOpened() {
  showPlace(lua, LONGEST_RUN);
  if (lua.readOnly) offer("busy", "You can read it here.", ["wait"]);
  else element("choice").hidden = true;
  showSaved(savedNames());
  showControls();
  clearMessages();
  return refresh();
}

function showRefusal(error) {
  if (error.kind === "busy")
    return offer("busy", "Wait until that tab is closed, or open it here to read only.", ["wait", "read"]);
  showError(error);
  if (error.kind !== "damaged" && error.kind !== "version") return;
  element("erase").onclick = () => attempt(() => erase(error.kindOfStore), "Erasing");
  offer("refused", "Go on with an empty Memory that is not kept, or erase what is there.", ["forget", "erase"]);
}

function wait() {
  offer("busy", "Waiting until that tab is closed …", ["read"]);
  element("read").focus();
  return open("wait");
}

async function erase(store) {
  if (!confirm("Erase everything in the stored Memory? This cannot be undone.")) return;
  await eraseStore(store);
  await open("refuse");
}

// Running.

async function run() {
  if (!lua || running) return;
  running = new AbortController();
  showControls();
  element("output").textContent = "";
  printed = 0;
  element("output").setAttribute("aria-busy", "true");
  const began = performance.now();
  await attempt(async () => {
    try {
      showOutput(await lua.run(editor.code, { onOutput: showPrinted, signal: running.signal }));
    } catch (error) {
      if (error.result) showOutput(error.result.output);
      if (error !== STOPPED) return await explain(error);
      const loss = element("notice").textContent;
      notice(`Stopped: nothing that this run did to Memory was kept. ${loss}`);
    } finally {
      lastRun = performance.now() - began;
      running = null;
    }
  }, "Running");
  element("output").removeAttribute("aria-busy");
  showControls();
}

/** Restarts Lua if it has failed itself. @throws {unknown} the error */
async function explain(error) {
  if (await lua?.hasFailed().catch(() => false)) {
    await lua.restart();
    onRestart();
  }
  throw error;
}

/** With its end, which has the results, in view. @param {string} text */
function showOutput(text) {
  const output = element("output");
  output.textContent = text;
  output.scrollTop = output.scrollHeight;
  output.scrollIntoView({ block: "nearest" });
}

/** Until the run ends, which brings all of the text. @param {string} text just printed */
function showPrinted(text) {
  const output = element("output");
  if (printed < OUTPUT_LIMIT) output.append(text.slice(0, OUTPUT_LIMIT - printed));
  printed += text.length;
  output.scrollTop = output.scrollHeight;
}

// Snapshots.

async function replaceMemory(snapshot, from) {
  const { externalTableItems } = await lua.statistics();
  if (externalTableItems > 0 && !confirm(`Replace everything in Memory with ${from}?`)) return;
  const keys = await lua.restore(snapshot);
  const renewed = keys > 0 ? ` ${keys} keys were brought to the form of today.` : "";
  notice(`Memory is now what was in ${from}.${renewed}`);
}

async function exportSnapshot() {
  const snapshot = await lua.snapshot();
  const name = `lua-memory-${new Date(snapshot.timestamp).toISOString().slice(0, 19).replace(/:/g, "-")}.json`;
  download(name, snapshotText(snapshot));
  notice(`Exported as ${name}.`);
}

async function importSnapshot() {
  const [file] = element("file").files;
  if (!file) return;
  const what = `'${file.name}'`;
  try {
    await replaceMemory(readSnapshotText(await file.text(), what), what);
  } finally {
    element("file").value = "";
  }
}

async function loadSaved() {
  const name = element("saved").value;
  await replaceMemory(readSaved(name), `'${name}', saved by an earlier page`);
}

async function clear() {
  if (!confirm("Delete everything in Memory? This cannot be undone.")) return;
  await lua.clear();
  notice("Memory is empty.");
}

// Controls.

element("code").addEventListener("keydown", event => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  run();
});
element("run").addEventListener("click", run);
element("stop").addEventListener("click", () => running?.abort(STOPPED));
element("import").addEventListener("click", () => element("file").click());
element("file").addEventListener("change", () => attempt(importSnapshot, "Importing"));
element("export").addEventListener("click", () => attempt(exportSnapshot, "Exporting"));
element("load").addEventListener("click", () => attempt(loadSaved, "Loading"));
element("clear").addEventListener("click", () => attempt(clear, "Clearing"));
element("wait").addEventListener("click", wait);
element("read").addEventListener("click", () => open("readOnly"));
element("forget").addEventListener("click", () => open("refuse", ["memory"]));

addEventListener("beforeunload", event => {
  if (!isUnsaved) return;
  event.preventDefault();
  // Earlier browsers want this.
  event.returnValue = true;
});

// A page that is left can be kept, frozen, for the way back: the store is for other tabs meanwhile, and what they did to it
// is read when the page is shown again. What could not be saved stays here, and so does Memory that is not kept.
addEventListener("pagehide", ({ persisted }) => {
  if (!persisted || comeBack) return;
  if (opening) comeBack = leaveOpening();
  else if (lua?.isLocked && !isUnsaved) comeBack = leaveLua();
});
addEventListener("pageshow", async () => {
  const coming = comeBack;
  comeBack = null;
  await coming?.();
});

function leaveOpening() {
  const { again } = opening;
  opening.abort();
  opening = null;
  return again;
}

function leaveLua() {
  const wasRunning = running !== null;
  const left = lua.leave().catch(() => {});
  lua = null;
  return async () => {
    await left;
    await open("refuse");
    const ended = wasRunning ? "The run was ended when this page was left." : "This page was left, and is here again.";
    if (lua) notice(`${ended} ${RESTARTED}`);
  };
}

element("not-served").remove();
open("refuse");
