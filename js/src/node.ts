// For Node and its like: stores in files.
export { folderStore } from "./node/folder-store.ts";
export { sqliteStore } from "./node/sqlite-store.ts";
