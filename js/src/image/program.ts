// The records of a program in a store: `program`, which says what it is and how many others there are; `memory/17`, the
// blocks of the memory of lua.wasm; `module/0123456789abcdef`, the bytes of that lua.wasm; and what the host keeps of its
// own, in records whose names begin with `host/`, and which it reads itself.
import { dataView } from "../bytes/byte-string.ts";
import { hex64, read64 } from "../bytes/checksum.ts";
import { BLOCK } from "./blocks.ts";
import { LARGEST_MEMORY, type Limits, PAGE, writeHash } from "./memory.ts";

export const PROGRAM = "program";
export const HOST = "host/";
const MEMORY = "memory/";
const MODULE = "module/";

const FORM = 1;
const SIZE = 40;

/** Where the fields of `program` are. */
const AT = { form: 0, hash: 4, pages: 12, blocks: 16, host: 20, memoryLimit: 24, instructionLimit: 32 };

/** What `program` says. */
export interface ProgramHead {
  /** Of lua.wasm. */
  hash: string;
  /** Of its memory. */
  pages: number;
  /** Records of memory, and of the host. */
  blocks: number;
  host: number;
  limits: Limits;
}

/** A program as it was in a store. */
export interface StoredProgram extends ProgramHead {
  memory: Uint8Array<ArrayBuffer>;
  /** Of lua.wasm; null when they were not known. */
  module: Uint8Array | null;
  /** Numbers of the blocks of memory that have records. */
  stored: number[];
}

export const blockName = (block: number): string => MEMORY + block;
export const moduleName = (hash: string): string => MODULE + hash;
/** @returns undefined for what is no block */
export const blockOf = (name: string): number | undefined => numberAfter(MEMORY, name);

/** @returns undefined for other names, and for numbers that are written in another way */
function numberAfter(start: string, name: string): number | undefined {
  const number = name.startsWith(start) ? Number(name.slice(start.length)) : NaN;
  return name === start + (number >>> 0) ? number : undefined;
}

export function encodeHead({ hash, pages, blocks, host, limits }: ProgramHead): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = dataView(bytes);
  view.setUint32(AT.form, FORM, true);
  writeHash(view, hash, AT.hash);
  view.setUint32(AT.pages, pages, true);
  view.setUint32(AT.blocks, blocks, true);
  view.setUint32(AT.host, host, true);
  view.setFloat64(AT.memoryLimit, limits.memoryLimit ?? 0, true);
  view.setFloat64(AT.instructionLimit, limits.instructionLimit ?? 0, true);
  return bytes;
}

/** Errors of what is read. */
export interface Faults {
  /** @param what goes on where "its program is damaged: " ends */
  damaged(what: string): Error;
  /** @param what the form it has, and the one known here */
  newer(what: string): Error;
}

/** @param values of all records, by names @throws {Error} saying what is damaged */
export function decodeProgram(values: ReadonlyMap<string, Uint8Array>, faults: Faults): StoredProgram {
  const head = decodeHead(values, faults);
  const memory = new Uint8Array(head.pages * PAGE);
  const stored: number[] = [];
  let host = 0;
  for (const [name, value] of values) {
    const block = blockOf(name);
    if (block !== undefined) {
      if (value.length > BLOCK || block * BLOCK >= memory.length)
        throw faults.damaged(`'${name}' does not fit into it`);
      memory.set(value, block * BLOCK);
      stored.push(block);
    } else if (name.startsWith(HOST)) host++;
    else if (name !== PROGRAM && name !== moduleName(head.hash)) throw faults.damaged(`'${name}' is no record of one`);
  }
  if (stored.length !== head.blocks)
    throw faults.damaged(`${stored.length} blocks of its memory are there, and should be ${head.blocks}`);
  if (host !== head.host) throw faults.damaged(`${host} records of its host are there, and should be ${head.host}`);
  return { ...head, memory, stored, module: values.get(moduleName(head.hash)) ?? null };
}

function decodeHead(values: ReadonlyMap<string, Uint8Array>, { damaged, newer }: Faults): ProgramHead {
  const bytes = values.get(PROGRAM);
  if (!bytes) throw damaged(`the record '${PROGRAM}' is missing, and ${values.size} others are there`);
  if (bytes.length < 4) throw damaged(`the record '${PROGRAM}' is cut short`);
  const view = dataView(bytes);
  const form = view.getUint32(AT.form, true);
  if (form !== FORM) throw newer(`the form of its program is ${form}, and ${FORM} is known here`);
  if (bytes.length !== SIZE) throw damaged(`the record '${PROGRAM}' has ${bytes.length} bytes`);
  const pages = view.getUint32(AT.pages, true);
  if (pages * PAGE > LARGEST_MEMORY) throw damaged("it says it has more memory than there can be");
  return {
    hash: hex64(read64(view, AT.hash)),
    pages,
    blocks: view.getUint32(AT.blocks, true),
    host: view.getUint32(AT.host, true),
    limits: {
      memoryLimit: view.getFloat64(AT.memoryLimit, true) || undefined,
      instructionLimit: view.getFloat64(AT.instructionLimit, true) || undefined,
    },
  };
}
