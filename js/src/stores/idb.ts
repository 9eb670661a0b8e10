// The package idb, which the build puts here whole: a page without a bundler finds no packages by their names.
export { deleteDB, openDB } from "idb";
