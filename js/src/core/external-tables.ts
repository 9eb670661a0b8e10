// External tables: bytes under byte-string keys under a table id. It knows nothing about the meaning of the
// bytes, except for the catalogue's names, which count for the limit.
import { FirstKeys } from "./first-keys.ts";
import { CATALOGUE, NAME } from "./ids.ts";

/** Bytes that `limit` counts for a key beside its own and its value's. */
const PER_KEY = 64;

const tooLarge = (limit: number, bytes: number) =>
  Object.assign(new Error(`tableLimit is ${limit} bytes, and the external tables would have ${bytes}`), {
    limit: "tables" as const,
  });

/** Called before every change of a key, with the bytes that are there. An error that it throws prevents the change. */
export type Journal = (id: number, key: string, before: Uint8Array | undefined, isDeletion?: boolean) => void;

/** Sweeps tables that nothing reaches. It is called with every change. */
export interface Sweeper {
  /** A key was written. @param isNew the table had no keys */
  wrote(id: number, key: string, value: Uint8Array, old: Uint8Array | undefined, isNew: boolean): void;
  deleted(key: string, old: Uint8Array): void;
  /** A view or Lua holds this id. */
  shade(id: number): void;
  /** The module reads a key. */
  read(key: string, value: Uint8Array): void;
  /** The module gets a key of a table. */
  listed(key: string): void;
  /** Tables are put back, or replaced. */
  abort(): void;
}

type Table = Map<string, Uint8Array>;

/** The external tables of one LuaPersistent. An empty table does not exist. */
export class ExternalTables {
  #tables = new Map<number, Table>();
  readonly #firstKeys: FirstKeys = new FirstKeys();
  /** Bytes in all keys and values. */
  byteCount = 0;
  itemCount = 0;
  /**
   * Bytes that a key may have: its characters are made one by one, and a store's name of it has up to three for each.
   * Longer ones that are in a snapshot or a store are taken, and then others may be so long, too.
   */
  longestKey: number = 2 ** 20;
  /** Bytes that there may be, `PER_KEY` for each key among them. Above it, tables can only become smaller. */
  limit = Infinity;
  /** The error of the last change that was refused to Lua. */
  refusal: (Error & { limit?: "tables" }) | null = null;
  journal: Journal | null = null;
  collector: Sweeper | null = null;
  /** The same, while it marks. */
  marker: Sweeper | null = null;
  /** Ids of the views that JavaScript holds. */
  viewIds: () => Iterable<number> = () => [];

  /** @param length of a key that is to be written @throws {Error} it is too long */
  admit(length: number): void {
    if (length > this.longestKey)
      throw new Error(`a key can have ${this.longestKey} bytes, and this one has ${length}`);
  }

  /** @returns the stored bytes themselves: not to be written to */
  get(id: number, key: string): Uint8Array | undefined {
    return this.#tables.get(id)?.get(key);
  }

  /** Keeps `value` itself, which must not change afterwards. @throws {Error} naming `tableLimit`, or from the journal */
  set(id: number, key: string, value: Uint8Array): void {
    const old = this.get(id, key);
    const more = value.length + (old ? -old.length : key.length + PER_KEY);
    // A sweep needs little of the catalogue, and must not be refused it.
    if (this.#used + more > this.limit && more > 0 && (id !== CATALOGUE || key.startsWith(NAME))) {
      throw tooLarge(this.limit, this.#used + more);
    }
    this.journal?.(id, key, old);
    const isNew = this.#put(id, key, old, value);
    if (this.collector !== null) this.collector.wrote(id, key, value, old, isNew);
  }

  /** @returns whether there was such a key @throws {Error} from the journal */
  delete(id: number, key: string): boolean {
    const old = this.get(id, key);
    if (!old) return false;
    this.journal?.(id, key, old, true);
    this.#remove(id, key, old);
    this.collector?.deleted(key, old);
    return true;
  }

  /** Deletes all keys of a table. @param table its contents @throws {Error} from the journal */
  deleteAll(id: number, table: ReadonlyMap<string, Uint8Array> | undefined = this.#tables.get(id)): void {
    if (!table) return;
    let bytes = 0;
    for (const [key, old] of table) {
      this.journal?.(id, key, old, true);
      bytes += key.length + old.length;
    }
    this.byteCount -= bytes;
    this.itemCount -= table.size;
    this.#forget(id);
  }

  /** Puts back the earlier value, without journal and sweep. @param value undefined: there was none */
  restore(id: number, key: string, value: Uint8Array | undefined): void {
    const now = this.get(id, key);
    if (value) this.#put(id, key, now, value);
    else if (now) this.#remove(id, key, now);
  }

  /** @returns whether the table had no keys */
  #put(id: number, key: string, old: Uint8Array | undefined, value: Uint8Array): boolean {
    let table = this.#tables.get(id);
    const isNew = table === undefined;
    if (table === undefined) this.#tables.set(id, (table = new Map()));
    table.set(key, value);
    this.byteCount += value.length + (old ? -old.length : key.length);
    if (!old) {
      this.itemCount++;
      if (key.length > this.longestKey) this.longestKey = key.length;
    }
    return isNew;
  }

  #remove(id: number, key: string, old: Uint8Array): void {
    const table = this.#tables.get(id)!;
    table.delete(key);
    this.#firstKeys.deleted(table, key);
    if (table.size === 0) this.#forget(id);
    this.byteCount -= key.length + old.length;
    this.itemCount--;
  }

  #forget(id: number): void {
    this.#tables.delete(id);
    this.#firstKeys.forget();
  }

  /** @returns all keys and values, not to be written to */
  contents(id: number): ReadonlyMap<string, Uint8Array> | undefined {
    return this.#tables.get(id);
  }

  /** How many more bytes there may be. */
  get bytesLeft(): number {
    return Math.max(this.limit - this.#used, 0);
  }

  get #used(): number {
    return this.byteCount + PER_KEY * this.itemCount;
  }

  /** @returns how many keys table `id` has */
  size(id: number): number {
    return this.#tables.get(id)?.size ?? 0;
  }

  /** @returns in the order in which they were first stored */
  keys(id: number): Iterable<string> {
    return this.#tables.get(id)?.keys() ?? [];
  }

  /** @returns the same, but perhaps only the first 256 */
  firstKeys(id: number): Iterable<string> {
    return this.#firstKeys.of(this.#tables.get(id) ?? new Map());
  }

  entries(): IterableIterator<[number, Table]> {
    return this.#tables.entries();
  }

  get tableCount(): number {
    return this.#tables.size;
  }

  /** @param other gives up its contents to this one @throws {Error} naming `tableLimit` */
  takeOver(other: ExternalTables): void {
    if (other.#used > this.limit) throw tooLarge(this.limit, other.#used);
    if (this.journal) this.#noteAll(other, this.journal);
    this.#tables = other.#tables;
    this.#firstKeys.forget();
    this.byteCount = other.byteCount;
    this.itemCount = other.itemCount;
    this.longestKey = other.longestKey;
    this.collector?.abort();
  }

  #noteAll(other: ExternalTables, journal: Journal): void {
    for (const [id, table] of this.#tables) for (const [key, before] of table) journal(id, key, before);
    for (const [id, table] of other.#tables) {
      for (const key of table.keys()) if (!this.get(id, key)) journal(id, key, undefined);
    }
  }
}
