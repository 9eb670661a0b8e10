// Opens the Luas of a pool with the options of their names. It does not know when.
import type { Signal } from "../core/platform.ts";
import type { WorkerOptions } from "../session/options.ts";
import { reporting } from "../session/output.ts";
import { type LuaWorker, openIn } from "../worker/lua-worker.ts";
import type { ReadOptions } from "./pool-options.ts";
import type { PooledLua } from "./pooled-lua.ts";

export class Opener {
  readonly #options: ReadOptions;
  /** What ends those that are under way: one for each, for engines warn of many listeners. */
  readonly #opening = new Set<AbortController>();
  /** Why nobody wants any. */
  #end: Error | null = null;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  /** Nobody wants what is being opened any more. */
  end(reason: Error): void {
    this.#end = reason;
    for (const stop of this.#opening) stop.abort(reason);
  }

  /**
   * @param isAsked whether something has to be run in it: if not, it can as well be open elsewhere
   * @throws {StoreError | Error} as from `openWorker`
   */
  async open(lua: PooledLua, isAsked: boolean, onRestart: () => void): Promise<LuaWorker> {
    if (this.#end) throw this.#end;
    const stop = new AbortController();
    this.#opening.add(stop);
    try {
      return await this.#open(lua, isAsked, onRestart, stop.signal);
    } finally {
      this.#opening.delete(stop);
    }
  }

  async #open(lua: PooledLua, isAsked: boolean, onRestart: () => void, signal: Signal): Promise<LuaWorker> {
    const { store, ...given } = Object(await this.#options.options(lua.name)) as WorkerOptions;
    if (!store || store === "memory") {
      throw new TypeError(
        `LuaPool: the options of '${lua.name}' have no store, in which its tables are while it is closed`,
      );
    }
    const own = { ...given, store, signal, onRestart };
    if (!isAsked) own.whenBusy = "refuse";
    const onClosed = (wakesAt: number) => this.#onClosed(lua, wakesAt);
    const opened = await openIn(lua.place.thread.seat(lua.events), own, onClosed);
    if (!this.#end) return opened;
    await opened.close({ discard: true });
    throw this.#end;
  }

  /** What waits for the host is asked for again, when there is a chance that others do not need the room any more. */
  async #onClosed(lua: PooledLua, wakesAt: number): Promise<void> {
    // Whoever has taken its store over knows what waits.
    if (lua.isLost) return;
    lua.wakesAt = wakesAt === 0 ? Date.now() + this.#options.idle : wakesAt;
    try {
      await this.#options.onClosed(lua.name, lua.wakesAt);
    } catch (error) {
      report(error);
    }
  }
}

const report = reporting((error: unknown) => {
  throw error;
});
