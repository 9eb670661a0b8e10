// The ids of external tables that have a meaning, and the tags of the wire format (docs/abi.md section 6), in one place.
import { u32At } from "../bytes/byte-string.ts";

/** The catalogue of all tables: their names, and the next free id. Table 1 is `Memory`. */
export const CATALOGUE = 0;
export const MEMORY = 1;
/** Ids stay below this; the catalogue's `next` may reach it. */
export const LAST_ID = 2 ** 31;
/** Of the optional host services. Nothing is ever stored there, and no table has this id or a larger one. */
export const SERVICES = 0xffffffff;

/** The beginning of a name's key in the catalogue. */
export const NAME = "name:";

/** Tags: the first byte of a value, and of a key that is not its own bytes. */
export const NIL = 0;
export const BOOLEAN = 1;
export const INTEGER = 2;
export const FLOAT = 3;
export const STRING = 4;
export const FUNCTION = 5;
export const CLOSURE = 6;
export const TABLE = 7;
/** Those of messages beside these: a table with its fields, one that was there before, and text. */
export const INLINE = 8;
export const BACK_REFERENCE = 9;
export const SHOWN = 10;
/** A Lua function that the host holds by this reference, and the host's function of this name. */
export const HELD = 11;
export const NAMED = 12;

/** Whether a table can have this id: the services and 0 cannot. */
export const isTableId = (id: number): boolean => id !== CATALOGUE && id !== SERVICES;

/** Whether these are the bytes of nil. The module never writes them; stores of the Zig build have some. */
export const isNil = (bytes: Uint8Array): boolean => bytes.length === 1 && bytes[0] === NIL;

const REFERENCE_SIZE = 5;

export const isReference = (bytes: Uint8Array): boolean => bytes.length === REFERENCE_SIZE && bytes[0] === TABLE;
export const isReferenceKey = (key: string): boolean => key.length === REFERENCE_SIZE && key.charCodeAt(0) === TABLE;

/** The id in a reference, and that in an integer of the catalogue. */
export const idIn = (bytes: Uint8Array): number => u32At(bytes, 1);
export const idInKey = (key: string): number =>
  (key.charCodeAt(1) | (key.charCodeAt(2) << 8) | (key.charCodeAt(3) << 16) | (key.charCodeAt(4) << 24)) >>> 0;
