// A store in a database that several machines share: one writer at a time, who holds a lease with a number. Each commit names that
// number and its own, so that one who was paused, or a commit that was long under way, changes nothing any more. When a
// connection breaks in a commit, it finds out whether that was made. It knows no kind of database.
import type { Signal } from "../core/platform.ts";
import type { LeaseHolder } from "./lease-holder.ts";
import { NoAnswer, pause, within } from "./pause.ts";
import { busy, changedElsewhere, rolledBack, takenOver, unsure } from "./refusals.ts";
import { StoreError } from "./store-error.ts";
import type { LuaStore, RecordChange, StoreLock, WhenBusy } from "./store.ts";

/** Milliseconds between two tries: to get a lease, or an answer again. */
const [SOON, SELDOM] = [20, 400];

/** What the writer names in a commit. */
export interface Lease {
  /** Grows whenever anybody gets the lease, and whenever its holder has to make sure that nothing old comes any more. */
  fence: number;
  /** How many commits there were, ever. */
  commits: number;
}

/** Options of stores in databases that several processes share. */
export interface SharedOptions {
  /** Of the store. Default "default". */
  name?: string;
  /** Milliseconds until others may take the store over when its writer does not answer any more. Default 15,000. */
  lease?: number;
  /** Milliseconds in which a commit tries to get through, or to find out whether it did. Default 10,000. */
  patience?: number;
}

/** "lost": another has the lease. "changed": the header is none of those known. "behind": commits are missing. */
export type Outcome = "made" | "lost" | "changed" | "behind";

/** One store in a database. Each of these is done as a whole or not at all. */
export interface SharedDatabase {
  readonly label: string;
  /** @param owner `<id of the holder>:<number of the opening>` @returns null while another has the lease, and is there */
  take(owner: string): Promise<Lease | null>;
  /** A lease with a new number, for whoever has it. @returns null for others */
  retake(owner: string): Promise<Lease | null>;
  release(owner: string): Promise<void>;
  /** All of one moment. */
  load(): Promise<[string, Uint8Array][]>;
  commit(owner: string, lease: Lease, changes: RecordChange[], known: (Uint8Array | undefined)[]): Promise<Outcome>;
  clear(owner: string, lease: Lease): Promise<Outcome>;
  /** Whether an error may pass: the connection broke, or the server was not ready. What was asked for may have been done. */
  mayPass(cause: unknown): boolean;
}

/** @throws {TypeError} options that make no sense */
export function checkShared({ name = "default", lease = 15_000, patience = 10_000 }: SharedOptions) {
  if (typeof name !== "string" || name.length < 1 || name.length > 500 || name.includes("\0")) {
    throw new TypeError("the name of a store is a string of 1 to 500 characters, none of them NUL");
  }
  for (const [option, value] of Object.entries({ lease, patience })) {
    if (Number.isInteger(value) && value >= 100 && value < 2 ** 31) continue;
    throw new TypeError(`${option} is ${String(value)}, and must be milliseconds: an integer from 100 on`);
  }
  return { name, lease, patience };
}

export class LeasedStore implements LuaStore {
  readonly label: string;
  readonly #database: SharedDatabase;
  readonly #holder: LeaseHolder;
  readonly #patience: number;
  /** This opening: another one in this process is somebody else. */
  #owner = "";
  #lease: Lease | null = null;
  /** Whether something was sent of which is not known whether it was done, or will be. */
  #isUnsure = false;

  constructor(database: SharedDatabase, holder: LeaseHolder, patience: number) {
    this.label = database.label;
    this.#database = database;
    this.#holder = holder;
    this.#patience = patience;
  }

