// Records in localStorage, or any other Storage. A commit is one new entry with its changes; changes that are out of date
// are taken out of entries later. One setItem is all or nothing, so that whenever the page ends, the store is at the state
// after some whole commit. It knows nothing about the contents of records.
import type { StorageObject } from "../core/platform.ts";
import { applyChanges } from "./changes.ts";
import { locker } from "./locks.ts";
import { changedElsewhere, full, isQuota } from "./refusals.ts";
import { StorageEntries } from "./storage-entries.ts";
import { type MarkedChange, markOf } from "./storage-entry.ts";
import { type Entry, StorageLog } from "./storage-log.ts";
import type { OwnStore, RecordChange } from "./store.ts";

/** Bytes that may be out of date, beside as many as are needed, before entries are rewritten. */
const SLACK = 6144;
/** With more entries than these, the smaller ones are put together. */
const MOST_ENTRIES = 32;

/**
 * @param options.lock false promises that no other tab uses the store; right for sessionStorage
 * @param options.storage default `localStorage`
 */
export function localStorageStore({
  name = "default",
  lock = true,
  storage,
}: { name?: string; lock?: boolean; storage?: StorageObject } = {}): OwnStore {
  return new LocalStorageStore(name, lock, storage);
}

/*
 * Commits that free room need none. When there is no room for another entry, a commit replaces an old one: the entry with
 * most changes that it outdates. It takes over the changes there that are still needed. Names that it deletes, and that
 * other entries hold, are marked there first, which changes no length. The mark is the number of this commit: without the
 * commit it means nothing, and with it the name is gone. Then the marked changes are taken out, before any other commit.
 */
class LocalStorageStore {
  readonly label: string;
  readonly lock: Required<OwnStore>["lock"];
  #name;
  #entries;
  #log = new StorageLog();
  /** Slots of entries with marks. */
  #marked: Set<number> = new Set();

  constructor(name: string, isLockWanted: boolean, storage: Storage | undefined) {
    this.label = `localStorage store '${name}'`;
    this.#name = name;
    this.#entries = new StorageEntries({ name, label: this.label, storage });
    this.lock = locker({ label: this.label, name: `lua_store/localStorage/${name}`, isWanted: isLockWanted });
  }

  load() {
    this.#log = new StorageLog();
    this.#marked.clear();
    const records = new Map();
    const entries = this.#entries.readAll();
    const dead = markOf(entries[entries.length - 1]?.sequence ?? 0);
    for (const { slot, sequence, changes } of entries) {
      const valid = changes.filter(({ mark }) => mark !== dead);
      this.#log.add(slot, sequence, valid);
      applyChanges(records, valid);
      if (changes.some(({ mark }) => mark !== 0)) this.#marked.add(slot);
    }
    return records;
  }

  commit(changes: MarkedChange[]) {
    this.#checkUnchanged();
    this.#takeOutMarked();
    this.#make(changes);
    try {
      this.#takeOutMarked();
      this.#tidy();
    } catch {
      // The commit is done, and nothing was removed before it was rewritten.
    }
  }

  #checkUnchanged() {
    this.#entries.checkUnchanged();
    const { latest, freeSlot } = this.#log;
    if ((latest && !this.#entries.has(latest.slot)) || this.#entries.has(freeSlot)) throw changedElsewhere(this.label);
  }

  /** Writes the changes; if there is no room for another entry, in place of an old one. */
  #make(changes: MarkedChange[]) {
    // A name that no entry has needs no deletion.
    const needed = changes.filter(({ name, bytes }: RecordChange) => bytes || this.#log.holds(name));
    const { freeSlot } = this.#log;
    const ways = [
      () => this.#write(freeSlot, needed),
      () => (this.#dropOutdated(this.#log.entries), this.#write(freeSlot, needed)),
      () => this.#replaceOne(changes),
    ];
    if (!ways.some(way => fits(way))) throw full(this.label, this.#sizeOf(freeSlot, needed));
  }

  /** Writes the latest entry, in place of the one that may be in this slot. */
  #write(slot: number, changes: MarkedChange[]) {
    this.#entries.point(this.#log.latest ?? { slot: 0, sequence: 0 });
    const sequence = this.#nextSequence;
    this.#entries.write(slot, sequence, changes);
    this.#log.add(slot, sequence, changes);
    try {
      this.#entries.pointTo({ slot, sequence });
    } catch {
      // The entry counts without it, and the next one begins with it.
    }
  }

  /** @returns characters of an entry with these changes, and of its key */
  #sizeOf(slot: number, changes: MarkedChange[]): number {
    return this.#entries.keyOf(slot).length + this.#entries.textFor(slot, this.#nextSequence, changes).length;
  }

  get #nextSequence() {
    return (this.#log.latest?.sequence ?? 0) + 1;
  }

  /** Bounds the number of entries, and of bytes that are out of date. */
  #tidy() {
    const { entries } = this.#log;
    if (entries.length > MOST_ENTRIES) {
      this.#unite(entries.sort((a, b) => a.size - b.size).slice(0, MOST_ENTRIES / 2));
    }
    const outdated = this.#log.entries.filter(({ size, live }) => size > 2 * live);
    const excess = this.#log.entries.reduce((sum, { size, live }) => sum + size - 2 * live, 0);
    if (excess > SLACK) this.#dropOutdated(outdated);
  }

