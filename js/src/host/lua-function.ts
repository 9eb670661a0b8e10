// Functions of Lua for JavaScript. It knows nothing of how they are called.
import { LuaOpaque } from "../values/opaque.ts";
import type { LuaValue } from "../values/types.ts";

/** Whose they are: see lua-functions.ts. */
interface Owner {
  /** Counts the Lua states. */
  generation: number;
  caller: { callFunction(callee: LuaFunction, args: unknown[]): Promise<LuaValue<any>[]> };
  forget(reference: number, object: LuaFunction): void;
}

type DisposeKey = SymbolConstructor extends { readonly dispose: infer Key extends symbol } ? Key : never;

/** For `using`, where the library of the compiler has it. */
export type Disposable = { [Key in DisposeKey]: () => void };

/**
 * A function of Lua. It is kept in Lua until it is released, or until nothing refers to it here.
 * The same function is the same object, as long as it is held.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- defined below, where engines have the symbol
export class LuaFunction extends LuaOpaque {
  readonly #functions: Owner;
  readonly #reference: number | string;
  /** Of the Lua state. */
  readonly #generation: number;
  readonly #state: { isReleased: boolean };

  /** @internal */
  constructor(functions: Owner, reference: number | string) {
    super(typeof reference === "string" ? `function: host.${reference}` : `function: ${reference}`);
    this.#functions = functions;
    this.#reference = reference;
    this.#generation = functions.generation;
    this.#state = { isReleased: false };
  }

  /** @internal what Lua knows it by; undefined for everything else, and for one of another LuaPersistent */
  static referenceOf(value: unknown, functions: Owner): number | string | undefined {
    const isOne = typeof value === "object" && value !== null && #functions in value;
    if (!isOne || value.#functions !== functions) return undefined;
    if (value.#state.isReleased) throw new TypeError("this function of Lua was released");
    if (value.#generation !== functions.generation)
      throw new TypeError("this function of Lua is gone: Lua was loaded or put back");
    return value.#reference;
  }

  /**
   * Calls it when everything that was asked for before has run. It may wait.
   * @param args as of `call` of what `open` gives
   * @returns its results
   * @throws {LuaError | LuaLimitError | StoreError} as from `run`
   */
  call(...args: unknown[]): Promise<LuaValue[]> {
    return this.#functions.caller.callFunction(this, args);
  }

  /** Lets go of it: Lua may collect it, and it cannot be called from here any more. */
  release(): void {
    if (this.#state.isReleased) return;
    this.#state.isReleased = true;
    if (typeof this.#reference === "number" && this.#generation === this.#functions.generation)
      this.#functions.forget(this.#reference, this);
  }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- as above
export interface LuaFunction extends Disposable {}

// Older engines have no such symbol.
const { dispose } = Symbol as { dispose?: symbol };
if (dispose) {
  Object.defineProperty(LuaFunction.prototype, dispose, {
    value(this: LuaFunction) {
      this.release();
    },
    writable: true,
    configurable: true,
  });
}
