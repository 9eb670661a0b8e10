// What a page around this one may say: options in the address, and messages. It knows no page.
import { digestOf } from "./hash.mjs";

const THEMES = ["light", "dark"];
/** Of messages: no more cells, and no longer ones. */
const MOST_CELLS = 100;
const LONGEST = 2 ** 20;

/**
 * @typedef {object} EmbedOptions
 * @property {boolean} hasViewer whether what is kept is shown
 * @property {boolean} isReadOnly whether the cells cannot be changed by hand
 * @property {boolean} runsAtOnce
 * @property {"light" | "dark" | null} theme null: as the system has it
 * @property {string | null} keep under which name Memory and cells are kept; null: not at all
 */

/** @param {string} search of the address @returns {EmbedOptions} */
export function embedOptions(search) {
  const given = new URLSearchParams(search);
  const isOn = name => given.has(name) && given.get(name) !== "no";
  const theme = given.get("theme");
  return {
    hasViewer: given.get("viewer") !== "no",
    isReadOnly: isOn("readonly"),
    runsAtOnce: isOn("run"),
    theme: THEMES.includes(theme) ? theme : null,
    keep: given.get("keep") || null,
  };
}

/**
 * The origin of the page around this one, as the browser tells it.
 * @param {Location} location @param {string} referrer
 * @returns {string | null} null: it does not
 */
export function originAround({ ancestorOrigins }, referrer) {
  if (ancestorOrigins?.length > 0) return ancestorOrigins[0];
  return URL.canParse?.(referrer) ? new URL(referrer).origin : null;
}

/**
 * A name for what is kept of a page around this one: no other origin can have the same.
 * @param {string | null} origin @param {string | null} keep
 * @returns {Promise<string | null>} null: nothing is to be kept, or nobody knows for whom
 */
export async function embedName(origin, keep) {
  if (keep === null || origin === null || origin === "null") return null;
  const digest = await digestOf(new TextEncoder().encode(`${origin}\n${keep}`));
  return digest && `embed-${digest}`;
}

/** What can be asked for, with its arguments. */
const CHECKS = {
  set({ cells }) {
    const isList = Array.isArray(cells) && cells.length > 0 && cells.every(code => typeof code === "string");
    if (!isList) return "cells must be a list of strings, at least one";
    const length = cells.reduce((sum, code) => sum + code.length, 0);
    if (cells.length > MOST_CELLS || length > LONGEST) return `at most ${MOST_CELLS} cells, ${LONGEST} characters`;
    return "";
  },
  run({ cell }, count) {
    const isNumber = Number.isInteger(cell) && cell >= 1 && cell <= count;
    return cell === undefined || isNumber ? "" : `cell must be a number from 1 to ${count}`;
  },
  get: () => "",
  stop: () => "",
  restart: () => "",
};

/**
 * @param {unknown} data of a message @param {number} count of cells
 * @returns {{kind: string, problem: string} | null} null: it is not for us
 */
export function readMessage(data, count) {
  const kind = typeof data === "object" && data !== null ? data.lua : undefined;
  if (typeof kind !== "string") return null;
  const check = Object.hasOwn(CHECKS, kind) ? CHECKS[kind] : null;
  if (!check) return { kind, problem: `there is no "${kind}": it can be ${Object.keys(CHECKS).join(", ")}` };
  return { kind, problem: check(data, count) };
}
