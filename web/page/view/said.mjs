// What the page says in words: where Memory is kept, who has it, how long something takes, notices, statistics. It changes
// elements, and knows no Lua.
import { sizeText, stepsText, timeText } from "../logic/words.mjs";
import { element, make } from "./dom.mjs";

const KIND_WORDS = {
  indexedDB: "Memory is kept in this browser (IndexedDB).",
  localStorage: "Memory is kept in this browser, in localStorage.",
  memory: "Memory is not kept: it ends with this page. Export it to keep it.",
};

const TITLES = { busy: "Memory is open in another tab", refused: "Memory cannot be opened" };
const NO_LOCKS =
  "Over plain http tabs cannot see each other: use only one, or open the page by https or from localhost, where a second one waits.";

/** @param {SessionStatistics} statistics @param {{milliseconds: number, steps: number} | null} lastRun */
export function showStatistics(statistics, lastRun) {
  for (const name of ["linearBytes", "luaBytes", "externalBytes", "storeBytes"]) {
    element(name).textContent = sizeText(statistics[name]);
  }
  for (const name of ["externalTableCount", "externalTableItems"]) element(name).textContent = statistics[name];
  element("store").textContent = statistics.isDurable ? statistics.store : `${statistics.store} (not all is saved)`;
  if (lastRun) element("lastRun").textContent = `${timeText(lastRun.milliseconds)}, ${stepsText(lastRun.steps)}`;
}

/** @param {PageLua} lua @param {number} longest milliseconds of a run that cannot be stopped */
export function showPlace(lua, longest) {
  const words = [KIND_WORDS[lua.store]];
  if (lua.readOnly) words.push("It is open read-only: another tab writes to it.");
  for (const { message } of lua.unusable) words.push(`${message}.`);
  if (!navigator.locks && lua.store !== "memory") words.push(NO_LOCKS);
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

/**
 * Shows what takes long, and how long it has taken, from half a second on.
 * @param {() => string} what is done now @param {() => string} [more] @returns {() => void} ends that
 */
export function showProgress(what, more = () => "") {
  const began = performance.now();
  const show = text => (element("progress").textContent = text);
  const seconds = () => Math.floor((performance.now() - began) / 1000);
  const timer = setInterval(() => show(`${what()} … ${seconds()} s${more()}`), 500);
  return () => {
    clearInterval(timer);
    show("");
  };
}

/** @param {string} text @param {{label: string, act: () => void}} [offered] a button beside it */
export function notice(text, offered) {
  const button = offered && make("button", { type: "button", click: offered.act }, offered.label);
  element("notice").replaceChildren(text, ...(button ? [" ", button] : []));
}

/** @param {Error} error @returns {string} its message, and what can be done about it on this page */
export const messageOf = ({ kind, message }) =>
  kind === "quota" && !ALONE ? `${message}. Whole notebooks can be deleted under Notebook, Notebooks…` : message;

/** An error that is no cell's. @param {Error} error */
export function showError(error) {
  element("error").textContent = messageOf(error);
  element("error").scrollIntoView({ block: "nearest" });
}

/** What was asked for; its error is shown. @param {() => unknown} act */
export async function attempt(act) {
  try {
    await act();
  } catch (error) {
    showError(error);
  }
}

export function clearMessages() {
  element("error").textContent = "";
  notice("");
}
