// For Node and its like: stores and modules in files, and pools of many Luas.
export { folderStore } from "./node/folder-store.ts";
export { sqliteStore, type SqliteDatabase, type SqliteOptions } from "./node/sqlite-store.ts";
export { moduleFolder } from "./node/module-folder.ts";
export { LuaPool } from "./pool/lua-pool.ts";
export type { PoolStatistics } from "./pool/metrics.ts";
export type { PoolOptions } from "./pool/pool-options.ts";
