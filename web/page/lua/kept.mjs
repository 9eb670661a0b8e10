// The notebooks that this browser keeps: how large they are, and how one is deleted with its Memory. It knows where stores and
// texts are, and nothing of the page.
import { deleteDB } from "../../../js/src/stores/idb.ts";
import { OWN, isByHash, keptNames, openedKey, openedNames } from "../logic/names.mjs";
import { eraseStore } from "./lua.mjs";

const databaseOf = name => `lua_store/${name}`;
const startsOf = name => [`lua_page_earlier/${name}/`, `lua_store/${name}/`];

const keysOf = name =>
  Object.keys(localStorage).filter(
    key => [`lua_page/${name}`, openedKey(name)].includes(key) || startsOf(name).some(start => key.startsWith(start)),
  );

/** @returns {Promise<string[]>} names of databases; none where the browser does not tell */
async function databases() {
  const found = await globalThis.indexedDB?.databases?.().catch(() => []);
  return (found ?? []).map(({ name }) => name);
}

/** @returns {Promise<IDBDatabase | null>} null: there is none; and none is made */
function openDatabase(name) {
  return new Promise(resolve => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.transaction.abort();
    request.onsuccess = () => resolve(request.result);
    request.onerror = event => {
      event.preventDefault();
      resolve(null);
    };
  });
}

/** @returns {Promise<number>} bytes of the values in a database */
async function databaseSize(name) {
  const database = globalThis.indexedDB && (await openDatabase(name));
  if (!database) return 0;
  const stores = [...database.objectStoreNames];
  const sizes = await Promise.all(stores.map(store => storeSize(database.transaction(store).objectStore(store))));
  database.close();
  return sizes.reduce((sum, size) => sum + size, 0);
}

const storeSize = store =>
  new Promise((resolve, reject) => {
    let size = 0;
    const request = store.openCursor();
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return resolve(size);
      size += (cursor.value?.byteLength ?? 0) + String(cursor.key).length;
      cursor.continue();
    };
  });

/**
 * @returns {Promise<{name: string, text: string | null, size: number, opened: number | null}[]>} size: bytes, with earlier texts;
 *   opened: as Date.now(), null when nobody knows
 */
export async function keptNotebooks() {
  const inStores = (await databases()).map(name => name.replace(/^lua_store\//, ""));
  // The text of what came by a link need not have been written.
  const others = [...inStores, ...openedNames(localStorage)].filter(isByHash);
  const names = new Set([OWN, ...keptNames(localStorage), ...others]);
  return Promise.all(
    [...names].sort().map(async name => {
      const texts = keysOf(name).map(key => key.length + localStorage.getItem(key).length);
      const size = texts.reduce((sum, length) => sum + length, await databaseSize(databaseOf(name)));
      const opened = Number(localStorage.getItem(openedKey(name))) || null;
      return { name, text: localStorage.getItem(`lua_page/${name}`), size, opened };
    }),
  );
}

/**
 * Deletes a notebook: its Memory, its text, and its earlier texts.
 * @param {string} name
 * @throws {StoreError} it is open somewhere; then nothing is deleted
 */
export async function deleteNotebook(name) {
  if (globalThis.indexedDB) {
    await eraseStore("indexedDB", name);
    await deleteDB(databaseOf(name));
  }
  for (const key of keysOf(name)) localStorage.removeItem(key);
}
