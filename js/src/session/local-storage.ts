// Snapshots as entries of localStorage.

const entryName = (name: string): string => `lua_snapshot_${name}`;

function localStorageHere(): Storage {
  let storage: Storage | undefined;
  try {
    storage = globalThis.localStorage;
  } catch (cause) {
    throw new Error(`localStorage cannot be used here: ${cause.message}`, { cause });
  }
  if (!storage) throw new Error("localStorage cannot be used here: there is none");
  return storage;
}

/** @throws {Error} naming the entry and its size, when it is not taken; then the earlier entry is still there */
export function saveEntry(name: string, snapshot: object): void {
  const storage = localStorageHere();
  const json = JSON.stringify(snapshot);
  try {
    storage.setItem(entryName(name), json);
  } catch (cause) {
    const entry = `'${entryName(name)}' (${json.length} bytes)`;
    throw new Error(`localStorage did not take ${entry}; what it had before is still there: ${cause.message}`, {
      cause,
    });
  }
}

/** @returns false when there is no such entry @throws {Error} naming the entry, when `restore` does not take it */
export function readEntry(name: string, restore: (snapshot: object) => void): boolean {
  const json = localStorageHere().getItem(entryName(name));
  if (json === null) return false;
  try {
    restore(JSON.parse(json));
  } catch (cause) {
    throw new Error(`localStorage entry '${entryName(name)}' is damaged: ${cause.message}`, { cause });
  }
  return true;
}
