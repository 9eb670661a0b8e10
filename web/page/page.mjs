// The page: connects the notebook, Lua and what is at the side. Everything else is beside it in rooms: `logic` knows no page,
// `lua` no elements, `view` and `editor` no Lua.
import { Desk } from "./desk.mjs";
import { nameIn } from "./logic/names.mjs";
import { pageHost } from "./lua/host.mjs";
import { Runner } from "./runner.mjs";
import { Book } from "./view/book.mjs";
import { element } from "./view/dom.mjs";
import { showError } from "./view/said.mjs";
import { connectTheme } from "./view/theme.mjs";

/** Inside of another page it has nothing of the visitor's own notebooks. */
const isEmbedded = !ALONE && (window.parent !== window || /[?&]embed\b/.test(location.search));
const embed = isEmbedded ? await (await import("./view/embed.mjs")).embedSettings() : null;
/** What came by a link, from another tab, or with this file. */
const received = ALONE ? JSON.parse(element("notebook").textContent) : await receive(location.hash);
/** Of the store, and of the notebook's text. A notebook that came by a link has its own: whoever made it gets at nothing else. */
const name = embed ? embed.name : (received?.name ?? nameIn(location.search));
/** Milliseconds after which the better editor and the menus are loaded in any case. */
const SOON = 1000;
/** The only store of what is not to be kept. */
const NOT_KEPT = { stores: ["memory"] };

const host = pageHost({
  cell: () => runner.cell,
  make: {
    plot: async data => (await import("./view/later.mjs")).plotOf(data),
    table: async rows => (await import("./view/later.mjs")).tableOf(rows),
    image: async (...args) => (await import("./view/later.mjs")).imageOf(...args),
    question: async (...args) => (await import("./view/later.mjs")).question(...args),
  },
});
const desk = new Desk({ name: name ?? "embed", host, onChange: showControls, onLua: forgetLua, onState: showState });
const runner = new Runner(desk, showControls, (cell, outcome) => {
  noteMoment(`After ${outcome.run}`).catch(showError);
  embedder?.ended(cell, outcome);
});
desk.isRunning = () => runner.isRunning;
const book = new Book(name, {
  run: cell => run([cell]),
  key: onKey,
  ask: desk.ask,
  knows: name => cellOf(name) !== undefined,
  goTo,
  dropped: cell => runner.forget(cell),
  onCells: showControls,
  isReadOnly: embed?.isReadOnly ?? false,
  isFramed: embed !== null,
});
/** @type {Embed | null} */
let embedder = null;
/** What is at the side is loaded when there is something to show. @type {Promise<StateView> | null} */
let state = null;

async function showState() {
  state ??= import("./view/later.mjs").then(({ StateView }) => new StateView(desk));
  await (await state).refresh();
  for (const cell of book.cells) await cell.refresh();
}

/** Earlier moments, from the first run on. @type {Promise<HistoryView> | null} */
let past = null;

async function noteMoment(what) {
  past ??= import("./view/later.mjs").then(({ HistoryView }) => new HistoryView(desk));
  await (await past).note(what);
}

