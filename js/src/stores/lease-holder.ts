// Who has leases of stores in a database that several processes share: one holder for each process and client, which says again
// and again that it is there. So a thousand open stores cost no more than one. It knows no kind of database.
import { rest } from "../core/environment.ts";
import { within } from "./pause.ts";

/** Says in the database that the holder is there, for so many milliseconds by the database's clock. */
export type SayThere = (holder: string, lease: number) => Promise<void>;

export class LeaseHolder {
  /** Of this process alone: two that restored the same backup of a database are still two. */
  readonly id = newId();
  readonly #lease: number;
  readonly #say: SayThere;
  #stores = 0;
  #owners = 0;
  #saidAt = -Infinity;
  #saying: Promise<void> | null = null;
  /** Leases that could not be given back: as long as this holder is there, they do not end by themselves. */
  #owed = new Set<() => Promise<void>>();
  #paying: Promise<void> | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param lease milliseconds for which it counts as there after it said so */
  constructor(lease: number, say: SayThere) {
    this.#lease = lease;
    this.#say = say;
  }

  /** Begins to be there, for one more store. @param patience milliseconds in which the database has to answer */
  async enter(patience: number): Promise<void> {
    if (this.#owed.size > 0 || Date.now() - this.#saidAt > this.#lease / 3) await this.#sayNow(patience);
    await this.#paying;
    if (this.#stores++ > 0) return;
    this.#timer = setInterval(() => void this.#sayNow(this.#lease).catch(() => {}), this.#lease / 3);
    rest(this.#timer);
  }

  /** @returns a name for one opening of a store, which says who holds its lease */
  newOwner(): string {
    return `${this.id}:${++this.#owners}`;
  }

  /** @param pay gives a lease back; it is called whenever the database answers again, until it is not rejected */
  owe(pay: () => Promise<void>): void {
    this.#owed.add(pay);
  }

  /** For one store less. What it said lapses by itself. */
  leave(): void {
    if (--this.#stores === 0) clearInterval(this.#timer);
  }

  /** One at a time: those that a slow database has not answered must not pile up. */
  #sayNow(patience: number): Promise<void> {
    const at = Date.now();
    this.#saying ??= within(patience, this.#say(this.id, this.#lease))
      .then(() => {
        this.#saidAt = at;
        this.#paying ??= this.#pay().finally(() => (this.#paying = null));
      })
      .finally(() => (this.#saying = null));
    return this.#saying;
  }

  async #pay(): Promise<void> {
    for (const pay of this.#owed) {
      try {
        await pay();
      } catch {
        return;
      }
      this.#owed.delete(pay);
    }
  }
}

const holders = new WeakMap<object, Map<string, LeaseHolder>>();

/**
 * @param place where in the database it says that it is there
 * @returns that of this process, the same for all stores of a client and place with leases as long
 */
export function holderOf(client: object, place: string, lease: number, say: SayThere): LeaseHolder {
  const ofClient = holders.get(client) ?? new Map<string, LeaseHolder>();
  holders.set(client, ofClient);
  const key = `${lease} ${place}`;
  const holder = ofClient.get(key) ?? new LeaseHolder(lease, say);
  ofClient.set(key, holder);
  return holder;
}

const heard = new WeakSet<object>();

/** A connection that ends while nobody uses it must not end the process: whoever uses it next is told. */
export function outlive(client: { on?(event: string, listener: (...args: any[]) => void): unknown }): void {
  if (heard.has(client)) return;
  heard.add(client);
  client.on?.("error", () => {});
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
}
