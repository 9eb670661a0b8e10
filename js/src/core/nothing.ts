// A Map and a Set that are empty, for all that have nothing in theirs yet: on a server most Luas never have, and there are thousands.

/** Everybody's: who adds something takes what `ownMap` gives. */
export const NO_MAP: Map<any, any> = /* @__PURE__ */ new Map();
export const NO_SET: Set<any> = /* @__PURE__ */ new Set();

/** @returns the same, or a new one in place of everybody's */
export const ownMap = <K, V>(map: Map<K, V>): Map<K, V> => (map === NO_MAP ? new Map<K, V>() : map);

/** @returns the same, or a new one in place of everybody's */
export const ownSet = <T>(set: Set<T>): Set<T> => (set === NO_SET ? new Set<T>() : set);
