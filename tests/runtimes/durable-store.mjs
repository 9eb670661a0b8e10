// A store in the SQLite database of a Durable Object. The object is the only one who has it, so it needs no lock.

/** @param storage `ctx.storage` of the object @returns {import("lua-persistent").LuaStore} */
export function durableStore(storage) {
  const { sql } = storage;
  sql.exec("CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, bytes BLOB)");
  const headers = () => [...sql.exec("SELECT bytes FROM records WHERE name = 'header'")];
  const apply = ({ name, bytes }) =>
    bytes
      ? sql.exec("INSERT OR REPLACE INTO records VALUES (?, ?)", name, bytes)
      : sql.exec("DELETE FROM records WHERE name = ?", name);
  return {
    label: "Durable Object",
    load: () =>
      [...sql.exec("SELECT name, bytes FROM records")].map(({ name, bytes }) => [name, new Uint8Array(bytes)]),
    commit: (changes, known) =>
      storage.transactionSync(() => {
        const [header] = headers().map(({ bytes }) => String(new Uint8Array(bytes)));
        if (!known.map(each => each && String(each)).includes(header))
          throw new Error("someone else has written to it");
        changes.forEach(apply);
      }),
    clear: () => void sql.exec("DELETE FROM records"),
  };
}
