// What the entries of a store in localStorage hold, as a whole: which of them has the latest change of a name, and how
// much of each is out of date. Pure bookkeeping: it touches no Storage.
import { changeSize } from "./storage-entry.mjs";

/**
 * @typedef {object} Entry
 * @property {number} slot the number in its key
 * @property {number} sequence its place in the order of changes
 * @property {number} size bytes of all its changes
 * @property {number} live bytes of those that are still needed
 * @property {Map<string, Held>} changes by name
 *
 * @typedef {{entry: Entry, size: number, isDeletion: boolean}} Held a change that an entry holds
 */

/** The entries of one store. A change is needed when it is the latest of its name; a deletion, when it has an older one. */
export class StorageLog {
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  /** All changes of a name that are held, the latest last. @type {Map<string, Held[]>} */
  #held = new Map();

  /** @returns {Entry[]} the oldest first */
  get entries() {
    return [...this.#entries.values()].sort((a, b) => a.sequence - b.sequence);
  }

  /** @returns {Entry | undefined} */
  get latest() {
    return this.entries.pop();
  }

  /** A slot that no entry has. */
  get freeSlot() {
    return Math.max(-1, ...this.#entries.keys()) + 1;
  }

  /** Adds an entry; the one that was in this slot is no more. @param {RecordChange[]} changes */
  add(slot, sequence, changes) {
    this.remove(slot);
    const entry = { slot, sequence, size: 0, live: 0, changes: new Map() };
    this.#entries.set(slot, entry);
    for (const change of changes) this.#hold(entry, change);
  }

  #hold(entry, change) {
    const { name } = change;
    const held = { entry, size: changeSize(change), isDeletion: !change.bytes };
    entry.changes.set(name, held);
    entry.size += held.size;
    if (!this.#held.has(name)) this.#held.set(name, []);
    this.#recount(name, (all) => {
      let at = all.length;
      while (at > 0 && all[at - 1].entry.sequence > entry.sequence) at--;
      all.splice(at, 0, held);
    });
  }

  remove(slot) {
    const entry = this.#entries.get(slot);
    if (!entry) return;
    this.#entries.delete(slot);
    for (const [name, held] of entry.changes) this.#recount(name, (all) => all.splice(all.indexOf(held), 1));
  }

  /** Does `change` to all changes of a name, and keeps `live` of their entries right. */
  #recount(name, change) {
    const all = this.#held.get(name);
    const before = neededOf(all);
    if (before) before.entry.live -= before.size;
    change(all);
    const after = neededOf(all);
    if (after) after.entry.live += after.size;
    if (all.length === 0) this.#held.delete(name);
  }

  /** @returns {boolean} whether the change of `name` that `entry` has is still needed */
  needs(entry, name) {
    return neededOf(this.#held.get(name) ?? [])?.entry === entry;
  }

  /** @param {Entry[]} [others] @returns {boolean} whether any entry but these has a change of `name` */
  holds(name, others = []) {
    return (this.#held.get(name) ?? []).some(({ entry }) => !others.includes(entry));
  }
}

/** @param {Held[]} all changes of a name @returns {Held | undefined} */
function neededOf(all) {
  const latest = all[all.length - 1];
  return latest && (!latest.isDeletion || all.length > 1) ? latest : undefined;
}
