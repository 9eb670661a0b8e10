// One name of a pool: what is asked of its Lua, in order, whether that is open or not. Its pool knows when it is opened and closed.
import type { Signal } from "../core/platform.ts";
import { pause } from "../stores/pause.ts";
import { StoreError } from "../stores/store-error.ts";
import { type LuaWorker, wakesAtOf } from "../worker/lua-worker.ts";
import type { Lane, Runner } from "./lane.ts";
import type { SeatEvents, SharedThread } from "./shared-thread.ts";

/** Bytes that a Lua is taken to have until it is measured. */
const FIRST_BYTES = 2_600_000;
/** Bytes beside Lua's memory and its tables. */
const MORE_BYTES = 100_000;
/** Milliseconds between two measurements. */
const MEASURED_FOR = 500;

/** Milliseconds in which one that was opened for it goes on with what was due, and between two looks. */
const [AWAKE, SOON] = [500, 10];

/** What is asked of a Lua. */
interface Job {
  work(lua: LuaWorker): Promise<any>;
  resolve(value: any): void;
  reject(error: unknown): void;
  askedAt: number;
  /** It listens no longer for its signal. */
  begin(): void;
}

/** Of all names together. */
export class Totals {
  waiting = 0;
  running = 0;
  open = 0;
  bytes = 0;
  /** How many are being closed, and the bytes that this will free. */
  closing = 0;
  /** How many were opened for what waits in them, which has not gone on yet. */
  waking = 0;
  closingBytes = 0;
}

/** What a pool wants to know, and says. */
export interface PoolSide {
  totals: Totals;
  /** Whether another name waits for the room that this one has, and it had its time. */
  mustYield(lua: PooledLua): boolean;
  /** There is something to do, and no Lua. */
  wanted(lua: PooledLua): void;
  /** It waits for something else than its thread. */
  waits(): void;
  /** Nothing is asked of it any more; it may be closed. */
  rests(lua: PooledLua): void;
  commits(): void;
  ended(isWell: boolean, waitMs: number, runMs: number): void;
}

export interface Place {
  thread: SharedThread;
  lane: Lane<PooledLua>;
  /** How many names are here. */
  names: number;
}

export class PooledLua implements Runner {
  readonly name: string;
  readonly place: Place;
  readonly #pool: PoolSide;
  #lua: LuaWorker | null = null;
  /** From when it is wanted until it is closed. */
  isWanted = false;
  #closing: Promise<void> | null = null;
  /** Whether it is to be opened, though nothing is asked of it. */
  isWoken = false;
  /** When what waits in it goes on, as Date.now(): of the last closing. Infinity: nothing waits. */
  wakesAt = Infinity;
  /** Whether its store did not take its changes when it was to be closed, and nothing has run since. */
  isRefused = false;
  /** Whether it must be closed when nothing is under way: its store is another's. */
  isLost = false;
  #bytes = 0;
  openedAt = 0;
  restedAt = 0;
  #measuredAt = -Infinity;
  #jobs: Job[] = [];
  /** Whose turn it is in this Lua. */
  #turn: Job | null = null;
  #running = 0;

  constructor(name: string, place: Place, pool: PoolSide) {
    this.name = name;
    this.place = place;
    this.#pool = pool;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #take(bytes: number): void {
    this.#pool.totals.bytes += bytes - this.#bytes;
    this.#bytes = bytes;
  }

  get isOpen(): boolean {
    return this.#lua !== null;
  }

  get isClosing(): boolean {
    return this.#closing !== null;
  }

  get isAsked(): boolean {
    return this.#jobs.length > 0;
  }

  /** Whether it waits to be opened, is being opened, or is being closed. */
  get isChanging(): boolean {
    return this.isClosing || (this.isWanted && !this.isOpen);
  }

  /** It is opened, though nothing is asked of it: what waits in it can go on only then. */
  wake(): void {
    this.isWoken = true;
    this.#next();
  }

  get isResting(): boolean {
    return this.#running === 0 && !this.isAsked;
  }