async function receive(hash) {
  const isFork = hash === "#fork";
  if (!isFork && !/^#(n|lua)=/.test(hash)) return null;
  const { readFragment, receiveFork } = await import("./view/later.mjs");
  return (isFork ? receiveFork() : readFragment(hash)).catch(error => ({ error }));
}

/** What can be done now. */
function showControls() {
  const { lua } = desk;
  const wasStopFocused = document.activeElement === element("stop");
  for (const cell of book.cells) cell.showState(lua !== null, runner.stateOf(cell));
  element("run-all").disabled = lua === null;
  element("stop").disabled = !runner.isRunning || !lua?.isWorker;
  if (wasStopFocused && !runner.isRunning) runner.cell.focusRun();
  element("restart").disabled = lua === null || runner.isRunning;
  element("memory").disabled = lua === null || runner.isRunning;
  for (const id of ["import", "clear", "load"]) element(id).disabled = lua === null || lua.readOnly;
  if (runner.isIdle) embedder?.idle();
}

/** Another Lua: what cells show of the one before stays, and unfolds no more. */
function forgetLua({ isHistoryKept = false } = {}) {
  for (const cell of book.cells) cell.forget();
  state?.then(view => view.forget());
  if (!isHistoryKept) past?.then(view => view.clear());
}

// Running.

const run = cells => {
  book.save();
  return runner.run(cells);
};

function cellOf(name) {
  const id = runner.cellOf(name, cell => book.cellWith(cell)?.editor.code);
  return id === undefined ? undefined : book.cellWith(id);
}

function goTo(name, line) {
  cellOf(name)?.editor.selectLine(line);
}

function next(cell) {
  const below = book.cells[book.cells.indexOf(cell) + 1] ?? book.add({ code: "", head: 0 });
  below.editor.focus();
}

/** @returns {(() => void) | undefined} what a key does in a cell */
function actionOf({ key, ctrlKey, metaKey, shiftKey, altKey }, cell) {
  const isMod = ctrlKey || metaKey;
  if (key === "Enter") {
    if (isMod && shiftKey) return () => run(book.cells);
    if (isMod) return () => run([cell]);
    if (embed?.isReadOnly) return undefined;
    if (shiftKey) return () => (run([cell]), next(cell));
    if (altKey)
      return () => (run([cell]), book.add({ code: "", head: 0 }, book.cells.indexOf(cell) + 1).editor.focus());
  }
  if (embed?.isReadOnly) return undefined;
  if (key === "ArrowUp" && altKey && shiftKey) return () => book.move(cell, -1);
  if (key === "ArrowDown" && altKey && shiftKey) return () => book.move(cell, 1);
  return undefined;
}

function onKey(event, cell) {
  const act = actionOf(event, cell);
  if (!act) return;
  event.preventDefault();
  act();
}

async function upgradeEditors() {
  const { CodeEditor, languageOf } = await import("./editor/code.mjs");
  const language = languageOf({ ask: desk.ask, isBusy: () => !desk.lua || runner.isRunning });
  book.upgrade(cell => cell.upgrade(CodeEditor, language));
}

/** Memory that came with a notebook, unless there is some already. */
async function receiveMemory({ error, memory, image }) {
  if (error) return showError(error);
  if (!memory || !desk.lua || desk.lua.readOnly) return;
  const { externalTableItems } = await desk.lua.statistics();
  if (externalTableItems > 0) return;
  if (image) await desk.takeOver(received);
  else await desk.attempt(() => desk.lua.restore(memory), "Opening Memory");
}

/** What nobody needs in the first moment. */
async function loadMenus() {
  const later = await import("./view/later.mjs");
  later.connectMenus();
  later.connectHelp();
  later.connectMemory(desk, !embed);
  if (embed) return;
  later.connectExchange(name, book, desk);
  if (!ALONE) await later.connectOffline(() => book.save());
}

async function begin() {
  await desk.open("refuse", name === null ? NOT_KEPT : {});
  if (received) await receiveMemory(received);
  if (!desk.lua) return;
  embedder?.begin();
  noteMoment("As this page was opened").catch(showError);
  if (embed?.runsAtOnce) run(book.cells);
}

// Controls.

element("run-all").addEventListener("click", () => run(book.cells));
element("stop").addEventListener("click", () => runner.stop());
element("restart").addEventListener("click", () => desk.attempt(() => desk.lua.restart(), "Restarting"));
element("add").addEventListener("click", () => book.add({ code: "", head: 0 }).editor.focus());
element("wait").addEventListener("click", () => desk.wait());
element("read").addEventListener("click", () => desk.open("readOnly"));
element("forget").addEventListener("click", () => desk.open("refuse", NOT_KEPT));
document.addEventListener("keydown", event => {
  if (event.key !== "." || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  runner.stop();
});

element("not-served").remove();
connectTheme(embed?.theme);
desk.watchPage();
addEventListener("hashchange", () => location.reload());
book.load(received?.notebook);
embedder = embed && embed.connect(book, desk, { run, stop: () => runner.stop() });
element("origin").hidden = !name?.startsWith("shared-");
// The editor is large, and cells can be written without it: what runs them comes first, unless it takes long.
const soon = Promise.race([begin().catch(showError), new Promise(resolve => setTimeout(resolve, SOON))]);
soon.then(upgradeEditors).catch(() => {});
soon.then(loadMenus).catch(showError);
