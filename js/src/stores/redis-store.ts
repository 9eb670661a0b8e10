// Stores in Redis or Valkey, which many processes and machines share. The client is the caller's: the package `redis` is none of
// ours. It knows nothing about the contents of records, and nothing about when leases are taken.
import { viewBytes } from "../bytes/byte-string.ts";
import { sizeOf } from "./changes.ts";
import { holderOf, outlive } from "./lease-holder.ts";
import {
  type Lease,
  type Outcome,
  type SharedDatabase,
  type SharedOptions,
  LeasedStore,
  checkShared,
} from "./leased-store.ts";
import { CLEAR, COMMIT, LOAD, RELEASE, RETAKE, SAY_THERE, TAKE } from "./redis-scripts.ts";
import { damaged, full, unknownVersion } from "./refusals.ts";
import type { LuaStore, RecordChange } from "./store.ts";

const FORM = 1;
/** The type of bytes in the protocol of Redis, `$`. */
const BLOB = 36;

/** What is used of a client of the package `redis`. */
export interface RedisClient {
  sendCommand(command: any, options?: any): Promise<any>;
  on?(event: "error", listener: (error: Error) => void): unknown;
}

export interface RedisOptions extends SharedOptions {
  /** What the keys in Redis begin with. Default "lua:". */
  prefix?: string;
}

/**
 * @param client of the package `redis`, connected: not one of a cluster
 * @returns a store in the keys `<prefix>store:<name>` and `<prefix>records:<name>`, two hashes
 * @throws {TypeError} options that make no sense
 */
export function redisStore(client: RedisClient, options: RedisOptions = {}): LuaStore {
  const { name, lease, patience } = checkShared(options);
  const { prefix = "lua:" } = options;
  if (typeof prefix !== "string") throw new TypeError("prefix is what keys in Redis begin with: a string");
  if (typeof client?.sendCommand !== "function") {
    throw new TypeError("redisStore takes a client of the package redis: what was given has no method sendCommand()");
  }
  outlive(client);
  const database = new RedisDatabase(client, name, prefix);
  return new LeasedStore(database, holderOf(client, prefix, lease, database.sayThere), patience);
}

class RedisDatabase implements SharedDatabase {
  readonly label: string;
  readonly #client: RedisClient;
  readonly #keys: string[];
  readonly #holders: string;

  constructor(client: RedisClient, name: string, prefix: string) {
    this.label = `Redis store '${name}'`;
    this.#client = client;
    this.#keys = [`${prefix}store:${name}`, `${prefix}records:${name}`];
    this.#holders = `${prefix}holder:`;
  }

  #run(script: string, ...args: unknown[]): Promise<any> {
    const command = ["EVAL", script, "2", ...this.#keys, ...args.map(asArgument)];
    return this.#client.sendCommand(command, AS_BYTES);
  }

  sayThere = async (holder: string, lease: number): Promise<void> => {
    await this.#client.sendCommand(["EVAL", SAY_THERE, "1", this.#holders + holder, String(lease)]);
  };

  async take(owner: string): Promise<Lease | null> {
    return leaseIn(await this.#run(TAKE, owner, this.#holders));
  }

  async retake(owner: string): Promise<Lease | null> {
    return leaseIn(await this.#run(RETAKE, owner));
  }

  async release(owner: string): Promise<void> {
    await this.#run(RELEASE, owner);
  }

  async load(): Promise<[string, Uint8Array][]> {
    const [form, found] = await this.#run(LOAD);
    const known = Number(form ? textOf(form) : FORM);
    if (known > FORM) throw unknownVersion(this.label, `its layout is ${known}, and ${FORM} is known here`);
    if (form && !(known >= 1)) throw damaged(this.label, "its layout is not one of ours");
    const records: [string, Uint8Array][] = [];
    for (let i = 0; i < found.length; i += 2) records.push([textOf(found[i]), viewBytes(found[i + 1])]);
    return records;
  }

  async commit(
    owner: string,
    lease: Lease,
    changes: RecordChange[],
    known: (Uint8Array | undefined)[],
  ): Promise<Outcome> {
    const deleted = changes.filter(({ bytes }) => !bytes).map(({ name }) => name);
    const put = changes.filter(({ bytes }) => bytes).flatMap(({ name, bytes }) => [name, bytes!]);
    const headers = known.map(header => header ?? "");
    const counted = [headers.length, ...headers, deleted.length, ...deleted];
    const written = this.#run(COMMIT, owner, lease.fence, lease.commits, ...counted, ...put);
    return textOf(
      await written.catch(cause => {
        throw /^OOM /.test(cause?.message) ? full(this.label, sizeOf(changes), cause) : cause;
      }),
    ) as Outcome;
  }

  async clear(owner: string, lease: Lease): Promise<Outcome> {
    return textOf(await this.#run(CLEAR, owner, lease.fence, lease.commits)) as Outcome;
  }

  mayPass(cause: any): boolean {
    // What the server answers with begins with a word in capitals; it has done nothing then.
    const message = String(cause?.message);
    if (/^[A-Z]{2,} /.test(message)) return /^(LOADING|BUSY|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN) /.test(message);
    return !(cause instanceof TypeError) && cause?.name !== "ClientClosedError";
  }
}

/** Buffers, of which only Node and its like know, and the package `redis` is for these. */
const BytesOf = (globalThis as { Buffer?: { from(buffer: ArrayBufferLike, at: number, length: number): Uint8Array } })
  .Buffer;

/** For version 4 of the package, and for later ones. */
const AS_BYTES = { returnBuffers: true, typeMapping: { [BLOB]: BytesOf } };

function asArgument(value: unknown): unknown {
  if (value instanceof Uint8Array && BytesOf) return BytesOf.from(value.buffer, value.byteOffset, value.byteLength);
  return String(value);
}

const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

const leaseIn = (found: number[] | null): Lease | null =>
  found ? { fence: Number(found[0]), commits: Number(found[1]) } : null;
