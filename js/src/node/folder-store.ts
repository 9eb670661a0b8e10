// A store in a folder, for Node and the like, without any database: entries as files, which are never changed, and a list of
// them, which is replaced by renaming. It knows nothing of what records hold, nor how many of them are in an entry.
import { byteString } from "../bytes/byte-string.ts";
import { builtin } from "../core/environment.ts";
import type { Signal } from "../core/platform.ts";
import { sizeOf } from "../stores/changes.ts";
import { RecordPages } from "../stores/record-pages.ts";
import { HEADER } from "../stores/records.ts";
import { pause } from "../stores/pause.ts";
import { busy, changedElsewhere, damaged, full } from "../stores/refusals.ts";
import type { LuaStore, RecordChange, StoreLock, WhenBusy } from "../stores/store.ts";
import { type Files, orMissing } from "./files.ts";
import { type FolderList, decodeList, emptyList, encodeList } from "./folder-list.ts";
import { lockFolder } from "./folder-lock.ts";

const LIST = "list.luat";
const NEW_LIST = "list-new.luat";
/** A file that holds nothing. On a full disk there is at least the room that it gives up: as much as a deletion needs. */
const RESERVE = "reserve.luat";
const RESERVE_SIZE = 65536;
/** Milliseconds between two tries to get the lock. */
const RETRY = 50;
/** Files that are open at once. */
const AT_ONCE = 32;

const fileOf = (number: number): string => `${number}.luat`;
const numberOf = (name: string): number => Number(/^([1-9]\d*)\.luat$/.exec(name)?.[1] ?? 0);

/** What the list says, and the entries that are there. */
interface Found {
  text: string | undefined;
  list: FolderList;
  entries: Map<string, Uint8Array>;
}

/**
 * @param path of the folder; it is made when there is none. All names of files in it end with `.luat`
 * @returns for one process at a time; others can read meanwhile. The lock ends with the process. In a folder that several
 *   machines or containers share, whoever was killed on another one must be told: delete the file `lock-<number>.luat`
 */
export function folderStore(path: string): LuaStore {
  return new FolderStore(path);
}

class FolderStore {
  readonly label: string;
  readonly #path: string;
  readonly #pages: RecordPages;
  #fs!: Files;
  /** What is committed. */
  #list = emptyList();
  /** What the file of the list may hold: that, and what commits that failed would have made. By its text. */
  #known = new Map<string | undefined, FolderList>();
  /** Numbers of files of entries, those included that no list names. */
  #files = new Set<number>();
  #latest = 0;
  #hasReserve = false;

  constructor(path: string) {
    this.label = `folder store '${path}'`;
    this.#path = path;
    this.#pages = new RecordPages(this.label);
  }

