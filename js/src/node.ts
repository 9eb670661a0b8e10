// For Node and its like: stores and modules in files.
export { folderStore } from "./node/folder-store.ts";
export { sqliteStore, type SqliteDatabase, type SqliteOptions } from "./node/sqlite-store.ts";
export { moduleFolder } from "./node/module-folder.ts";
