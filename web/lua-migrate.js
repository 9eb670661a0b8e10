// Brings stores of the earlier build, written in Zig, to the keys of this one.
// A part of LuaPersistent: include it after lua-persistent.js, lua-codec.js and lua-tables.js.
(() => {
  "use strict";

  const { parts } = globalThis.LuaPersistent;
  const { encodeKey, decodeKey, decodeValue, Fault } = parts.codec;

  const CATALOGUE = 0;
  /** The catalogue's note that the store was migrated: text that looks like a number is text from then on. */
  const MIGRATED = "migrated";
  /** Tables as plain ids: reading needs no views. */
  const IDS = { view: (id) => ({ id }), idOf: ({ id }) => id };
  const DECIMAL = /^(0|-?[1-9][0-9]{0,18})$/;

  /**
   * @typedef {{table: number, key: unknown}} Field
   * @typedef {object} Migration
   * @property {number} integerKeys how many keys became integers
   * @property {number} stringKeys how many became canonical strings: empty ones, and those that start below 8
   * @property {number} nils fields that held nil, and are gone
   * @property {Field[]} unreadable fields with functions or damaged values: they stay, and reading one is an Error
   * @property {Field[]} conflicts fields whose new key was taken: under the key given here they are now
   */

  /**
   * Integer keys were text then: "7" becomes 7. Whether it was the text once, cannot be known; nor whether bytes that
   * are a key of the present form, such as 01 00 for false, were text. These stay as they are.
   * Tables that have no catalogue yet get one, with the names `table:<id>`. All or nothing. The catalogue notes that
   * it was done: text of digits that is written later stays text.
   * @param {Store} store
   * @returns {Migration} nothing but zeros when it was done before
   */
  function migrate(store) {
    const { tables } = store;
    const summary = { integerKeys: 0, stringKeys: 0, nils: 0, unreadable: [], conflicts: [] };
    if (tables.get(CATALOGUE, MIGRATED)) return summary;
    // Throws when the catalogue is damaged: before anything is changed.
    store.next();
    for (const [id, table] of [...tables.entries()]) {
      if (id === CATALOGUE) continue;
      for (const [key, bytes] of [...table]) migrateField(store, id, key, bytes, summary);
    }
    tables.set(CATALOGUE, MIGRATED, Uint8Array.of(1, 1));
    return summary;
  }

  function migrateField(store, id, key, bytes, summary) {
    const { tables } = store;
    if (bytes.length === 1 && bytes[0] === 0) {
      tables.delete(id, key);
      summary.nils++;
      return;
    }
    const to = newPlace(store, id, key, summary);
    if (to !== key) {
      tables.delete(id, key);
      tables.set(id, to, bytes);
    }
    store.noteSize(bytes.length);
    if (!reads(() => decodeValue(bytes, IDS))) summary.unreadable.push({ table: id, key: decodeKey(to, store) });
  }

  /** The key that a field gets; counted. */
  function newPlace(store, id, key, summary) {
    const isTaken = (to) => store.tables.get(id, to) !== undefined;
    const isInteger = DECIMAL.test(key) && BigInt.asIntN(64, BigInt(key)) === BigInt(key);
    if (!isInteger && reads(() => decodeKey(key, IDS))) return key;
    let to = isInteger ? encodeKey(BigInt(key), store) : stringKey(key, store);
    if (!isTaken(to)) {
      summary[isInteger ? "integerKeys" : "stringKeys"]++;
      return to;
    }
    // The text "7" is a good key as it is. Any other would be malformed, so it gets a prefix.
    to = key;
    while (!isInteger && isTaken(to)) to = `old:${to}`;
    summary.conflicts.push({ table: id, key: decodeKey(to, store) });
    return to;
  }

  const stringKey = (key, store) => encodeKey(parts.bytesOf(key), store);

  function reads(decode) {
    try {
      decode();
      return true;
    } catch (cause) {
      if (cause instanceof Fault) return false;
      throw cause;
    }
  }

  parts.migrate = migrate;
})();
