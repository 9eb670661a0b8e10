// What a function of the host is, with options: `LuaPersistent.hostFunction`. It knows nothing of Lua.
import type { Signal } from "../core/platform.ts";

/** One call by Lua. */
export interface HostCall {
  /** Counts up for the life of the Lua state. */
  readonly id: number;
  /** Of the function: `http.text`. */
  readonly name: string;
  /** Aborted when nobody waits for the answer any more: the run was stopped, the call or the run timed out, or Lua was closed. */
  readonly signal: Signal;
}

export interface HostFunctionOptions {
  /** Milliseconds for one call, after which it is an error in Lua. */
  timeout?: number;
  /**
   * What is done about a call that was waiting when an image was saved, or when a program ended that its store keeps
   * (`persist: "everything"`), once that goes on: `"fail"` (the default for images) is an error in Lua, `"retry"` (the default
   * for programs) calls the function once more, with the same `id`; a function is called instead, with the same arguments, and
   * what it returns is the answer. `"again"` is another word for `"retry"`.
   */
  onRestore?: "fail" | "retry" | "again" | ((call: HostCall, ...args: any[]) => unknown);
}

const WAYS: unknown[] = ["fail", "retry", "again"];

/** A function that gets the call first, then Lua's arguments. Made by `LuaPersistent.hostFunction`. */
export class HostFunction {
  readonly call: (call: HostCall, ...args: any[]) => unknown;
  readonly options: HostFunctionOptions;

  constructor(call: (call: HostCall, ...args: any[]) => unknown, options: HostFunctionOptions = {}) {
    if (typeof call !== "function") throw new TypeError(`hostFunction takes a function, not ${typeof call}`);
    for (const name of Object.keys(options)) {
      if (name !== "timeout" && name !== "onRestore")
        throw new TypeError(`hostFunction: there is no option '${name}', only timeout, onRestore`);
    }
    const { timeout, onRestore } = options;
    if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0))
      throw new TypeError(`hostFunction: timeout is ${String(timeout)}, and must be a positive number of milliseconds`);
    if (!["undefined", "function"].includes(typeof onRestore) && !WAYS.includes(onRestore))
      throw new TypeError('hostFunction: onRestore must be "fail", "retry" or a function');
    this.call = call;
    this.options = { ...options };
  }
}
