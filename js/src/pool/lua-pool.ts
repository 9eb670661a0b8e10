// Many Luas by their names on few threads: each is opened from its store when something is asked of it, and closed when memory
// is short or nothing was asked for a while. It knows neither Lua nor stores.
import { rest } from "../core/environment.ts";
import type { Signal } from "../core/platform.ts";
import type { WorkerRunOptions } from "../session/options.ts";
import type { RunResult } from "../session/types.ts";
import type { LuaValue } from "../values/types.ts";
import { StoreError } from "../stores/store-error.ts";
import type { LuaWorker } from "../worker/lua-worker.ts";
import type { LuaTableId } from "../worker/values.ts";
import { Alarms } from "./alarms.ts";
import { Lane } from "./lane.ts";
import { Metrics, type PoolStatistics } from "./metrics.ts";
import { Opener } from "./opener.ts";
import { type PoolOptions, type ReadOptions, readPoolOptions } from "./pool-options.ts";
import { type Place, PooledLua, Totals } from "./pooled-lua.ts";
import { Retries } from "./retries.ts";
import { SharedThread } from "./shared-thread.ts";

/** Milliseconds for which a Lua stays open though another name waits for its room. */
const STAY = 200;

/** For what one is closed. */
type Why = "idle" | "memory" | "lost";

export class LuaPool {
  readonly #options: ReadOptions;
  readonly #opener: Opener;
  readonly #places: Place[];
  readonly #luas = new Map<string, PooledLua>();
  /** Those that wait for room. */
  readonly #wanted = new Set<PooledLua>();
  /** Those that may be closed, the one that rests longest first. */
  readonly #resting = new Set<PooledLua>();
  /** For those that are closed, and in which something waits. */
  readonly #alarms = new Alarms(name => this.#wake(name));
  readonly #retries: Retries;
  readonly #metrics = new Metrics();
  readonly #totals = new Totals();
  #openings = 0;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Called when something was closed, or rests. */
  #listeners = new Set<() => void>();
  #isClosed = false;

