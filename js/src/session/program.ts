// What a store keeps of a program beside its tables: the memory of lua.wasm, the calls of the host that wait, and the bytes
// of that lua.wasm. It says what of these has changed; when that is committed is known elsewhere.
import type { LuaInstance } from "../core/instance.ts";
import type { LoadedWasm } from "../core/loaded-wasm.ts";
import type { HostSide } from "../host/side.ts";
import { type Noted, decodeJournal } from "../host/notes.ts";
import { MemoryBlocks } from "../image/blocks.ts";
import {
  HOST,
  PROGRAM,
  type StoredProgram,
  blockName,
  blockOf,
  decodeProgram,
  encodeHead,
  moduleName,
} from "../image/program.ts";
import { type Limits, PAGE } from "../image/memory.ts";
import { isSame } from "../stores/changes.ts";
import type { FoundProgram, Program } from "../stores/program-records.ts";
import { damaged, ofProgram, unknownVersion } from "../stores/refusals.ts";
import type { RecordChange } from "../stores/store.ts";

/** A program that a store has, ready to go on. */
export interface RestoredProgram extends StoredProgram {
  journal: Noted;
  values: Map<string, Uint8Array>;
}

/** @param store its label @throws {StoreError} naming what is damaged */
export function readProgram({ values }: FoundProgram, store: string): RestoredProgram {
  const fault = (what: string) => damaged(store, `its program is damaged: ${what}`);
  try {
    const program = decodeProgram(values, { damaged: fault, newer: what => unknownVersion(store, what) });
    const records = [...values].filter(([name]) => name.startsWith(HOST));
    const journal = decodeJournal(new Map(records.map(([name, bytes]) => [name.slice(HOST.length), bytes])), name =>
      fault(`'${HOST}${name}' is no call that waits`),
    );
    return { ...program, journal, values };
  } catch (problem) {
    throw ofProgram(store, problem);
  }
}

/** @returns the same @throws {Error} it cannot be known again when the program is to go on */
export function checkKnown(wasm: LoadedWasm): LoadedWasm {
  if (wasm.hash === null) throw new Error(NO_HASH);
  return wasm;
}

const NO_HASH =
  'persist: "everything" needs to know the bytes of lua.wasm again, and this is a WebAssembly.Module: open it from bytes or a URL, or with the option wasmHash';

interface Parts {
  instance: LuaInstance;
  host: HostSide;
  wasm: LoadedWasm;
  services: { limits: Limits };
}

/** @returns all of it, between runs, without what need not be kept */
export function memoryOf({ exports }: LuaInstance): Uint8Array {
  const { memory, get_buffer_ptr, get_buffer_size } = exports!;
  const bytes = new Uint8Array(memory.buffer);
  // It is the host's between runs, and full of what is not needed any more.
  const buffer = get_buffer_ptr() >>> 0;
  return bytes.fill(0, buffer, buffer + (get_buffer_size() >>> 0));
}

/** The program of one session, as its store keeps it. */
export class KeptProgram implements Program {
  readonly #instance: LuaInstance;
  readonly #host: HostSide;
  readonly #services: Parts["services"];
  /** What the memory belongs to. */
  wasm: LoadedWasm;
  readonly blocks: MemoryBlocks;
  /** Numbers of the blocks that have records, and all other records, as they were captured last. */
  #stored: Set<number>;
  #others = new Map<string, Uint8Array>();
  /**
   * Names of records that go with the next commit whatever they were: those of commits that failed, which the store may have as
   * they were or as they should be, and blocks that have changed.
   */
  #uncertain = new Set<string>();
  /** Those in the commit under way. */
  #sent: string[] | null = null;
  #isTouched: boolean;

  /** @param restored what the store has; null for a new program */
  constructor({ instance, host, wasm, services }: Parts, restored: RestoredProgram | null) {
    this.#instance = instance;
    this.#host = host;
    this.#services = services;
    this.wasm = wasm;
    this.blocks = new MemoryBlocks(restored?.memory);
    this.#stored = new Set(restored?.stored);
    for (const [name, value] of restored?.values ?? []) if (blockOf(name) === undefined) this.#others.set(name, value);
    this.#isTouched = restored === null;
  }

  /** There is a fresh Lua state. */
  load(wasm: LoadedWasm): void {
    this.wasm = wasm;
    this.touch();
  }

  /** Lua has run, or something else may have changed. */
  touch(): void {
    this.#isTouched = true;
  }

  get hasPending(): boolean {
    return (this.#isTouched && !this.#instance.failure) || this.#uncertain.size > 0 || this.#sent !== null;
  }

  /** Finds the blocks that have changed. @returns bytes of memory */
  look(): number {
    const memory = memoryOf(this.#instance);
    for (const block of this.blocks.changed(memory)) this.#uncertain.add(blockName(block));
    return memory.length;
  }

  capture(): RecordChange[] {
    const { failure } = this.#instance;
    // What is in the store is the program after the last unit that ended well.
    if (failure) throw failure;
    const size = this.look();
    // An error from here on leaves them for the next time.
    const changes = new Map<string, Uint8Array | null>();
    for (const name of this.#uncertain) changes.set(name, null);
    this.#captureBlocks(changes);
    this.#captureOthers(size / PAGE, changes);
    this.#uncertain.clear();
    this.#isTouched = false;
    this.#sent = [...changes.keys()];
    return Array.from(changes, ([name, bytes]) => ({ name, bytes }));
  }

  #captureBlocks(changes: Map<string, Uint8Array | null>): void {
    for (const name of changes.keys()) {
      const block = blockOf(name);
      if (block === undefined) continue;
      const value = this.blocks.value(block);
      if (value.length > 0) {
        this.#stored.add(block);
        changes.set(name, value);
      } else this.#stored.delete(block);
    }
  }

  #captureOthers(pages: number, changes: Map<string, Uint8Array | null>): void {
    const others = this.#othersNow(pages);
    for (const name of this.#others.keys()) if (!others.has(name)) changes.set(name, null);
    for (const [name, bytes] of others) {
      const before = this.#others.get(name);
      if (bytes !== before && !isSame(bytes, before)) changes.set(name, bytes);
      else if (this.#uncertain.has(name)) changes.set(name, bytes);
    }
    this.#others = others;
  }

  #othersNow(pages: number): Map<string, Uint8Array> {
    const others = new Map<string, Uint8Array>();
    for (const [name, bytes] of this.#host.journal()) others.set(HOST + name, bytes);
    const hash = this.wasm.hash!;
    const head = { hash, pages, blocks: this.#stored.size, host: others.size, limits: this.#services.limits };
    others.set(PROGRAM, encodeHead(head));
    const module = this.wasm.bytes ?? this.#others.get(moduleName(hash));
    if (module) others.set(moduleName(hash), module);
    return others;
  }

  settle(isDurable: boolean): void {
    if (!isDurable) for (const name of this.#sent ?? []) this.#uncertain.add(name);
    this.#sent = null;
  }
}