  async lock(whenBusy: WhenBusy, signal?: Signal): Promise<StoreLock> {
    await this.#holder.enter(this.#patience);
    this.#owner = this.#holder.newOwner();
    const owner = this.#owner;
    try {
      this.#lease = await this.#take(whenBusy, signal);
    } catch (cause) {
      // It may have got the lease.
      if (this.#mayPass(cause)) this.#holder.owe(() => this.#giveBack(owner));
      throw cause;
    } finally {
      if (!this.#lease) this.#holder.leave();
    }
    if (!this.#lease && whenBusy === "refuse") throw busy(this.label);
    return { readOnly: !this.#lease, release: () => this.#release() };
  }

  async #take(whenBusy: WhenBusy, signal?: Signal): Promise<Lease | null> {
    for (let wait = SOON; ; wait = Math.min(SELDOM, wait * 2)) {
      const lease = await this.#answered(this.#database.take(this.#owner));
      if (lease || whenBusy !== "wait") return lease;
      await pause(wait, signal);
    }
  }

  /** Nobody has to wait because this one cannot reach the database: the lease ends with its holder, or is given back later. */
  async #release(): Promise<void> {
    if (!this.#lease) return;
    this.#lease = null;
    const owner = this.#owner;
    this.#holder.leave();
    await this.#giveBack(owner).catch(() => this.#holder.owe(() => this.#giveBack(owner)));
  }

  /** @throws {unknown} it may be possible later */
  async #giveBack(owner: string): Promise<void> {
    try {
      await this.#answered(this.#database.release(owner));
    } catch (cause) {
      if (this.#mayPass(cause)) throw cause;
    }
  }

  load(): Promise<[string, Uint8Array][]> {
    return this.#answered(this.#database.load());
  }

  commit(changes: RecordChange[], known: (Uint8Array | undefined)[]): Promise<void> {
    return this.#write(lease => this.#database.commit(this.#owner, lease, changes, known));
  }

  clear(): Promise<void> {
    return this.#write(lease => this.#database.clear(this.#owner, lease));
  }

  /** Again and again, until it is known that it was done, or cannot be. */
  async #write(send: (lease: Lease) => Promise<Outcome>): Promise<void> {
    const until = Date.now() + this.#patience;
    if (this.#isUnsure) await this.#settle(until);
    for (;;) {
      const lease = this.#held();
      try {
        this.#accept(await this.#answered(send(lease)), lease);
        return;
      } catch (cause) {
        if (!this.#mayPass(cause)) throw cause;
        this.#isUnsure = true;
        const now = await this.#settle(until, cause);
        if (now.commits > lease.commits) return;
        if (Date.now() >= until) throw cause;
      }
    }
  }

  #held(): Lease {
    if (!this.#lease) throw takenOver(this.label);
    return this.#lease;
  }

  /** @throws {StoreError} for all but "made" */
  #accept(outcome: Outcome, { fence, commits }: Lease): void {
    if (outcome === "lost") throw takenOver(this.label);
    if (outcome === "changed") throw changedElsewhere(this.label);
    if (outcome === "behind") throw rolledBack(this.label);
    this.#lease = { fence, commits: commits + 1 };
  }

  /** Makes sure that nothing sent before is done from now on. @returns a lease that says whether it was */
  async #settle(until: number, first?: unknown): Promise<Lease> {
    const { commits } = this.#held();
    for (let [wait, cause] = [SOON, first]; ; wait = Math.min(SELDOM, wait * 2)) {
      try {
        const now = await this.#answered(this.#database.retake(this.#owner));
        if (!now) throw takenOver(this.label);
        if (now.commits < commits) throw rolledBack(this.label);
        this.#isUnsure = false;
        return (this.#lease = now);
      } catch (latest) {
        if (latest instanceof StoreError) throw latest;
        cause ??= latest;
        if (!this.#mayPass(latest) || Date.now() + wait > until) throw unsure(this.label, cause);
      }
      await pause(wait);
    }
  }

  #answered<T>(task: Promise<T>): Promise<T> {
    return within(this.#patience, task);
  }

  #mayPass(cause: unknown): boolean {
    return cause instanceof NoAnswer || (!(cause instanceof StoreError) && this.#database.mayPass(cause));
  }
}