  /** Writes the changes of these entries that are still needed as a new one, and then removes the entries. */
  #unite(entries: Entry[]) {
    const needed = entries.flatMap((entry: Entry) => this.#neededOf(entry, entries));
    this.#write(this.#log.freeSlot, needed);
    // The oldest first: a deletion must not go before the change that it deletes.
    for (const { slot } of entries.sort((a, b) => a.sequence - b.sequence)) this.#remove(slot);
  }

  #remove(slot: number) {
    this.#entries.remove(slot);
    this.#log.remove(slot);
  }

  /** Takes changes that are out of date out of each entry, which needs no room. The oldest first, as above. */
  #dropOutdated(entries: Entry[]) {
    for (const entry of entries) {
      if (entry.size > entry.live) this.#rewrite(entry, this.#neededOf(entry, [entry]));
    }
  }

  /** The entry with fewer or marked changes. The head names the newest one, so that stays, even with nothing in it. */
  #rewrite({ slot, sequence }: { slot: number; sequence: number }, changes: MarkedChange[]) {
    if (changes.length === 0 && slot !== this.#log.latest!.slot) return this.#remove(slot);
    this.#entries.write(slot, sequence, changes);
    this.#log.add(slot, sequence, changes);
  }

  /** @returns the changes of `entry` that must outlive it when all of `removed` go */
  #neededOf(entry: Entry, removed: Entry[]): RecordChange[] {
    const { changes } = this.#entries.read(entry.slot);
    return changes.filter(
      ({ name, bytes }: RecordChange) => this.#log.needs(entry, name) && (bytes || this.#log.holds(name, removed)),
    );
  }

  /** Makes the commit in the place of the entry that it outdates most. @throws {unknown} a quota: nothing has changed */
  #replaceOne(changes: MarkedChange[]) {
    const best = this.#mostOutdatedBy(new Set(changes.map(({ name }) => name)));
    if (!best) throw new DOMException("there is no entry yet", "QuotaExceededError");
    const kept = this.#neededOf(best.entry, [best.entry]).filter(({ name }) => !best.names.has(name));
    const deleted = changes.filter(({ name, bytes }: RecordChange) => !bytes && this.#log.holds(name, [best.entry]));
    try {
      this.#mark(best.entry, new Set(deleted.map(({ name }) => name)));
      this.#write(best.entry.slot, [...kept, ...changes.filter(({ bytes }) => bytes)]);
    } catch (cause) {
      this.#takeOutMarked();
      throw cause;
    }
  }

  /** @param names that a commit changes */
  #mostOutdatedBy(names: Set<string>): { entry: Entry; names: Set<string> } | undefined {
    const keptSize = (entry: Entry) => {
      let size = 0;
      for (const [name, held] of entry.changes) if (!names.has(name) && this.#log.needs(entry, name)) size += held.size;
      return size;
    };
    const gains = this.#log.entries.map(entry => ({ entry, names, gain: entry.size - keptSize(entry) }));
    return gains.sort((a, b) => b.gain - a.gain)[0];
  }

  /** Marks these names for the next commit in all entries but `best`. */
  #mark(best: Entry, names: Set<string>) {
    const mark = markOf(this.#nextSequence);
    for (const entry of this.#log.entries) {
      if (entry === best || ![...names].some(name => entry.changes.has(name))) continue;
      const { changes } = this.#entries.read(entry.slot);
      this.#marked.add(entry.slot);
      const marked = changes.map(change => ({ ...change, mark: names.has(change.name) ? mark : 0 }));
      this.#entries.write(entry.slot, entry.sequence, marked);
    }
  }

  /** Takes out the changes that the latest commit marked, and the marks of one that was never made. That needs no room. */
  #takeOutMarked() {
    const dead = markOf(this.#log.latest?.sequence ?? 0);
    for (const slot of this.#marked) {
      const { sequence, changes } = this.#entries.read(slot);
      const valid = changes
        .filter(({ mark }) => mark !== dead)
        .map(({ name, bytes }: RecordChange) => ({ name, bytes }));
      this.#rewrite({ slot, sequence }, valid);
      this.#marked.delete(slot);
    }
  }

  clear() {
    this.#entries.clear();
    this.#log = new StorageLog();
    this.#marked.clear();
  }

  /** @returns the snapshot that `saveToLocalStorage`, or an earlier page, left under this name */
  earlierSnapshot(): string | null {
    return this.#entries.storage.getItem(`lua_snapshot_${this.#name}`);
  }
}

/** @returns whether there was room */
function fits(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (cause) {
    if (isQuota(cause)) return false;
    throw cause;
  }
}
