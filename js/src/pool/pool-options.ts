// The options of a pool, and their defaults. It knows nothing about pools.
import type { WorkerOptions } from "../session/options.ts";

export interface PoolOptions {
  /** As for `openWorker`, for the Lua of a name: above all its store. */
  options: (name: string) => WorkerOptions | Promise<WorkerOptions>;
  /** Default 2. */
  threads?: number;
  /** Bytes that all open Luas may take. Beyond it those that rest longest are closed, and new ones wait. Default 512 Mi. */
  memory?: number;
  /** Milliseconds after which a Lua is closed of which nothing is asked. Default 60,000. */
  idle?: number;
  /** Runs that may wait for their turn. Default 100,000. */
  waitingLimit?: number;
  /**
   * Called when a Lua is closed, before its store is let go of, for whoever else may wake it then.
   * @param wakesAt when this pool will open it again because something waits in it, as Date.now(); Infinity: nothing waits
   */
  onClosed?: (name: string, wakesAt: number) => void | Promise<void>;
}

export type ReadOptions = Required<PoolOptions>;

const DEFAULTS = { threads: 2, memory: 512 * 2 ** 20, idle: 60_000, waitingLimit: 100_000 };

/** @returns with defaults @throws {TypeError} naming the option that makes no sense */
export function readPoolOptions(given: PoolOptions): ReadOptions {
  const { options, onClosed = () => {}, ...others } = Object(given) as PoolOptions;
  if (typeof onClosed !== "function") throw new TypeError("LuaPool: onClosed must be a function");
  if (typeof options !== "function") throw new TypeError("LuaPool: options must be a function of a name");
  for (const [name, value] of Object.entries(others)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw new TypeError(
        `LuaPool: there is no option '${name}', only ${["options", ...Object.keys(DEFAULTS), "onClosed"].join(", ")}`,
      );
    }
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new TypeError(`LuaPool: ${name} must be a positive whole number`);
  }
  const defined = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return { options, onClosed, ...DEFAULTS, ...defined };
}
