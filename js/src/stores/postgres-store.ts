// Stores in PostgreSQL, which many processes and machines share. The client is the caller's: the package `pg` is none of ours.
// It knows nothing about the contents of records, and nothing about when leases are taken.
import { viewBytes } from "../bytes/byte-string.ts";
import { holderOf, outlive } from "./lease-holder.ts";
import {
  type Lease,
  type Outcome,
  type SharedDatabase,
  type SharedOptions,
  LeasedStore,
  checkShared,
} from "./leased-store.ts";
import { packChanges } from "./packed-changes.ts";
import { type Sql, sqlOf } from "./postgres-sql.ts";
import { HEADER } from "./records.ts";
import { full, unknownVersion } from "./refusals.ts";
import type { LuaStore, RecordChange } from "./store.ts";

const FORM = 1;
/** Milliseconds by which a connection is given up on later than what was asked for by it. */
const LATER = 1000;

/** What is used of a `Pool` or `Client` of the package `pg`. */
export interface PostgresClient {
  query(config: { text: string; values?: any[] }): Promise<{ rows: any[] }>;
  on?(event: "error", listener: (error: Error) => void): unknown;
}

export interface PostgresOptions extends SharedOptions {
  /** Of the tables. Default: the first in the client's search path. */
  schema?: string;
}

/**
 * @param client a `Pool` of the package `pg`, which connects again by itself; or a `Client`
 * @returns a store in the tables lua_holders, lua_stores and lua_records, which are made when they are missing
 * @throws {TypeError} options that make no sense
 */
export function postgresStore(client: PostgresClient, options: PostgresOptions = {}): LuaStore {
  const { name, lease, patience } = checkShared(options);
  if (typeof client?.query !== "function") {
    throw new TypeError(
      "postgresStore takes a Pool or a Client of the package pg: what was given has no method query()",
    );
  }
  outlive(client);
  const sql = sqlOf(options.schema);
  const database = new PostgresDatabase(client, name, patience, sql);
  return new LeasedStore(database, holderOf(client, sql.holders, lease, database.sayThere), patience);
}

class PostgresDatabase implements SharedDatabase {
  readonly label: string;
  readonly #client: PostgresClient;
  readonly #name: string;
  readonly #patience: number;
  readonly #sql: Sql;

  constructor(client: PostgresClient, name: string, patience: number, sql: Sql) {
    this.label = `PostgreSQL store '${name}'`;
    this.#client = client;
    this.#name = name;
    this.#patience = patience;
    this.#sql = sql;
  }

  async #query(text: string, values?: unknown[]): Promise<any[]> {
    // So that a pool does not keep a connection for ever that does not answer.
    const config = { text, values, query_timeout: this.#patience + LATER };
    return (await this.#client.query(config)).rows;
  }

  /** The first that is asked of a database. */
  sayThere = async (holder: string, lease: number): Promise<void> => {
    const say = () => this.#query(this.#sql.sayThere, [holder, lease]);
    await say().catch(async cause => {
      if (cause?.code !== "42P01") throw cause;
      await this.#query(this.#sql.create);
      await say();
    });
  };

  async take(owner: string): Promise<Lease | null> {
    return leaseIn(await this.#query(this.#sql.take, [this.#name, owner]));
  }

  async retake(owner: string): Promise<Lease | null> {
    return leaseIn(await this.#query(this.#sql.retake, [this.#name, owner]));
  }

  async release(owner: string): Promise<void> {
    await this.#query(this.#sql.release, [this.#name, owner]);
  }

  async load(): Promise<[string, Uint8Array][]> {
    const [store, ...records] = await this.#query(this.#sql.load, [this.#name]);
    if (!store) return [];
    if (store.form > FORM) throw unknownVersion(this.label, `its layout is ${store.form}, and ${FORM} is known here`);
    const found = records.map(({ name, bytes }): [string, Uint8Array] => [name, viewBytes(bytes)]);
    return store.bytes ? [...found, [HEADER, viewBytes(store.bytes)]] : found;
  }

  async commit(
    owner: string,
    lease: Lease,
    changes: RecordChange[],
    known: (Uint8Array | undefined)[],
  ): Promise<Outcome> {
    const header = changes.at(-1)!.bytes;
    const others = changes.slice(0, -1);
    const deleted = others.filter(({ bytes }) => !bytes).map(({ name }) => name);
    const { names, sizes, bytes } = packChanges(others.filter(change => change.bytes));
    const headers = known.filter(each => each !== undefined);
    const values = [headers, headers.length < known.length, header, deleted, names, placesOf(sizes), [...sizes], bytes];
    return this.#write(this.#sql.commit, owner, lease, values).catch(cause => {
      throw cause?.code === "53100" ? full(this.label, bytes.length, cause) : cause;
    });
  }

  clear(owner: string, lease: Lease): Promise<Outcome> {
    return this.#write(this.#sql.clear, owner, lease, []);
  }

  async #write(text: string, owner: string, { fence, commits }: Lease, more: unknown[]): Promise<Outcome> {
    const written = await this.#query(text, [this.#name, owner, fence, commits, ...more]);
    if (written.length > 0) return "made";
    const [now] = await this.#query(this.#sql.look, [this.#name]);
    if (now?.owner !== owner || Number(now.fence) !== fence) return "lost";
    return Number(now.commits) < commits ? "behind" : "changed";
  }

  mayPass(cause: any): boolean {
    // All errors that the server answers with have a severity, and none but these leave open what was done.
    if (typeof cause?.severity === "string") return /^(08|57P|53300|40001|40P01)/.test(cause.code);
    return !(cause instanceof TypeError) && !/not queryable|after calling end/.test(cause?.message);
  }
}

const leaseIn = ([row]: any[]): Lease | null =>
  row ? { fence: Number(row.fence), commits: Number(row.commits) } : null;

/** @returns where each begins, from 1 on */
function placesOf(sizes: Uint32Array): number[] {
  let at = 1;
  return Array.from(sizes, size => (at += size) - size);
}
