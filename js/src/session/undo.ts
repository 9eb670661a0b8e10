// What one unit of work, or several, have changed, as it was before: blocks of memory, fields of tables, records of the host.
import type { ExternalTables } from "../core/external-tables.ts";
import { BLOCK } from "../image/blocks.ts";
import { isSame } from "../stores/changes.ts";
import { BeforeImages } from "../stores/unit-of-work.ts";

/** Records of the host by names, as `HostSide.journal` gives them. */
type Records = ReadonlyMap<string, Uint8Array>;

export class Undo {
  /** Bytes that memory had. */
  readonly size: number;
  /** By their numbers, without the zeros at their ends. */
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #records = new Map<string, Uint8Array | undefined>();
  readonly tables: BeforeImages = new BeforeImages();

  /** @param size bytes of memory at first */
  constructor(size: number) {
    this.size = size;
  }

  get blockCount(): number {
    return this.#blocks.size;
  }

  /** The first note of a block counts, as with fields of tables. */
  noteBlock(block: number, before: Uint8Array): void {
    if (!this.#blocks.has(block)) this.#blocks.set(block, before);
  }

  noteRecords(before: Records, now: Records): void {
    for (const name of new Set([...before.keys(), ...now.keys()])) {
      const was = before.get(name);
      if (!isSame(was, now.get(name))) this.#noteRecord(name, was);
    }
  }

  #noteRecord(name: string, before: Uint8Array | undefined): void {
    if (!this.#records.has(name)) this.#records.set(name, before);
  }

  /** @param later what changed after that */
  add(later: Undo): void {
    for (const [block, bytes] of later.#blocks) this.noteBlock(block, bytes);
    for (const [name, bytes] of later.#records) this.#noteRecord(name, bytes);
    this.tables.add(later.tables);
  }

  /** @param now all of memory @returns it as it was */
  memory(now: Uint8Array): Uint8Array {
    const memory = new Uint8Array(this.size);
    memory.set(now.subarray(0, this.size));
    for (const [block, bytes] of this.#blocks) {
      const start = block * BLOCK;
      if (start < this.size) memory.fill(0, start, start + BLOCK).set(bytes, start);
    }
    return memory;
  }

  /** @returns the records as they were */
  records(now: Records): Map<string, Uint8Array> {
    const records = new Map(now);
    for (const [name, bytes] of this.#records) bytes ? records.set(name, bytes) : records.delete(name);
    return records;
  }

  /** Puts fields of tables back, with whoever notes changes told. */
  restore(tables: ExternalTables): void {
    for (const [id, key, value] of this.tables) {
      const now = tables.get(id, key);
      if (isSame(now, value)) continue;
      tables.journal?.(id, key, now, value === undefined);
      tables.restore(id, key, value);
    }
  }
}
