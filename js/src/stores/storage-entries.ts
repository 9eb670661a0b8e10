// The entries of one store in a Storage, and their head, which names the newest of them: reading and writing single
// ones, and whether they belong together. It does not know which changes are out of date.
import { changedElsewhere, damaged, failed, isQuota, unknownVersion } from "./refusals.ts";
import { type StoredEntry, type MarkedChange, FORMS, decodeEntry, encodeEntry } from "./storage-entry.ts";
import { StoreError } from "./store-error.ts";

/** Of the head. An earlier version, which knows no head, says that it is of a newer form. */
const HEAD_SLOT = 999_999_999_999_999;
const NEWEST_FORM = FORMS.HEAD;
const ENTRY_FORMS = [FORMS.EARLY, FORMS.HEADED, FORMS.HEADLESS];

export interface ReadEntry extends StoredEntry {
  slot: number;
}

/**
 * A head is written after its entry, so it may be one entry late when a page ends between the two. Everything else that
 * does not fit together is damage.
 */
export class StorageEntries {
  #label;
  #prefix;
  #given;
  /** The head as it is stored; null for none. */
  #head: string | null = null;
  /** Whether the head names the newest entry. */
  #isHeadRight = false;

  /** @param store default `localStorage` */
  constructor({ name, label, storage }: { name: string; label: string; storage?: Storage }) {
    this.#label = label;
    this.#prefix = `lua_store/${name.replace(/[%/]/g, encodeURIComponent)}/`;
    this.#given = storage;
  }

  /** @throws {StoreError} "failed": there is none */
  get storage(): Storage {
    let storage = this.#given;
    try {
      storage ??= globalThis.localStorage;
    } catch (cause) {
      throw failed(this.#label, "cannot be used here", cause);
    }
    if (!storage) throw new StoreError("failed", this.#label, "cannot be used here: there is no localStorage");
    return storage;
  }

  keyOf(slot: number): string {
    return this.#prefix + slot;
  }

  has(slot: number): boolean {
    return this.storage.getItem(this.keyOf(slot)) !== null;
  }

  /**
   * All entries, in one go, because another tab may be writing.
   * @returns the oldest first
   * @throws {StoreError} "damaged", "version"
   */
  readAll(): ReadEntry[] {
    const slots = this.#keys().map(key => this.#slotOf(key));
    const isHead = (slot: number) => slot === HEAD_SLOT;
    const entries = slots.filter(slot => !isHead(slot)).map(slot => this.read(slot));
    entries.sort((a, b) => a.sequence - b.sequence);
    this.#head = this.storage.getItem(this.keyOf(HEAD_SLOT));
    this.#checkHead(slots.some(isHead) ? this.#readHead() : null, entries);
    return entries;
  }

  #keys() {
    const { storage } = this;
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i)!);
    return keys.filter(key => key.startsWith(this.#prefix));
  }

  #slotOf(key: string) {
    const slot = key.slice(this.#prefix.length);
    if (/^(0|[1-9]\d{0,14})$/.test(slot)) return Number(slot);
    throw damaged(this.#label, `entry '${key}' has a name that is not one of ours`);
  }

  /** @throws {StoreError} "damaged", "version" */
  read(slot: number): ReadEntry {
    return this.#decode(slot, ENTRY_FORMS);
  }

  #decode(slot: number, forms: number[]) {
    const key = this.keyOf(slot);
    const entry = decodeEntry(key, this.storage.getItem(key));
    if (!entry) throw damaged(this.#label, `entry '${key}' does not match its checksum`);
    if (forms.includes(entry.form)) return { ...entry, slot };
    throw unknownVersion(this.#label, `entry '${key}' is of form ${entry.form}, and ${NEWEST_FORM} is known here`);
  }

  /** @returns the number of the newest entry, and the key it had */
  #readHead(): { sequence: number; newest: string } {
    const { sequence, changes } = this.#decode(HEAD_SLOT, [FORMS.HEAD]);
    return { sequence, newest: this.keyOf(Number(changes[0]?.name)) };
  }

  #checkHead(head: { sequence: number; newest: string } | null, entries: ReadEntry[]) {
    const newest = entries[entries.length - 1];
    const lead = (newest?.sequence ?? 0) - (head?.sequence ?? 0);
    this.#isHeadRight = head !== null && lead === 0;
    if (!head && entries.some(({ form }) => form === FORMS.HEADED)) {
      throw damaged(this.#label, `entry '${this.keyOf(HEAD_SLOT)}' is missing`);
    }
    if (!head || lead === 0 || lead === 1) return;
    const what =
      lead < 0
        ? `entry '${head.newest}' is missing`
        : `entry '${this.keyOf(newest.slot)}' is newer than entry '${this.keyOf(HEAD_SLOT)}' says`;
    throw damaged(this.#label, what);
  }

  /** @returns the text that `write` writes */
  textFor(slot: number, sequence: number, changes: MarkedChange[]): string {
    const form = this.#head === null ? FORMS.HEADLESS : FORMS.HEADED;
    return encodeEntry(this.keyOf(slot), { form, sequence, changes });
  }

  /** Writes or rewrites an entry. @throws {unknown} the error of the Storage */
  write(slot: number, sequence: number, changes: MarkedChange[]) {
    this.storage.setItem(this.keyOf(slot), this.textFor(slot, sequence, changes));
  }

  /** Removes an entry that is not needed any more; never the newest one. */
  remove(slot: number) {
    this.storage.removeItem(this.keyOf(slot));
  }

  /**
   * Has the head name the entry that is the newest, unless it does. It keeps its length.
   * @throws {unknown} the error of the Storage
   */
  point(newest: { slot: number; sequence: number }) {
    if (!this.#isHeadRight) this.pointTo(newest);
  }

  /** The same after the newest has been written. */
  pointTo({ slot, sequence }: { slot: number; sequence: number }) {
    this.#isHeadRight = false;
    const changes = [{ name: String(slot).padStart(String(HEAD_SLOT).length, "0"), bytes: null }];
    const text = encodeEntry(this.keyOf(HEAD_SLOT), { form: FORMS.HEAD, sequence, changes });
    try {
      this.storage.setItem(this.keyOf(HEAD_SLOT), text);
    } catch (cause) {
      // A store of an earlier version may be too full for one.
      if (isQuota(cause) && this.#head === null && sequence > 0) return;
      throw cause;
    }
    this.#head = text;
    this.#isHeadRight = true;
  }

  /** @throws {StoreError} someone else has written to it, or emptied it */
  checkUnchanged() {
    if (this.storage.getItem(this.keyOf(HEAD_SLOT)) !== this.#head) throw changedElsewhere(this.#label);
  }

  /** The head first: if only some entries are removed, the rest does not pass for an older state of the store. */
  clear() {
    this.remove(HEAD_SLOT);
    for (const key of this.#keys()) this.storage.removeItem(key);
    this.#head = null;
    this.#isHeadRight = false;
  }
}
