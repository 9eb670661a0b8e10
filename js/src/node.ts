// For Node and its like: stores in files.
export { sqliteStore } from "./node/sqlite-store.ts";
