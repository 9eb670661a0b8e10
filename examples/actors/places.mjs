// Where actors are kept, and written down with when they are due: PostgreSQL, or files of SQLite. All processes look there, so that
// an actor wakes though its process has died.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { sqliteStore } from "../../js/dist/node.js";
import { postgresStore } from "../../js/dist/stores.js";

/** Milliseconds until somebody looks after an actor that was opened, or claimed, and not heard of since. */
const SOON = 3000;
/** Milliseconds after which others take over from a process that has died. */
const LEASE = 2000;
/** How many are woken at once. */
const MOST = 100;

/**
 * @typedef {object} Place
 * @property {(name: string) => import("../../js/dist/stores.js").LuaStore} storeOf
 * @property {(name: string, due: number | null) => Promise<void>} write that one is due, as Date.now(), or never
 * @property {() => Promise<string[]>} claim those that are due, for some seconds: the others do not get them meanwhile
 * @property {() => Promise<void>} close
 */

/** @param {string} address `postgres://…`, or a folder @returns {Promise<Place>} */
export function openPlace(address) {
  return /^postgres(ql)?:/.test(address) ? openPostgres(address) : openFolder(address);
}

/** Due as soon as it is opened, in case its process dies. */
export const soon = () => Date.now() + SOON;

async function openPostgres(connectionString) {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString, max: 4 });
  pool.on("error", () => {});
  await pool.query(`
    SELECT pg_advisory_xact_lock(1);
    CREATE TABLE IF NOT EXISTS actors (name text PRIMARY KEY, due double precision);
    CREATE INDEX IF NOT EXISTS actors_due ON actors (due)`);
  return {
    storeOf: name => postgresStore(pool, { name, lease: LEASE }),
    write: (name, due) =>
      pool.query("INSERT INTO actors VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET due = excluded.due", [name, due]),
    claim: async () => {
      const { rows } = await pool.query(
        `UPDATE actors SET due = $1 WHERE name IN
          (SELECT name FROM actors WHERE due <= $2 ORDER BY due LIMIT ${MOST} FOR UPDATE SKIP LOCKED) RETURNING name`,
        [soon(), Date.now()],
      );
      return rows.map(({ name }) => name);
    },
    close: () => pool.end(),
  };
}

/** @returns {Promise<any>} a class as that of node:sqlite */
async function findSqlite() {
  for (const name of ["node:sqlite", "better-sqlite3", "libsql"]) {
    const found = await import(name).catch(() => null);
    if (found) return found.DatabaseSync ?? found.default;
  }
  throw new Error(
    "there is no SQLite: Node 22.5 and later have it; before, install the package better-sqlite3 or libsql",
  );
}

/** A file for each actor, and one for all. */
async function openFolder(folder) {
  mkdirSync(folder, { recursive: true });
  const Sqlite = await findSqlite();
  const database = new Sqlite(path.join(folder, "actors.sqlite"));
  database.exec("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec("CREATE TABLE IF NOT EXISTS actors (name TEXT PRIMARY KEY, due REAL)");
  database.exec("CREATE INDEX IF NOT EXISTS actors_due ON actors (due)");
  const write = database.prepare(
    "INSERT INTO actors VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET due = excluded.due",
  );
  const claim = database.prepare(
    `UPDATE actors SET due = ? WHERE name IN (SELECT name FROM actors WHERE due <= ? ORDER BY due LIMIT ${MOST}) RETURNING name`,
  );
  return {
    storeOf: name => sqliteStore(path.join(folder, `${name}.sqlite`), { Database: Sqlite }),
    write: async (name, due) => void write.run(name, due),
    claim: async () => claim.all(soon(), Date.now()).map(({ name }) => name),
    close: async () => database.close(),
  };
}
