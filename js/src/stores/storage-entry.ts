// The form of one entry in a Storage (localStorage): a list of record changes as text, versioned and checksummed. It
// knows nothing of other entries.
import { byteString, bytesOf, fromBase64, toBase64 } from "../bytes/byte-string.ts";
import { checksum64, equal64, read64, write64 } from "../bytes/checksum.ts";
import { DELETED } from "./packed-changes.ts";
import type { RecordChange } from "./store.ts";

/*
 * Text: base64 of
 *   u8 form, u32 sequence number;
 *   per change: u32 length of the name with the mark in its two highest bits, u32 length of the bytes or DELETED, name,
 *   bytes;
 *   at the end a checksum over the key of the entry and all of the above. Little-endian.
 */

/**
 * The form, which is the first byte. All forms have the same layout, so that an entry of an earlier one can be rewritten
 * without growing.
 * EARLY: of a version without a head. HEADED: the store has a head. HEADLESS: it was EARLY, and had no room for a head
 * yet. HEAD: this entry is the head, and names the newest one.
 */
export const FORMS = Object.freeze({ EARLY: 1, HEADED: 2, HEADLESS: 3, HEAD: 4 });

const HEAD_SIZE = 5;
const CHANGE_SIZE = 8;
const SUM_SIZE = 8;
const MARK_SHIFT = 30;
const LENGTH_MASK = 2 ** MARK_SHIFT - 1;

/** @returns the bytes it takes in an entry */
export const changeSize = ({ name, bytes }: RecordChange): number => CHANGE_SIZE + name.length + (bytes?.length ?? 0);

const encoder = new TextEncoder();

export interface MarkedChange extends RecordChange {
  /** 0, or `markOf` the commit that takes it out. */
  mark?: number;
}

export interface StoredEntry {
  form: number;
  /** Of two entries, the one with the higher number is the later one. */
  sequence: number;
  changes: MarkedChange[];
}

/** @param sequence of a commit @returns another one than that of the commit before */
export const markOf = (sequence: number): number => 1 + (sequence % 2);

/**
 * @param key of the entry
 * @param entry of two entries, the one with the higher number is the later one
 */
export function encodeEntry(key: string, { form, sequence, changes }: StoredEntry): string {
  const size = changes.reduce((sum, change) => sum + changeSize(change), HEAD_SIZE);
  const entry = new Uint8Array(size + SUM_SIZE);
  const view = new DataView(entry.buffer);
  entry[0] = form;
  view.setUint32(1, sequence, true);
  let at = HEAD_SIZE;
  for (const change of changes) at = writeChange(entry, view, at, change);
  write64(view, size, entrySum(key, entry));
  return toBase64(entry);
}

function writeChange(entry: Uint8Array, view: DataView, at: number, { name, bytes, mark = 0 }: MarkedChange) {
  view.setUint32(at, name.length + mark * 2 ** MARK_SHIFT, true);
  view.setUint32(at + 4, bytes ? bytes.length : DELETED, true);
  at += CHANGE_SIZE;
  entry.set(encoder.encode(name), at);
  at += name.length;
  if (bytes) entry.set(bytes, at);
  return at + (bytes?.length ?? 0);
}

const entrySum = (key: string, entry: Uint8Array) =>
  checksum64(entry.subarray(0, -SUM_SIZE), checksum64(encoder.encode(key)));

/**
 * @returns undefined for damaged text; no changes for a form that is not known here
 */
export function decodeEntry(key: string, text: string | null): StoredEntry | undefined {
  const entry = binaryOf(text);
  if (!entry || entry.length < HEAD_SIZE + SUM_SIZE) return undefined;
  const view = new DataView(entry.buffer);
  if (!equal64(read64(view, entry.length - SUM_SIZE), entrySum(key, entry))) return undefined;
  const form = entry[0];
  const changes = (Object.values(FORMS) as number[]).includes(form) ? readChanges(entry, view) : [];
  return changes && { form, sequence: view.getUint32(1, true), changes };
}

function readChanges(entry: Uint8Array, view: DataView) {
  const end = entry.length - SUM_SIZE;
  const changes = [];
  let at = HEAD_SIZE;
  while (at < end) {
    if (end - at < CHANGE_SIZE) return undefined;
    const first = view.getUint32(at, true);
    const nameSize = first & LENGTH_MASK;
    const size = view.getUint32(at + 4, true);
    at += CHANGE_SIZE;
    const next = at + nameSize + (size === DELETED ? 0 : size);
    if (next > end) return undefined;
    const name = byteString(entry.subarray(at, at + nameSize));
    const bytes = size === DELETED ? null : entry.subarray(at + nameSize, next);
    changes.push({ name, bytes, mark: first >>> MARK_SHIFT });
    at = next;
  }
  return changes;
}

function binaryOf(text: string | null): Uint8Array | undefined {
  const bytes = fromBase64(text);
  return bytes === undefined ? undefined : bytesOf(bytes);
}
