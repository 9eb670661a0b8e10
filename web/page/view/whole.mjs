// Everything of a notebook at once, its cells, its Memory and Lua's globals: in a file, and handed to another tab.
import { packWhole, unpackWhole } from "../logic/luap.mjs";
import { addressOf, freeName, keptNames, titleOf } from "../logic/names.mjs";
import { timeForNames } from "../logic/words.mjs";
import { download } from "./dom.mjs";
import { notice } from "./said.mjs";

/** What a tab that is to be a copy says first. */
const READY = "lua_page ready";
/** Milliseconds that it waits for an answer. */
const PATIENCE = 30_000;

/** @throws {Error} nothing can be copied now */
async function wholeOf(book, { lua, isRunning }) {
  if (!lua) throw new Error("Lua is not open here, so that there is no Memory to copy.");
  if (isRunning())
    throw new Error("A cell is running: stop it or wait for its end first, and nothing is copied halfway.");
  const { notebook } = book;
  return packWhole({ notebook, memory: await lua.snapshot(), image: await lua.image(), hash: lua.wasmHash });
}

/** @param {Book} book @param {Desk} desk */
export async function saveWhole(book, desk) {
  const name = `notebook-${timeForNames(Date.now())}.luap`;
  download(name, await wholeOf(book, desk));
  notice(`Saved as ${name}: cells, Memory and globals.`);
}

/** @param {File} file @param {Book} book @param {Desk} desk */
export async function openWhole(file, book, desk) {
  const what = `'${file.name}'`;
  const whole = await unpackWhole(new Uint8Array(await file.arrayBuffer()), what);
  if (!desk.lua || desk.lua.readOnly) throw new Error(`${what} needs Memory, which this tab cannot change.`);
  if (desk.isRunning()) throw new Error(`${what} was not opened: a cell is running.`);
  const warning = "Code of its cells runs only when you run it.";
  if (!confirm(`Replace these cells, everything in Memory and all globals with ${what}? ${warning}`)) return;
  const hasGlobals = await desk.takeOver(whole);
  book.replace(whole.notebook);
  const loss = hasGlobals ? "" : " Its globals are left out: they belong to another version of lua.wasm.";
  notice(
    `This notebook is now what was in ${what}.${loss} The cells that were here are under Notebook, Earlier texts.`,
  );
}

/** Opens a copy of everything in another tab, under a name of its own. @param {string} name of this notebook */
export async function fork(name, book, desk) {
  const copy = freeName(`Copy of ${titleOf(name)}`, keptNames(localStorage));
  // At once: later the browser does not take it for an answer to a click.
  const tab = window.open(`${addressOf(copy)}#fork`);
  if (!tab) throw new Error("The browser did not open another tab: allow this page to open some, and try it again.");
  const made = wholeOf(book, desk).then(
    whole => ({ whole }),
    ({ message }) => ({ problem: message }),
  );
  addEventListener("message", async function answer({ source, origin, data }) {
    if (source !== tab || origin !== location.origin || data !== READY) return;
    removeEventListener("message", answer);
    tab.postMessage(await made, location.origin);
  });
  const { problem } = await made;
  if (problem) throw new Error(problem);
  notice(`‘${copy}’ is in the other tab, with all that was here.`);
}

/** In the other tab. @returns {Promise<Whole>} @throws {Error} nobody hands over a notebook */
export async function receiveFork() {
  // A reload finds what was received.
  history.replaceState(null, "", location.pathname + location.search);
  const { opener } = window;
  if (!opener) throw new Error("There is no tab that this notebook could be copied from.");
  const { whole, problem } = await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error("The tab that this notebook was to be copied from does not answer.")),
      PATIENCE,
    );
    addEventListener("message", ({ source, origin, data }) => {
      if (source !== opener || origin !== location.origin) return;
      clearTimeout(timer);
      resolve(data);
    });
    opener.postMessage(READY, location.origin);
  });
  if (problem) throw new Error(`This notebook was not copied: ${problem}`);
  return unpackWhole(whole, "the copy");
}
