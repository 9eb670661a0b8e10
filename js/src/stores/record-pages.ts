// Keeps many small records in few entries, for a store in which every entry costs much: each commit appends a page with
// its changes, pages that are small or mostly out of date are put together, and only large records have an entry of
// their own. It knows no kind of store, and does one commit in the one transaction it is given.
import {
  PAGE_FORM,
  changeSize,
  damagedRecord,
  decodePage,
  decodePagesHeader,
  encodePage,
  encodePagesHeader,
} from "./page-form.ts";
import { HEADER } from "./records.ts";
import { changedElsewhere, damaged, unknownVersion } from "./refusals.ts";
import type { RecordChange } from "./store.ts";

/** Bytes; a larger record is an entry of its own, under its own name. */
const LARGE = 4096;
/** Bytes that a page is full with. */
const FULL = 1 << 20;
/** With more pages at the end than these that are not half full, some are put together. */
const MOST_SMALL = 32;
/** Bytes that may be out of date, beside as many as are needed, before all pages are rewritten. */
const SLACK = 65536;

/** The operations of a commit's transaction. */
interface Entries {
  get(keys: string[]): Promise<(Uint8Array | undefined)[]>;
  put(key: string, bytes: Uint8Array): void;
  remove(key: string): void;
}

interface Page {
  /** Bytes of all its changes. */
  size: number;
  /** Bytes of those that are needed. */
  live: number;
}

/** Of a record: the page is null when it is an entry of its own. */
interface Place {
  page: Page | null;
  size: number;
}

/** The records in the entries of one store. */
export class RecordPages {
  #label;
  #pages: Page[] = [];
  /** Of all records but the header, by name. */
  #places: Map<string, Place> = new Map();
  /** Names of small records that are entries still, as an earlier version of this library left them. */
  #strays: Set<string> = new Set();
  #commits = 0;

  /** @param label of the store */
  constructor(label: string) {
    this.#label = label;
  }

  /** Forgets everything, as for an empty store. */
  reset() {
    this.#pages = [];
    this.#places = new Map();
    this.#strays = new Set();
  }

