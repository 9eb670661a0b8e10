// In the place of the store in localStorage where the package lists all stores: the page makes that one itself.

export const localStorageStore = (): never => {
  throw new Error("this store is made by lua.mjs");
};
