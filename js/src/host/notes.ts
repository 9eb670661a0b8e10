// What an image has of functions of the host: the calls that wait, and the functions of Lua that are held.
import { byteString, bytesOf } from "../bytes/byte-string.ts";
import { encoder, lenient } from "../bytes/utf8.ts";

/** The key of the held functions; those of calls are their tickets. */
const HELD = "held";

/** A call that waits. */
export interface NotedCall {
  ticket: number;
  name: string;
  /** Of the arguments. */
  message: Uint8Array;
}

export interface Noted {
  calls: NotedCall[];
  /** References. */
  held: number[];
}

/** @returns by byte strings */
export function encodeNotes({ calls, held }: Noted): Map<string, Uint8Array> {
  const notes = new Map<string, Uint8Array>();
  if (held.length > 0) notes.set(HELD, new Uint8Array(Uint32Array.from(held).buffer));
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
  const held = notes.get(HELD)?.slice();
  return { calls, held: held ? [...new Uint32Array(held.buffer, 0, held.length >> 2)] : [] };
}
