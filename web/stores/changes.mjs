// What every kind of store does with bytes and with changes of records. It knows nothing of what they hold.

/** @param {Map<string, Uint8Array>} records is changed @param {Iterable<RecordChange>} changes */
export function applyChanges(records, changes) {
  for (const { name, bytes } of changes) {
    if (bytes) records.set(name, bytes);
    else records.delete(name);
  }
}

/** @param {Uint8Array} [a] @param {Uint8Array} [b] @returns {boolean} whether they are the same bytes, or both absent */
export function isSame(a, b) {
  if (!a || !b) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
