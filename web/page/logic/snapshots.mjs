// Snapshots as text of files, and those that earlier versions of the page left in localStorage. It knows no page.
import { checksum64 } from "../../../js/src/bytes/checksum.ts";
import { hex64 } from "../../../js/src/bytes/checksum.ts";

const ENTRY = "lua_snapshot_";

const encoder = new TextEncoder();

/** JSON of the same value is the same text. */
const sumOf = tables => hex64(checksum64(encoder.encode(JSON.stringify(tables))));

/** @param {Snapshot} snapshot @returns {string} the file: the snapshot, and a checksum of its tables */
export const snapshotText = snapshot => JSON.stringify({ ...snapshot, checksum: sumOf(snapshot.tables) });

/**
 * @param {string} text of a file, or of an entry in localStorage
 * @param {string} what names it in errors
 * @returns {object} a snapshot: what is in it is checked when it is restored
 * @throws {Error}
 */
export function readSnapshotText(text, what) {
  let found;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${what} is damaged, or no snapshot: ${cause.message}`, { cause });
  }
  if (found?.checksum !== undefined && found.checksum !== sumOf(found.tables)) {
    throw new Error(`${what} is damaged: its tables do not match its checksum`);
  }
  return found;
}

/** @returns {string[]} the names under which earlier pages saved; none where there is no localStorage */
export function savedNames() {
  try {
    return Object.keys(localStorage)
      .filter(key => key.startsWith(ENTRY))
      .map(key => key.slice(ENTRY.length))
      .sort();
  } catch {
    return [];
  }
}

/** @param {string} name @returns {object} the snapshot of this entry, which stays @throws {Error} */
export function readSaved(name) {
  const what = `localStorage entry '${ENTRY}${name}'`;
  const text = localStorage.getItem(ENTRY + name);
  if (text === null) throw new Error(`${what} is gone`);
  return readSnapshotText(text, what);
}
