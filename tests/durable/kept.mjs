// What the tests of programs in stores have in common.
import assert from "node:assert/strict";
import { LuaPersistent } from "../../js/dist/index.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";

export const EVERYTHING = { persist: "everything" };

/** A store whose records are there to look at, and the ways to open a program in it. @param how the method of LuaPersistent */
export function shelf(t, how = "open") {
  const records = new Map();
  const commits = [];
  /** Called before each commit; what it throws fails that. */
  const shelf = { records, commits, refuse: () => {} };
  const open = [];
  shelf.store = () => {
    const store = memoryStore(records);
    const { commit } = store;
    store.label = "shelf";
    store.commit = (changes, known) => {
      shelf.refuse(changes);
      commit(changes, known);
      commits.push(changes.map(({ name, bytes }) => [name, bytes?.length ?? null]));
    };
    return store;
  };
  /** A page that opens the store. */
  shelf.open = async options => {
    const lua = await LuaPersistent[how]({ store: shelf.store(), ...EVERYTHING, ...options });
    open.push(lua);
    return lua;
  };
  /** The page ends without a word, as when it is killed: what comes after is not in these records. */
  shelf.killed = () => {
    const left = new Map([...records].map(([name, bytes]) => [name, bytes.slice()]));
    const other = shelfOf(t, how, left);
    return other;
  };
  t.after(() => Promise.all(open.map(lua => lua.close({ discard: true }))));
  return shelf;
}

function shelfOf(t, how, left) {
  const made = shelf(t, how);
  for (const [name, bytes] of left) made.records.set(name, bytes);
  return made;
}

/** Names of records of a program, without the numbers of blocks. */
export const kindsIn = records => [...new Set([...records.keys()].map(name => name.replace(/\/.*/, "")))].sort();

export const values = async (lua, code, options) => (await lua.run(code, options)).values;
export const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );
export const never = () => new Promise(() => {});
export const after = (milliseconds, value) => new Promise(resolve => setTimeout(resolve, milliseconds, value));

/** Waits until `isSo`. */
export async function until(isSo) {
  while (!(await isSo())) await after(2);
}
