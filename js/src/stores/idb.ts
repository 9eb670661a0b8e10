// The package idb. The build includes all of it here, because a page without a bundler cannot find packages by name.
export { deleteDB, openDB } from "idb";