  /** Does `work` when everything that was asked for before has been done, or waits for the host. */
  ask<T>(work: (lua: LuaWorker) => Promise<T>, signal?: Signal): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#jobs = this.#jobs.filter(each => each !== job);
        this.#pool.totals.waiting--;
        reject(signal!.reason);
        this.#rest();
      };
      const begin = () => signal?.removeEventListener("abort", onAbort);
      const job = { work, resolve, reject, askedAt: performance.now(), begin };
      signal?.addEventListener("abort", onAbort);
      this.#jobs.push(job);
      this.#pool.totals.waiting++;
      this.#next();
    });
  }

  /** Lines up for what is to be done next. */
  #next(): void {
    if (this.#turn || this.isClosing) return;
    if (!this.#lua && (this.isAsked || this.isWoken)) this.#pool.wanted(this);
    else if (this.isAsked && !this.isLost) this.place.lane.enter(this);
  }

  step(): void {
    // One that stood in line may be closed meanwhile: then its jobs wait until it is open again.
    const lua = this.isClosing || this.isLost ? null : this.#lua;
    const job = lua && this.#jobs.shift();
    if (!lua || !job) return this.place.lane.free(this);
    job.begin();
    this.isRefused = false;
    this.#turn = job;
    this.#running++;
    this.#pool.totals.waiting--;
    this.#pool.totals.running++;
    const beganAt = performance.now();
    const end = (settle: () => void, isWell: boolean) => {
      const now = performance.now();
      this.#pool.ended(isWell, beganAt - job.askedAt, now - beganAt);
      this.#running--;
      this.#pool.totals.running--;
      settle();
      this.#release(job);
    };
    job.work(lua).then(
      value => end(() => job.resolve(value), true),
      error => {
        if (error instanceof StoreError && error.kind === "lost") this.isLost = true;
        end(() => job.reject(error), false);
      },
    );
  }

  #release(job: Job | null): void {
    if (this.#turn !== job) return this.#rest();
    this.#turn = null;
    this.place.lane.free(this);
    this.#rest();
    this.#next();
  }

  #rest(): void {
    const isFree = this.#running === 0 && !this.isClosing;
    if (!isFree || (this.#jobs.length > 0 && !this.isLost && !this.#pool.mustYield(this))) return;
    this.restedAt = performance.now();
    this.#pool.rests(this);
  }

  /** @returns what the messages of its Lua say */
  get events(): SeatEvents {
    return {
      waits: () => {
        this.#release(this.#turn);
        this.#pool.waits();
      },
      commits: () => {
        this.#pool.commits();
        this.place.lane.free(this);
      },
      isRunning: () => this.#turn !== null,
    };
  }

  /** It is wanted, and counts as what it will take. */
  reserve(): void {
    this.#take(FIRST_BYTES);
  }

  /** It has to wait for room. */
  unreserve(): void {
    this.#take(0);
  }

  opened(lua: LuaWorker): void {
    this.#lua = lua;
    this.#pool.totals.open++;
    this.openedAt = performance.now();
    this.wakesAt = Infinity;
    if (this.isWoken) void this.#goOn(lua);
    this.isWoken = false;
    this.#next();
    this.#rest();
  }

  /** It does not rest before what was due in it has gone on. */
  async #goOn(lua: LuaWorker): Promise<void> {
    const { totals } = this.#pool;
    this.#running++;
    totals.waking++;
    const isDue = (at: number) => at > 0 && at <= Date.now();
    try {
      while (performance.now() - this.openedAt < AWAKE && isDue(await wakesAtOf(lua))) await pause(SOON);
    } catch {
      // It is closed, or its worker cannot be started.
    }
    this.#running--;
    totals.waking--;
    this.#rest();
  }

  /** It could not be opened: so all that was asked for is refused. */
  failed(error: unknown): void {
    if (!this.#lua) this.#take(0);
    this.isWoken = false;
    this.#pool.totals.waiting -= this.#jobs.length;
    for (const { reject, begin } of this.#jobs.splice(0)) {
      begin();
      reject(error);
    }
  }

  /** @returns when what waits in it goes on, as Date.now(): 0 when that is up to the host, Infinity when nothing waits */
  async askWakesAt(): Promise<number> {
    return this.#lua ? wakesAtOf(this.#lua).catch(() => Infinity) : Infinity;
  }

  /** @returns whether it takes another number of bytes than before */
  async measure(): Promise<boolean> {
    const now = performance.now();
    if (!this.#lua || now - this.#measuredAt < MEASURED_FOR) return false;
    this.#measuredAt = now;
    const { linearBytes, externalBytes } = await this.#lua.getStats();
    const before = this.#bytes;
    if (this.#lua && !this.isClosing) this.#take(linearBytes + externalBytes + MORE_BYTES);
    return this.#bytes !== before;
  }

  /** @param discard changes that cannot be made durable are given up @throws {StoreError} then it is open as before */
  async close(discard = false): Promise<void> {
    const lua = this.#lua;
    if (!lua) return;
    const isUnderWay = this.isClosing;
    this.#closing ??= this.#close(lua, discard || this.isLost);
    if (!isUnderWay || !discard) return this.#closing;
    await lua.close({ discard });
    this.#closed(lua);
  }

  async #close(lua: LuaWorker, discard: boolean): Promise<void> {
    const { totals } = this.#pool;
    const bytes = this.#bytes;
    totals.closing++;
    totals.closingBytes += bytes;
    try {
      await lua.close({ discard });
      this.#closed(lua);
    } catch (error) {
      this.isRefused = true;
      throw error;
    } finally {
      this.#closing = null;
      totals.closing--;
      totals.closingBytes -= bytes;
      this.#next();
    }
  }

  #closed(lua: LuaWorker): void {
    if (this.#lua !== lua) return;
    this.#lua = null;
    this.#pool.totals.open--;
    this.#take(0);
    this.isLost = this.isWanted = false;
    this.#measuredAt = -Infinity;
  }
}
