// For stores of your own: the interface, the errors that stores throw, and functions that they share.
export { checksum64, hex64, type Sum64 } from "./bytes/checksum.ts";
export { applyChanges, isSame } from "./stores/changes.ts";
export { indexedDbStore } from "./stores/indexed-db-store.ts";
export { localStorageStore } from "./stores/local-storage-store.ts";
export { memoryStore } from "./stores/memory-store.ts";
export { busy, changedElsewhere, damaged, failed, full, isQuota, readOnly, unknownVersion } from "./stores/refusals.ts";
export { postgresStore, type PostgresClient, type PostgresOptions } from "./stores/postgres-store.ts";
export { redisStore, type RedisClient, type RedisOptions } from "./stores/redis-store.ts";
export type { SharedOptions } from "./stores/leased-store.ts";
export { StoreError, type StoreErrorKind } from "./stores/store-error.ts";
export type { LuaStore, RecordChange, StoreLock, StoreOptions, StoreRecords, WhenBusy } from "./stores/store.ts";
