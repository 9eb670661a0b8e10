// Bytes and changes of records, as every kind of store treats them. It knows nothing about their contents.
import type { RecordChange } from "./store.ts";

/** @returns bytes of names and values */
export const sizeOf = (changes: Iterable<RecordChange>): number =>
  Array.from(changes, ({ name, bytes }) => name.length + (bytes?.length ?? 0)).reduce((sum, size) => sum + size, 0);

/** @param records is changed */
export function applyChanges(records: Map<string, Uint8Array>, changes: Iterable<RecordChange>) {
  for (const { name, bytes } of changes) {
    if (bytes) records.set(name, bytes);
    else records.delete(name);
  }
}

/** @returns whether they are the same bytes, or both absent */
export function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (!a || !b) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
