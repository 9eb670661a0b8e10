// Many changes of records as one array of bytes: to be kept, or sent to another thread, as one thing. It knows nothing
// about the contents of records.

import type { Bytes } from "../bytes/byte-string.ts";
import type { RecordChange } from "./store.ts";
/** The size that says that a record is deleted. */
export const DELETED = 0xffffffff;

export interface Packed {
  names: string[];
  /** Bytes of each, or DELETED. */
  sizes: Uint32Array<ArrayBuffer>;
  /** Of all, one after the other. */
  bytes: Bytes;
}

export function packChanges(changes: RecordChange[]): Packed {
  const names = changes.map(({ name }) => name);
  const sizes = Uint32Array.from(changes, ({ bytes }) => (bytes ? bytes.length : DELETED));
  const packed = new Uint8Array(changes.reduce((size, { bytes }) => size + (bytes?.length ?? 0), 0));
  let at = 0;
  for (const { bytes } of changes) {
    if (!bytes) continue;
    packed.set(bytes, at);
    at += bytes.length;
  }
  return { names, sizes, bytes: packed };
}

/** @returns the changes, whose bytes share its memory; undefined for bytes that are not whole */
export function unpackChanges({ names, sizes, bytes }: Packed): RecordChange[] | undefined {
  let at = 0;
  const take = (size: number) => bytes.subarray(at, (at += size));
  const changes = names.map((name, i) => ({ name, bytes: sizes[i] === DELETED ? null : take(sizes[i]) }));
  return names.length === sizes.length && at === bytes.length ? changes : undefined;
}
