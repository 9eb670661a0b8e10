// What there is in a message, without reading its values.
import { u32At } from "../bytes/byte-string.ts";
import { encoder } from "../bytes/utf8.ts";
import { BACK_REFERENCE, BOOLEAN, FLOAT, HELD, INLINE, INTEGER, NIL, TABLE } from "../core/ids.ts";

/** The key of the token of an exposed object, in a table that has nothing else. */
export const TOKEN_KEY = "\0exposed";
const TOKEN_KEY_BYTES = encoder.encode(TOKEN_KEY);

/** Whether a message has such a key. */
export function hasToken(message: Uint8Array): boolean {
  for (let at = message.indexOf(0); at >= 0; at = message.indexOf(0, at + 1)) {
    if (TOKEN_KEY_BYTES.every((byte, i) => message[at + i] === byte)) return true;
  }
  return false;
}

/** What to know of a message that is passed on as it is. */
export interface Scanned {
  /** References of Lua functions in it. */
  references: number[];
  /** Whether something in it is only shown, and so cannot go back. */
  hasShown: boolean;
}

/** Bytes of values that are not counted, by tag. */
const SIZES: Record<number, number> = {
  [NIL]: 1,
  [BOOLEAN]: 2,
  [INTEGER]: 9,
  [FLOAT]: 9,
  [TABLE]: 5,
  [INLINE]: 5,
  [BACK_REFERENCE]: 5,
  [HELD]: 5,
};

/** @param message of lua.wasm @param from where its first value begins */
export function scan(message: Uint8Array, from: number = 4): Scanned {
  const found: Scanned = { references: [], hasShown: false };
  for (let at = from; at < message.length;) {
    const tag = message[at];
    if (tag === HELD) found.references.push(u32At(message, at + 1));
    if (tag > BACK_REFERENCE && tag < HELD) found.hasShown = true;
    at += SIZES[tag] ?? 5 + u32At(message, at + 1);
  }
  return found;
}
