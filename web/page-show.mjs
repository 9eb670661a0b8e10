// What the page shows in words: errors, statistics, where Memory is kept. It changes elements, and knows no Lua.

const KIND_WORDS = {
  indexedDB: "Memory is kept in this browser (IndexedDB).",
  localStorage: "Memory is kept in this browser, in localStorage.",
  memory: "Memory is not kept: it ends with this page. Export it to keep it.",
};

const TITLES = { busy: "Memory is open in another tab", refused: "Memory cannot be opened" };

/** @param {string} id @returns {HTMLElement} */
export const element = id => document.getElementById(id);

/** @param {number | null} bytes */
function sizeText(bytes) {
  if (bytes === null) return "–";
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}

/** @param {number | null} milliseconds */
function timeText(milliseconds) {
  if (milliseconds === null) return "–";
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** @param {SessionStatistics} statistics @param {number | null} lastRun milliseconds */
export function showStatistics(statistics, lastRun) {
  for (const name of ["linearBytes", "luaBytes", "externalBytes", "storeBytes"]) {
    element(name).textContent = sizeText(statistics[name]);
  }
  for (const name of ["externalTableCount", "externalTableItems"]) element(name).textContent = statistics[name];
  element("store").textContent = statistics.isDurable ? statistics.store : `${statistics.store} (not all is saved)`;
  element("lastRun").textContent = timeText(lastRun);
}

/** @param {PageLua} lua @param {number} longest milliseconds of a run that cannot be stopped */
export function showPlace(lua, longest) {
  const words = [KIND_WORDS[lua.store]];
  if (lua.readOnly) words.push("It is open read-only: another tab writes to it.");
  for (const { message } of lua.unusable) words.push(`${message}.`);
  if (!lua.isWorker)
    words.push(`There are no workers here: the page waits for scripts, and ends them after ${longest / 1000} s.`);
  element("place").textContent = words.join(" ");
}

/** @param {"busy" | "refused"} what @param {string} text @param {string[]} buttons those that are shown */
export function offer(what, text, buttons) {
  element("choice").hidden = false;
  element("choice-title").textContent = TITLES[what];
  element("choice-text").textContent = text;
  for (const id of ["wait", "read", "forget", "erase"]) element(id).hidden = !buttons.includes(id);
}

/** @param {string[]} names of what earlier pages saved */
export function showSaved(names) {
  element("saved").replaceChildren(...names.map(name => new Option(name)));
  element("earlier").hidden = names.length === 0;
}

/**
 * Shows what takes long, and how long it has taken, from half a second on.
 * @param {string} what @returns {() => void} ends that
 */
export function showProgress(what) {
  const began = performance.now();
  const show = text => (element("progress").textContent = text);
  const timer = setInterval(() => show(`${what} … ${Math.floor((performance.now() - began) / 1000)} s`), 500);
  return () => {
    clearInterval(timer);
    show("");
  };
}

/** @param {Error} error */
export function errorText({ message, traceback }) {
  return [message, traceback].filter(Boolean).join("\n");
}

/**
 * Where in the editor an error came from: its message has the place, or its traceback.
 * @param {LuaError & {chunk: string}} error `chunk`: the name of what is in the editor
 * @returns {number} -1 when nobody knows
 */
export function lineOf({ line = -1, chunk, traceback = "" }) {
  if (line > 0) return line;
  const place = traceback.split(`\n\t${chunk}:`)[1];
  return place === undefined ? -1 : parseInt(place, 10);
}
