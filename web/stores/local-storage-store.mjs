// Records in localStorage, or any other Storage. A commit is one new entry with what it changes; entries that are
// mostly out of date are written anew, and removed only when that is done. One setItem is all or nothing, so whenever
// the page ends, what is there is the state after some whole commit. It knows nothing of what records hold.
import { applyChanges } from "./changes.mjs";
import { locker } from "./locks.mjs";
import { ENTRY_VERSION, decodeEntry, encodeEntry } from "./storage-entry.mjs";
import { StorageLog } from "./storage-log.mjs";
import { StoreError, changedElsewhere, damaged, failed, full, isQuota, unknownVersion } from "./store-error.mjs";

/** Bytes that may be out of date, beside as many as are needed, before entries are written anew. */
const SLACK = 6144;
/** With more entries than these, the smaller ones are put together. */
const MOST_ENTRIES = 32;

/**
 * @param {object} [options]
 * @param {string} [options.name]
 * @param {boolean} [options.lock] false promises that no other tab uses the store; right for sessionStorage
 * @param {Storage} [options.storage] default `localStorage`
 * @returns {Store}
 */
export function localStorageStore({ name = "default", lock = true, storage } = {}) {
  return new LocalStorageStore(name, lock, storage);
}

class LocalStorageStore {
  #name;
  #prefix;
  #given;
  #log = new StorageLog();

  constructor(name, isLockWanted, storage) {
    this.label = `localStorage store '${name}'`;
    this.#name = name;
    this.#prefix = `lua_store/${name.replace(/[%/]/g, encodeURIComponent)}/`;
    this.#given = storage;
    this.lock = locker({ label: this.label, name: `lua_store/localStorage/${name}`, isWanted: isLockWanted });
  }

