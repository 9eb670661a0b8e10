// What a store is given as localStorage where there is none.

/** A Storage without a quota. */
export function mapStorage() {
  const items = new Map();
  return {
    get length() {
      return items.size;
    },
    key: index => [...items.keys()][index] ?? null,
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: key => void items.delete(key),
  };
}
