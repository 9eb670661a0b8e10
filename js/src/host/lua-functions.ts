// Who holds which functions of one Lua state. It knows nothing of how they are called.
import type { LuaValue } from "../values/types.ts";
import { NO_MAP, NO_SET, ownMap, ownSet } from "../core/nothing.ts";
import { LuaFunction } from "./lua-function.ts";

/** Who calls functions, and is told when nobody holds one any more. */
export interface Caller {
  /** @param args values */
  callFunction(callee: LuaFunction, args: unknown[]): Promise<LuaValue<any>[]>;
  release(references: number[]): void;
}

/** A function for which an object stands. */
interface Held {
  reference: number;
  /** Of the Lua state. */
  generation: number;
}

/** The functions of one Lua state that are held here: how often each is, and the objects that stand for them. */
export class LuaFunctions {
  caller!: Caller;
  /** Counts the Lua states. */
  generation = 0;
  #counts: Map<number, number> = NO_MAP;
  #objects: Map<number, WeakRef<LuaFunction>> = NO_MAP;
  #named: Map<string, LuaFunction> = NO_MAP;
  /** Made for the first one: in many Luas there is none, and the collector of JavaScript looks at each registry. */
  #collected: FinalizationRegistry<Held> | null = null;
  /** Those that nobody holds any more. */
  #due: Set<number> = NO_SET;

  get #registry(): FinalizationRegistry<Held> {
    return (this.#collected ??= new FinalizationRegistry(({ reference, generation }) => {
      if (generation !== this.generation) return;
      // Another object may stand for it by now.
      if (!this.#objects.get(reference)?.deref()) this.#objects.delete(reference);
      this.drop(reference);
    }));
  }

  /** Those that are held. */
  get references(): number[] {
    return [...this.#counts.keys()];
  }

  /** @returns the object for one that came in a message */
  held(reference: number): LuaFunction {
    const known = this.#objects.get(reference)?.deref();
    if (known) return known;
    const made = new LuaFunction(this, reference);
    this.#objects = ownMap(this.#objects);
    this.#objects.set(reference, new WeakRef(made));
    this.#registry.register(made, { reference, generation: this.generation }, made);
    this.hold(reference);
    return made;
  }

  /** @returns the object for a function of the host */
  named(name: string): LuaFunction {
    let known = this.#named.get(name);
    if (!known) (this.#named = ownMap(this.#named)).set(name, (known = new LuaFunction(this, name)));
    return known;
  }

  hold(reference: number): void {
    this.#counts = ownMap(this.#counts);
    this.#counts.set(reference, (this.#counts.get(reference) ?? 0) + 1);
  }

  /** Holds functions as long as something is kept that they are in. */
  holdWhile(object: object, references: number[]): void {
    const { generation } = this;
    for (const reference of references) {
      this.hold(reference);
      this.#registry.register(object, { reference, generation });
    }
  }

  /** @param times that it was held */
  drop(reference: number, times = 1): void {
    const count = this.#counts.get(reference);
    if (count === undefined) return;
    if (count > times) {
      this.#counts.set(reference, count - times);
      return;
    }
    this.#counts.delete(reference);
    this.#due = ownSet(this.#due);
    if (this.#due.add(reference).size === 1) queueMicrotask(() => this.flush());
  }

  /** The same for one that stood for it here. */
  forget(reference: number, object: LuaFunction): void {
    this.#collected?.unregister(object);
    if (this.#objects.get(reference)?.deref() === object) this.#objects.delete(reference);
    this.drop(reference);
  }

  /** References of a message that nobody reads: those that nobody holds are released. */
  pass(references: number[]): void {
    for (const reference of references) {
      this.hold(reference);
      this.drop(reference);
    }
  }

  /** Releases what nobody holds: when Lua is not running. */
  flush(): void {
    if (this.#due.size === 0) return;
    const references = [...this.#due].filter(reference => !this.#counts.has(reference));
    this.#due.clear();
    if (references.length > 0) this.caller.release(references);
  }

  /** The Lua state is gone, and all of its functions. */
  clear(): void {
    this.generation++;
    this.#counts.clear();
    this.#objects.clear();
    this.#named.clear();
    this.#due.clear();
  }
}