  get #storage() {
    let storage = this.#given;
    try {
      storage ??= globalThis.localStorage;
    } catch (cause) {
      throw failed(this.label, "cannot be used here", cause);
    }
    if (!storage) throw new StoreError("failed", this.label, "cannot be used here: there is no localStorage");
    return storage;
  }

  /** In one go, because another tab may be writing. */
  load() {
    this.#log = new StorageLog();
    const records = new Map();
    for (const { slot, sequence, changes } of this.#readAll()) {
      this.#log.add(slot, sequence, changes);
      applyChanges(records, changes);
    }
    return records;
  }

  #readAll() {
    const entries = this.#keys().map((key) => this.#read(this.#slotOf(key)));
    return entries.sort((a, b) => a.sequence - b.sequence);
  }

  /** @returns {string[]} of all entries, ours by their name */
  #keys() {
    const storage = this.#storage;
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i));
    return keys.filter((key) => key.startsWith(this.#prefix));
  }

  #slotOf(key) {
    const slot = key.slice(this.#prefix.length);
    if (/^(0|[1-9]\d{0,14})$/.test(slot)) return Number(slot);
    throw damaged(this.label, `entry '${key}' has a name that is not one of ours`);
  }

  #keyOf(slot) {
    return this.#prefix + slot;
  }

  #read(slot) {
    const key = this.#keyOf(slot);
    const entry = decodeEntry(key, this.#storage.getItem(key));
    if (!entry) throw damaged(this.label, `entry '${key}' does not match its checksum`);
    if (entry.version === ENTRY_VERSION) return { ...entry, slot };
    throw unknownVersion(this.label, `entry '${key}' is of form ${entry.version}, and ${ENTRY_VERSION} is known here`);
  }

  commit(changes) {
    this.#checkUnchanged();
    // A name that no entry has needs no deletion.
    this.#make(changes.filter(({ name, bytes }) => bytes || this.#log.holds(name)));
    try {
      this.#tidy();
    } catch {
      // The commit is done, and nothing was removed before it was written anew.
    }
  }

  /** Somebody else may have written, or emptied it: then what we know of the store is wrong. */
  #checkUnchanged() {
    const { latest, freeSlot } = this.#log;
    const isThere = (slot) => this.#storage.getItem(this.#keyOf(slot)) !== null;
    if ((latest && !isThere(latest.slot)) || isThere(freeSlot)) throw changedElsewhere(this.label);
  }

  /** Writes the changes; where there is no room for another entry, makes some. */
  #make(changes) {
    try {
      this.#write(this.#log.freeSlot, changes);
    } catch (cause) {
      if (!isQuota(cause)) throw cause;
      const isMade = (this.#shrink() && this.#fits(this.#log.freeSlot, changes)) || this.#replaceOne(changes);
      if (!isMade) throw full(this.label, this.#sizeOf(changes), cause);
    }
  }

  /** Writes the latest entry, in place of the one that may be in this slot. */
  #write(slot, changes) {
    const text = this.#textFor(slot, changes);
    this.#storage.setItem(this.#keyOf(slot), text);
    this.#log.add(slot, this.#nextSequence, changes);
  }

  #textFor(slot, changes) {
    return encodeEntry(this.#keyOf(slot), this.#nextSequence, changes);
  }

  /** @returns {number} characters of an entry with these changes, and of its key */
  #sizeOf(changes) {
    const { freeSlot } = this.#log;
    return this.#keyOf(freeSlot).length + this.#textFor(freeSlot, changes).length;
  }

  get #nextSequence() {
    return (this.#log.latest?.sequence ?? 0) + 1;
  }

  /** @returns {boolean} whether there was room to `#write` it */
  #fits(slot, changes) {
    try {
      this.#write(slot, changes);
      return true;
    } catch (cause) {
      if (isQuota(cause)) return false;
      throw cause;
    }
  }

  /** Keeps what is out of date, and the number of entries, within bounds. */
  #tidy() {
    const { entries } = this.#log;
    if (entries.length > MOST_ENTRIES) {
      this.#renew(entries.sort((a, b) => a.size - b.size).slice(0, MOST_ENTRIES / 2));
    }
    const outdated = this.#log.entries.filter(({ size, live }) => size > 2 * live);
    const excess = this.#log.entries.reduce((sum, { size, live }) => sum + size - 2 * live, 0);
    if (excess > SLACK) this.#renew(outdated);
  }

  /** Writes what is still needed of these entries as a new one, and then removes them. */
  #renew(entries) {
    const needed = entries.flatMap((entry) => this.#neededOf(entry, entries));
    if (needed.length > 0) this.#write(this.#log.freeSlot, needed);
    // The oldest first: a deletion must not go before what it deletes.
    for (const { slot } of entries.sort((a, b) => a.sequence - b.sequence)) {
      this.#storage.removeItem(this.#keyOf(slot));
      this.#log.remove(slot);
    }
  }

  /** @returns {RecordChange[]} what must outlive `entry`, when all of `removed` go */
  #neededOf(entry, removed) {
    const { changes } = this.#read(entry.slot);
    return changes.filter(
      ({ name, bytes }) => this.#log.needs(entry, name) && (bytes || this.#log.holds(name, removed)),
    );
  }

  /** Gives up all that is out of date, as far as there is room to. @returns {boolean} whether that was anything */
  #shrink() {
    const outdated = this.#log.entries.filter(({ size, live }) => size > live);
    let isShrunk = false;
    for (const entry of outdated.sort((a, b) => a.live - b.live)) {
      try {
        this.#renew([entry]);
        isShrunk = true;
      } catch (cause) {
        if (isQuota(cause)) break;
        throw cause;
      }
    }
    return isShrunk;
  }

  /**
   * Writes the changes in the place of the entry that they outdate most, together with what is still needed of it: so
   * even a full store can give up something. @returns {boolean} whether there was room
   */
  #replaceOne(changes) {
    const names = new Set(changes.map(({ name }) => name));
    const keptSize = (entry) => {
      let size = 0;
      for (const [name, held] of entry.changes) if (!names.has(name) && this.#log.needs(entry, name)) size += held.size;
      return size;
    };
    const gains = this.#log.entries.map((entry) => ({ entry, gain: entry.size - keptSize(entry) }));
    const [best] = gains.sort((a, b) => b.gain - a.gain);
    if (!best) return false;
    const kept = this.#neededOf(best.entry, [best.entry]).filter(({ name }) => !names.has(name));
    const made = changes.filter(({ name, bytes }) => bytes || this.#log.holds(name, [best.entry]));
    return this.#fits(best.entry.slot, [...kept, ...made]);
  }

  clear() {
    for (const key of this.#keys()) this.#storage.removeItem(key);
    this.#log = new StorageLog();
  }

  /** @returns {string | null} what `saveToLocalStorage`, or an earlier page, left under this name */
  earlierSnapshot() {
    return this.#storage.getItem(`lua_snapshot_${this.#name}`);
  }
}