  /** @throws {TypeError} naming the option that makes no sense */
  constructor(options: PoolOptions) {
    this.#options = readPoolOptions(options);
    this.#opener = new Opener(this.#options);
    this.#retries = new Retries(this.#options.idle);
    this.#places = Array.from({ length: this.#options.threads }, () => ({
      thread: new SharedThread(),
      lane: new Lane<PooledLua>(),
      names: 0,
    }));
    this.#timer = setInterval(() => this.#closeIdle(), Math.max(20, this.#options.idle / 4));
    rest(this.#timer);
  }

  /**
   * As `run` of `openWorker`, in the Lua of this name. All that is asked of one name is done in order; names take turns.
   * @param options `timeout` counts from its turn on, `signal` ends waiting for that too
   * @throws {LuaError | LuaLimitError | StoreError} as `run` and `openWorker` do
   */
  run<T extends unknown[] = LuaValue<LuaTableId>[]>(
    name: string,
    code: string,
    options?: WorkerRunOptions,
  ): Promise<RunResult<T>> {
    return this.use(name, lua => lua.run<T>(code, options), options);
  }

  /** As `call` of `openWorker`: calls `"game.update"` in the Lua of this name. */
  call<T extends unknown[] = LuaValue<LuaTableId>[]>(name: string, path: string, ...args: unknown[]): Promise<T> {
    return this.use(name, lua => lua.call<T>(path, ...args));
  }

  /** Does `task` with the Lua of this name in its turn. It must not be kept. */
  async use<T>(name: string, task: (lua: LuaWorker) => Promise<T>, { signal }: { signal?: Signal } = {}): Promise<T> {
    this.#check(name);
    const { waitingLimit } = this.#options;
    if (this.#totals.waiting >= waitingLimit) {
      throw new Error(`this LuaPool has ${waitingLimit} runs that wait, and takes no more: see waitingLimit`);
    }
    signal?.throwIfAborted();
    return this.#luaOf(name).ask(async lua => task(lua), signal);
  }

  /**
   * Opens the Lua of this name, so that what waits in it goes on: for one that another process has closed. Nothing happens when it
   * is open already, here or elsewhere. One that cannot be opened is tried again, first after `idle` milliseconds and then ever
   * later, at most ten minutes; its error goes to `reportError` once, in Node to the console.
   */
  wake(name: string): void {
    this.#check(name);
    this.#wake(name);
  }

  #wake(name: string): void {
    const lua = this.#luas.get(name);
    if (!lua?.isOpen || lua.isClosing) this.#luaOf(name).wake();
  }

  #check(name: string): void {
    if (typeof name !== "string" || name === "") throw new TypeError("the name of a Lua in a pool is a string");
    if (this.#isClosed) throw new Error("this LuaPool is closed");
  }

  #luaOf(name: string): PooledLua {
    let lua = this.#luas.get(name);
    if (!lua) {
      const place = this.#places.reduce((least, each) => (each.names < least.names ? each : least));
      lua = new PooledLua(name, place, {
        totals: this.#totals,
        mustYield: which => this.#wanted.size > 0 && performance.now() - which.openedAt > STAY,
        wanted: which => this.#want(which),
        waits: () => this.#makeRoom(),
        rests: which => this.#rests(which),
        commits: () => void this.#metrics.commits++,
        ended: (...what) => this.#metrics.ended(...what),
      });
      place.names++;
      this.#luas.set(name, lua);
    }
    this.#resting.delete(lua);
    return lua;
  }

  #want(lua: PooledLua): void {
    if (lua.isWanted) return;
    lua.isWanted = true;
    this.#wanted.add(lua);
    this.#makeRoom();
  }

  /** Opens those that are wanted, as far as there is room; closes others for it. */
  #makeRoom(): void {
    for (const lua of this.#wanted) {
      lua.reserve();
      this.#closeBeyond();
      if (this.#totals.bytes > this.#options.memory && this.#isMoving()) return lua.unreserve();
      this.#wanted.delete(lua);
      void this.#open(lua);
    }
  }

  /** Whether there will be room by itself. When all wait for something, that may be one that is not open. */
  #isMoving(): boolean {
    const { closing, waking } = this.#totals;
    return this.#openings > 0 || closing > 0 || waking > 0 || this.#places.some(({ lane }) => lane.isBusy);
  }

  #closeBeyond(): void {
    let bytes = this.#totals.bytes - this.#totals.closingBytes;
    for (const lua of this.#resting) {
      if (bytes <= this.#options.memory) return;
      if (lua.isRefused) continue;
      bytes -= lua.bytes;
      void this.#close(lua, "memory");
    }
  }

  async #open(lua: PooledLua): Promise<void> {
    this.#openings++;
    // What waits goes on where it is open; only what is asked has to wait for that.
    const isAsked = lua.isAsked;
    try {
      const opened = await this.#opener.open(lua, isAsked, () => this.#restarted(lua));
      this.#alarms.clear(lua.name);
      this.#retries.ended(lua.name);
      this.#metrics.opens++;
      if (!isAsked) this.#metrics.wakes++;
      lua.opened(opened);
    } catch (error) {
      lua.isWanted = false;
      this.#failed(lua, isAsked, error);
    }
    this.#openings--;
    this.#makeRoom();
    this.#tell();
  }

  #failed(lua: PooledLua, wasAsked: boolean, error: unknown): void {
    const isElsewhere = error instanceof StoreError && error.kind === "busy";
    if (isElsewhere && !wasAsked && lua.isAsked) return this.#want(lua);
    const { isWoken } = lua;
    lua.failed(error);
    if (isElsewhere) this.#leave(lua.name);
    else if (isWoken && !this.#isClosed) this.#retry(lua.name, error);
    this.#forget(lua);
  }

  /** What waits in it goes on where it is open. */
  #leave(name: string): void {
    this.#alarms.clear(name);
    this.#retries.ended(name);
  }

  #retry(name: string, error: unknown): void {
    this.#metrics.wakeFailures++;
    this.#alarms.set(name, Date.now() + this.#retries.failed(name, error));
  }

  #restarted(lua: PooledLua): void {
    this.#metrics.restarts++;
    lua.place.lane.free(lua);
    if (lua.isResting && !lua.isClosing) void this.#close(lua, "lost");
  }

  #rests(lua: PooledLua): void {
    if (!lua.isOpen) return this.#giveUp(lua);
    if (lua.isLost) return void this.#close(lua, "lost");
    if (!lua.isResting) return void this.#close(lua, "memory");
    this.#resting.delete(lua);
    this.#resting.add(lua);
    const enforce = () => (this.#closeBeyond(), this.#makeRoom());
    lua.measure().then(
      isOther => void (isOther && enforce()),
      () => {},
    );
    if (this.#wanted.size > 0) enforce();
    this.#tell();
  }

  /** One that is not open, and waits for room, need not be opened when nothing is asked of it any more. */
  #giveUp(lua: PooledLua): void {
    if (lua.isResting && !lua.isWoken && this.#wanted.delete(lua)) {
      lua.isWanted = false;
      this.#forget(lua);
    }
    this.#tell();
  }

  #closeIdle(): void {
    const before = performance.now() - this.#options.idle;
    for (const lua of this.#resting) {
      if (lua.restedAt > before) return;
      this.#closeUnlessAwake(lua).catch(() => {});
    }
  }

  /** One that would soon be opened again for what waits in it stays open. */
  async #closeUnlessAwake(lua: PooledLua): Promise<void> {
    const wakesAt = await lua.askWakesAt();
    if (!this.#resting.delete(lua)) return;
    if (wakesAt - Date.now() >= this.#options.idle) return this.#close(lua, "idle");
    lua.restedAt = performance.now();
    this.#resting.add(lua);
  }

  /** One that cannot be closed, because its store does not take its changes, is tried again when it has rested again. */
  #close(lua: PooledLua, why: Why): Promise<void> {
    return this.#shut(lua, why).catch(() => {});
  }

  /** @throws {StoreError} then it is open as before */
  async #shut(lua: PooledLua, why: Why): Promise<void> {
    this.#resting.delete(lua);
    try {
      const { isLost } = lua;
      await lua.close();
      this.#metrics.evictions[why]++;
      if (!isLost && !this.#isClosed) this.#alarms.set(lua.name, lua.wakesAt);
    } catch (error) {
      if (lua.isResting) this.#resting.add(lua);
      throw error;
    } finally {
      this.#forget(lua);
      this.#makeRoom();
      this.#tell();
    }
  }

  #forget(lua: PooledLua): void {
    if (lua.isWanted || lua.isOpen || !lua.isResting || this.#luas.get(lua.name) !== lua) return;
    this.#luas.delete(lua.name);
    lua.place.names--;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #some(is: (lua: PooledLua) => boolean): boolean {
    for (const lua of this.#luas.values()) if (is(lua)) return true;
    return false;
  }

  /** Closes the Lua of this name when nothing is asked of it, so that another process can have it. @throws {StoreError} */
  async evict(name: string): Promise<void> {
    const lua = this.#luas.get(name);
    if (!lua) return;
    await this.#until(() => lua.isResting && !lua.isChanging);
    if (lua.isOpen) await this.#shut(lua, "idle");
  }

  /** What there was and is. */
  getStats(): PoolStatistics {
    return this.#metrics.statistics(this.#totals);
  }

  /** The same in the text format of Prometheus. */
  metrics(): string {
    return this.#metrics.text(this.#totals);
  }

  /**
   * Takes no more runs, waits for those that there are, closes every Lua, and ends the threads.
   * @param options discard: what waits is rejected, and changes that cannot be made durable soon are given up
   * @throws {StoreError} something is not durable; then that Lua is open, and it can be tried again
   */
  async close({ discard = false }: { discard?: boolean } = {}): Promise<void> {
    this.#isClosed = true;
    this.#alarms.clearAll();
    const closed = new Error("this LuaPool is closed");
    if (discard) this.#discard(closed);
    else await this.#until(() => !this.#some(lua => !lua.isResting || lua.isClosing));
    this.#opener.end(closed);
    this.#resting.clear();
    const closing = Array.from(this.#luas.values(), lua => lua.close(discard).finally(() => this.#tell()));
    await Promise.all(closing);
    clearInterval(this.#timer);
    await Promise.all(this.#places.map(({ thread }) => thread.end()));
  }

  #discard(error: Error): void {
    for (const lua of this.#luas.values()) {
      lua.failed(error);
      this.#giveUp(lua);
    }
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>(resolve => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }
}