  async lock(whenBusy: WhenBusy, signal?: Signal): Promise<StoreLock> {
    await this.#make();
    let release = await lockFolder(this.#fs, this.#path);
    while (!release && whenBusy === "wait") {
      await pause(RETRY, signal);
      release = await lockFolder(this.#fs, this.#path);
    }
    if (!release && whenBusy === "refuse") throw busy(this.label);
    return { readOnly: !release, release: release ?? (() => {}) };
  }

  async #make(): Promise<void> {
    this.#fs = await builtin<Files>("fs/promises");
    const made = await this.#fs.mkdir(this.#path, { recursive: true });
    if (made) await this.#syncFolder(`${made}/..`);
  }

  async load(): Promise<[string, Uint8Array][]> {
    const { text, list, entries } = await this.#read();
    this.#settle(text, list);
    if (text === undefined && this.#files.size > 0)
      throw damaged(this.label, `its list of files is missing, and ${this.#files.size} files are there`);
    return this.#pages.read(entries);
  }

  /** Again, when a writer has replaced the list meanwhile and taken away what the old one names. */
  async #read(): Promise<Found> {
    for (;;) {
      const text = await this.#listText();
      const list = text === undefined ? emptyList() : decodeList(text, this.label);
      const entries = await this.#entriesOf(list);
      await this.#look();
      const isWhole = text === undefined ? this.#files.size === 0 : entries.size === list.files.size;
      if (isWhole || text === (await this.#listText())) {
        if (list.header) entries.set(HEADER, list.header);
        return { text, list, entries };
      }
    }
  }

  async #entriesOf({ files }: FolderList): Promise<Map<string, Uint8Array>> {
    const entries = new Map<string, Uint8Array>();
    await inTurns([...files], async ([name, number]) => {
      const bytes = await this.#readEntry(number);
      if (bytes) entries.set(name, bytes);
    });
    return entries;
  }

  /** A plain array of bytes. */
  async #readEntry(number: number): Promise<Uint8Array | undefined> {
    const bytes = await orMissing(this.#fs.readFile(this.#in(fileOf(number))));
    return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async #listText(): Promise<string | undefined> {
    const bytes = await orMissing(this.#fs.readFile(this.#in(LIST)));
    return bytes && byteString(bytes);
  }

  /** Notes which files are there. */
  async #look(): Promise<void> {
    const names = await this.#fs.readdir(this.#path);
    this.#files = new Set(names.map(numberOf).filter(number => number > 0));
    for (const number of this.#files) this.#latest = Math.max(this.#latest, number);
    this.#hasReserve = names.includes(RESERVE);
  }

  async commit(changes: RecordChange[]): Promise<void> {
    // When there is no room: with that of the reserve, and then without putting pages together, which needs more.
    const ways = [
      () => this.#commit(changes),
      async () => (await this.#dropReserve(), this.#commit(changes)),
      () => this.#commit(changes, { joins: false }),
    ];
    let cause;
    for (const way of ways) {
      cause = await way().then(
        () => null,
        thrown => thrown,
      );
      if (!cause) return this.#tidy();
      if (!isFull(cause)) throw cause;
      await this.#sweep();
    }
    throw full(this.label, sizeOf(changes), cause);
  }

  async #commit(changes: RecordChange[], options?: { joins: boolean }): Promise<void> {
    const text = await this.#listText();
    if (!this.#known.has(text)) throw changedElsewhere(this.label);
    // Files without a list would be damage.
    if (text === undefined) await this.#replaceList(emptyList());
    const { list, puts, done } = await this.#planned(changes, options);
    await inTurns(puts, ([number, bytes]) => this.#write(fileOf(number), bytes));
    await this.#replaceList(list);
    done();
    this.#settle(encodeList(list), list);
  }

  /** The one state there is. */
  #settle(text: string | undefined, list: FolderList): void {
    this.#list = list;
    this.#known = new Map([[text, list]]);
  }

  /** @returns the list after these changes, and what to write before it */
  async #planned(changes: RecordChange[], options?: { joins: boolean }) {
    const list = { header: this.#list.header, files: new Map(this.#list.files) };
    const puts: [number, Uint8Array][] = [];
    const { header, done } = await this.#pages.commit(
      changes,
      {
        get: names => Promise.all(names.map(name => this.#readEntry(this.#list.files.get(name)!))),
        put: (name, bytes) => {
          if (name === HEADER) return;
          const number = this.#newNumber();
          list.files.set(name, number);
          puts.push([number, bytes]);
        },
        remove: name => void list.files.delete(name),
      },
      options,
    );
    return { list: { ...list, header }, puts, done };
  }

  /** Of a file that never was. */
  #newNumber(): number {
    this.#files.add(++this.#latest);
    return this.#latest;
  }

  /** All of the new state is on the disk before the list says so. */
  async #replaceList(list: FolderList): Promise<void> {
    const text = encodeList(list);
    await this.#write(NEW_LIST, text);
    await this.#syncFolder(this.#path);
    this.#known.set(text, list);
    await this.#fs.rename(this.#in(NEW_LIST), this.#in(LIST));
    await this.#syncFolder(this.#path);
  }

  async #write(name: string, bytes: Uint8Array | string): Promise<void> {
    const file = await this.#fs.open(this.#in(name), "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** So that names of files outlast a failure of power. Windows has no such thing. */
  async #syncFolder(path: string): Promise<void> {
    const folder = await this.#fs.open(path, "r").catch(cause => {
      if (cause.code === "EPERM" || cause.code === "EISDIR" || cause.code === "EACCES") return null;
      throw cause;
    });
    try {
      await folder?.sync();
    } catch (cause) {
      if (cause.code !== "EPERM" && cause.code !== "EINVAL") throw cause;
    } finally {
      await folder?.close();
    }
  }

  /** After a commit. What fails here is done after a later one. */
  async #tidy(): Promise<void> {
    await this.#sweep();
    if (this.#hasReserve) return;
    this.#hasReserve = await this.#write(RESERVE, new Uint8Array(RESERVE_SIZE)).then(
      () => true,
      () => false,
    );
    if (!this.#hasReserve) await this.#fs.rm(this.#in(RESERVE)).catch(() => {});
  }

  /** Removes files that no list names which may be in the folder: those of older states, and what crashes and failures left. */
  async #sweep(): Promise<void> {
    const named = new Set([...this.#known.values()].flatMap(({ files }) => [...files.values()]));
    const garbage = [...this.#files].filter(number => !named.has(number));
    await inTurns(garbage, number =>
      orMissing(this.#fs.rm(this.#in(fileOf(number)))).then(
        () => void this.#files.delete(number),
        () => {},
      ),
    );
  }

  async #dropReserve(): Promise<void> {
    await orMissing(this.#fs.rm(this.#in(RESERVE)));
    this.#hasReserve = false;
  }

  async clear(): Promise<void> {
    await this.#look();
    await this.#dropReserve();
    const list = emptyList();
    await this.#replaceList(list);
    this.#settle(encodeList(list), list);
    this.#pages.reset();
    await this.#sweep();
  }

  #in(name: string): string {
    return `${this.#path}/${name}`;
  }
}

/** Does `work` with each, with some at once. @throws what the first threw that did, when none is under way any more */
async function inTurns<T>(all: T[], work: (each: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const outcomes = await Promise.allSettled(all.slice(at, at + AT_ONCE).map(work));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }
}

const isFull = ({ code }: { code?: string }): boolean => code === "ENOSPC" || code === "EDQUOT";