  /**
   * @param entries all that are in the store
   * @returns the records in them
   * @throws {StoreError} "damaged", "version"
   */
  read(entries: Map<string, Uint8Array>): [string, Uint8Array][] {
    this.reset();
    const header = decodePagesHeader(entries.get(HEADER));
    if (!header) return this.#readOwn(entries);
    if (header.form !== PAGE_FORM) {
      throw unknownVersion(this.#label, `its form is ${header.form}, and ${PAGE_FORM} is known here`);
    }
    this.#commits = header.commits;
    const records = new Map();
    const own = new Map(entries);
    for (const key of keysOf(0, header.pages)) {
      for (const { name, bytes } of this.#readPage(key, own.get(key)))
        bytes ? records.set(name, bytes) : records.delete(name);
      own.delete(key);
    }
    own.delete(HEADER);
    return [...this.#readOwn(own), ...records, [HEADER, header.records]];
  }

  /** Also for an entry that is no record: the check of all records reports it. */
  #readOwn(entries: Map<string, Uint8Array>) {
    for (const [name, bytes] of entries) {
      if (name === HEADER) continue;
      const size = bytes?.length ?? 0;
      this.#places.set(name, { page: null, size });
      if (size <= LARGE) this.#strays.add(name);
    }
    return [...entries];
  }

  #readPage(key: string, page: Uint8Array | undefined) {
    if (page === undefined) throw damaged(this.#label, `page '${key}' is missing`);
    if (!(page instanceof Uint8Array)) throw damaged(this.#label, `page '${key}' is not bytes`);
    const changes = decodePage(key, page);
    if (changes) {
      this.#add(changes);
      return changes;
    }
    const name = damagedRecord(page);
    throw damaged(
      this.#label,
      `${name === undefined ? `page '${key}'` : `record '${name}'`} does not match its checksum`,
    );
  }

  /** Notes one more page, the last one. */
  #add(changes: RecordChange[]) {
    const page = { size: 0, live: 0 };
    this.#pages.push(page);
    for (const change of changes) {
      const size = changeSize(change);
      page.size += size;
      if (change.bytes) {
        page.live += size;
        this.#place(change.name, { page, size });
      } else this.#place(change.name, undefined);
    }
  }

  #place(name: string, place: Place | undefined) {
    const before = this.#places.get(name);
    if (before?.page) before.page.live -= before.size;
    if (place) this.#places.set(name, place);
    else this.#places.delete(name);
  }

  /**
   * Puts and removes the entries of one commit. When that is durable, `done` must be called.
   * @param changes the last one is the header
   * @param options isShort: also gives up all that is out of date, and of an empty store the header; joins: false only adds,
   *   even when it is time to put pages together
   * @returns header: as it is in the store then
   */
  async commit(
    changes: RecordChange[],
    entries: Entries,
    { isShort = false, joins = true }: { isShort?: boolean; joins?: boolean } = {},
  ): Promise<{ header: Uint8Array | undefined; done: () => void }> {
    const { own, paged } = this.#sorted(changes.slice(0, -1));
    const isAnew = isShort || this.#strays.size > 0 || (joins && this.#isOutdated(paged));
    const from = isAnew ? 0 : joins ? this.#firstToJoin(paged) : this.#pages.length;
    const pages = split(await this.#joined(from, own, paged, entries));
    for (const name of this.#strays) entries.remove(name);
    for (const { name, bytes } of own) bytes ? entries.put(name, bytes) : entries.remove(name);
    pages.forEach((page, i) => entries.put(pageKey(from + i), encodePage(pageKey(from + i), page)));
    const count = from + pages.length;
    for (const key of keysOf(count, this.#pages.length)) entries.remove(key);
    if (isShort && pages.length === 0 && !this.#keepsOwn(own)) {
      // Nothing is put, so that it needs no room: an empty store is as good as a new one.
      entries.remove(HEADER);
      return { header: undefined, done: () => this.#finish(own, paged, from, pages) };
    }
    const header = encodePagesHeader({
      pages: count,
      commits: this.#commits + 1,
      records: changes[changes.length - 1].bytes!,
    });
    entries.put(HEADER, header);
    return { header, done: () => this.#finish(own, paged, from, pages) };
  }

  /** Separates changes for entries of their own from those for pages. A record that changes sides is removed from its old one. */
  #sorted(changes: RecordChange[]) {
    const own = [];
    const paged = [];
    for (const { name, bytes } of changes) {
      const place = this.#places.get(name);
      const isLarge = bytes !== null && bytes.length > LARGE;
      if (isLarge) own.push({ name, bytes });
      else if (place && !place.page) own.push({ name, bytes: null });
      if (bytes && !isLarge) paged.push({ name, bytes });
      else if (place?.page) paged.push({ name, bytes: null });
    }
    return { own, paged };
  }

  /** Whether after these changes of entries of their own, and without strays, any such entry is there. */
  #keepsOwn(own: RecordChange[]) {
    const changed = new Map(own.map(({ name, bytes }: RecordChange) => [name, bytes]));
    for (const [name, { page }] of this.#places)
      if (!page && !this.#strays.has(name) && !changed.has(name)) return true;
    return own.some(({ bytes }) => bytes);
  }

  /** Whether after these changes more would be out of date than may be. */
  #isOutdated(changes: RecordChange[]) {
    let size = 0;
    let live = 0;
    for (const page of this.#pages) {
      size += page.size;
      live += page.live;
    }
    for (const change of changes) {
      const added = changeSize(change);
      size += added;
      live +=
        (change.bytes ? added : 0) - (this.#places.get(change.name)?.page ? this.#places.get(change.name)!.size : 0);
    }
    return size > 2 * live + SLACK;
  }

  /** @returns the first page of those that these changes are put together with; the number of pages for none */
  #firstToJoin(changes: RecordChange[]): number {
    const count = this.#pages.length;
    let small = count;
    while (small > 0 && this.#pages[small - 1].size < FULL / 2) small--;
    if (count - small < MOST_SMALL) return count;
    // Each byte is rewritten only when there are at least as many later ones.
    let first = count;
    let later = changes.reduce((size: number, change) => size + changeSize(change), 0);
    for (let i = count - 1; i >= small; i--) {
      if (this.#pages[i].size <= later) first = i;
      later += this.#pages[i].size;
    }
    return first;
  }

  /** @returns the strays, the changes in the pages from `from` on, and then `paged` */
  async #joined(from: number, own: RecordChange[], paged: RecordChange[], entries: Entries): Promise<RecordChange[]> {
    const joined = new Map();
    const strays = [...this.#strays];
    const keys = keysOf(from, this.#pages.length);
    const found = await entries.get([...strays, ...keys]);
    strays.forEach((name, i) => joined.set(name, this.#stillThere(found[i])));
    keys.forEach((key, i) => {
      const page = this.#stillThere(found[strays.length + i]);
      for (const { name, bytes } of this.#stillThere(decodePage(key, page))) joined.set(name, bytes);
    });
    for (const { name } of [...own, ...paged]) joined.delete(name);
    const all = [...Array.from(joined, ([name, bytes]) => ({ name, bytes })), ...paged];
    // Before the first page there is nothing to be deleted.
    return from === 0 ? all.filter(({ bytes }) => bytes) : all;
  }

  #stillThere<T>(found: T | undefined) {
    if (found === undefined) throw changedElsewhere(this.#label);
    return found;
  }

  #finish(own: RecordChange[], paged: RecordChange[], from: number, pages: RecordChange[][]) {
    this.#commits++;
    for (const { name } of [...own, ...paged]) this.#place(name, undefined);
    this.#strays = new Set();
    this.#pages.length = from;
    for (const page of pages) this.#add(page);
    // Last: a page may say that it has such a record no longer.
    for (const { name, bytes } of own) if (bytes) this.#place(name, { page: null, size: bytes.length });
  }
}

const pageKey = (at: number) => `page/${String(at).padStart(8, "0")}`;

const keysOf = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => pageKey(from + i));

/** @returns each as much as a page holds */
function split(changes: RecordChange[]): RecordChange[][] {
  const pages: RecordChange[][] = [];
  let size = FULL;
  for (const change of changes) {
    if (size >= FULL) {
      pages.push([]);
      size = 0;
    }
    pages[pages.length - 1].push(change);
    size += changeSize(change);
  }
  return pages;
}
