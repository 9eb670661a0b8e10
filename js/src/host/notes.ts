// What an image and a stored program have of functions of the host: the calls that wait, and the functions of Lua that are held.
import { byteString, bytesOf, dataView, u32At } from "../bytes/byte-string.ts";
import { encoder, lenient } from "../bytes/utf8.ts";

/** The key of the held functions; those of calls are their tickets. */
export const HELD = "held";

/** A call that waits. */
export interface NotedCall {
  ticket: number;
  name: string;
  /** Of the arguments. */
  message: Uint8Array;
  /** When it was made, as Date.now(); 0: not known. */
  since?: number;
  /** The name of the run that waits. */
  run?: string;
}

export interface Noted {
  calls: NotedCall[];
  /** References. */
  held: number[];
}

/** @returns by byte strings */
export function encodeNotes({ calls, held }: Noted): Map<string, Uint8Array> {
  const notes = new Map<string, Uint8Array>();
  if (held.length > 0) notes.set(HELD, encodeHeld(held));
  for (const { ticket, name, message } of calls) {
    const key = `${ticket} ${byteString(encoder.encode(name))}`;
    notes.set(key, message);
  }
  return notes;
}

export function decodeNotes(notes: ReadonlyMap<string, Uint8Array>): Noted {
  const calls: NotedCall[] = [];
  for (const [key, message] of notes) {
    const [, ticket, name] = /^(\d+) (.*)$/s.exec(key) ?? [];
    if (ticket) calls.push({ ticket: Number(ticket), name: lenient.decode(bytesOf(name)), message });
  }
  return { calls, held: decodeHeld(notes.get(HELD)) };
}

export const encodeHeld = (references: number[]): Uint8Array => new Uint8Array(Uint32Array.from(references).buffer);

function decodeHeld(bytes: Uint8Array | undefined): number[] {
  const held = bytes?.slice();
  return held ? [...new Uint32Array(held.buffer, 0, held.length >> 2)] : [];
}

/** Before the name of the run: when, and the length of that name. */
const JOURNAL_HEAD = 12;

/** @returns a call as a stored program has it, with the rest of what is known of it */
export function encodeCall({ message, since = 0, run = "" }: NotedCall): Uint8Array {
  const label = encoder.encode(run);
  const bytes = new Uint8Array(JOURNAL_HEAD + label.length + message.length);
  const view = dataView(bytes);
  view.setFloat64(0, since, true);
  view.setUint32(8, label.length, true);
  bytes.set(label, JOURNAL_HEAD);
  bytes.set(message, JOURNAL_HEAD + label.length);
  return bytes;
}

/** @param damaged makes an error of the name of a record @throws {Error} that one */
export function decodeJournal(records: ReadonlyMap<string, Uint8Array>, damaged: (name: string) => Error): Noted {
  const calls: NotedCall[] = [];
  for (const [key, bytes] of records) {
    if (key === HELD) continue;
    const [, ticket, name] = /^(\d+) ([\w.]+)$/.exec(key) ?? [];
    const call = ticket === undefined ? undefined : decodeCall(Number(ticket), name, bytes);
    if (!call) throw damaged(key);
    calls.push(call);
  }
  return { calls: calls.sort((a, b) => a.ticket - b.ticket), held: decodeHeld(records.get(HELD)) };
}

/** @param bytes from `encodeCall` @returns undefined for others */
function decodeCall(ticket: number, name: string, bytes: Uint8Array): NotedCall | undefined {
  if (bytes.length < JOURNAL_HEAD + 4) return undefined;
  const end = JOURNAL_HEAD + u32At(bytes, 8);
  if (end + 4 > bytes.length) return undefined;
  const run = lenient.decode(bytes.subarray(JOURNAL_HEAD, end));
  return { ticket, name, since: dataView(bytes).getFloat64(0, true), run, message: bytes.slice(end) };
}
