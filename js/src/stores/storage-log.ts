// The changes in all entries of a store in localStorage: which entry has the latest change of a name, and how
// much of each is out of date. Pure bookkeeping: it touches no Storage.
import { changeSize } from "./storage-entry.ts";
import type { RecordChange } from "./store.ts";

export interface Entry {
  /** The number in its key. */
  slot: number;
  /** Its place in the order of changes. */
  sequence: number;
  /** Bytes of all its changes. */
  size: number;
  /** Bytes of those that are still needed. */
  live: number;
  /** By name. */
  changes: Map<string, Held>;
}

/** A change that an entry holds. */
interface Held {
  entry: Entry;
  size: number;
  isDeletion: boolean;
}

/** The entries of one store. A change is needed when it is the latest of its name; a deletion, when it has an older one. */
export class StorageLog {
  #entries: Map<number, Entry> = new Map();
  /** All changes of a name that are held, the latest last. */
  #held: Map<string, Held[]> = new Map();

  /** @returns the oldest first */
  get entries(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => a.sequence - b.sequence);
  }

  get latest(): Entry | undefined {
    return this.entries.pop();
  }

  /** A slot that no entry has. */
  get freeSlot() {
    return Math.max(-1, ...this.#entries.keys()) + 1;
  }

  /** Adds an entry; the one that was in this slot is no more. */
  add(slot: number, sequence: number, changes: RecordChange[]) {
    this.remove(slot);
    const entry = { slot, sequence, size: 0, live: 0, changes: new Map<string, Held>() };
    this.#entries.set(slot, entry);
    for (const change of changes) this.#hold(entry, change);
  }

  #hold(entry: Entry, change: RecordChange) {
    const { name } = change;
    const held = { entry, size: changeSize(change), isDeletion: !change.bytes };
    entry.changes.set(name, held);
    entry.size += held.size;
    if (!this.#held.has(name)) this.#held.set(name, []);
    this.#recount(name, all => {
      let at = all.length;
      while (at > 0 && all[at - 1].entry.sequence > entry.sequence) at--;
      all.splice(at, 0, held);
    });
  }

  remove(slot: number) {
    const entry = this.#entries.get(slot);
    if (!entry) return;
    this.#entries.delete(slot);
    for (const [name, held] of entry.changes) this.#recount(name, all => all.splice(all.indexOf(held), 1));
  }

  /** Does `change` to all changes of a name, and keeps `live` of their entries right. */
  #recount(name: string, change: (all: Held[]) => void) {
    const all = this.#held.get(name)!;
    const before = neededOf(all);
    if (before) before.entry.live -= before.size;
    change(all);
    const after = neededOf(all);
    if (after) after.entry.live += after.size;
    if (all.length === 0) this.#held.delete(name);
  }

  /** @returns whether the change of `name` that `entry` has is still needed */
  needs(entry: Entry, name: string): boolean {
    return neededOf(this.#held.get(name) ?? [])?.entry === entry;
  }

  /** @returns whether any entry but these has a change of `name` */
  holds(name: string, others: Entry[] = []): boolean {
    return (this.#held.get(name) ?? []).some(({ entry }) => !others.includes(entry));
  }
}

/** @param all changes of a name */
function neededOf(all: Held[]): Held | undefined {
  const latest = all[all.length - 1];
  return latest && (!latest.isDeletion || all.length > 1) ? latest : undefined;
}
