// Many changes of records as one array of bytes: to be kept, or sent to another thread, as one thing. It knows nothing
// of what records hold.

/** The size that says that a record is deleted. */
const DELETED = 0xffffffff;

/**
 * @typedef {object} Packed
 * @property {string[]} names
 * @property {Uint32Array} sizes bytes of each, or DELETED
 * @property {Uint8Array} bytes of all, one after the other
 */

/** @param {RecordChange[]} changes @returns {Packed} */
export function packChanges(changes) {
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

/** @param {Packed} packed @returns {RecordChange[] | undefined} parts of its bytes; undefined for what is not whole */
export function unpackChanges({ names, sizes, bytes }) {
  let at = 0;
  const take = (size) => bytes.subarray(at, (at += size));
  const changes = names.map((name, i) => ({ name, bytes: sizes[i] === DELETED ? null : take(sizes[i]) }));
  return names.length === sizes.length && at === bytes.length ? changes : undefined;
}
