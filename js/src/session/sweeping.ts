// When a session's tables are swept: in idle time after runs, for room, before an image. How they are is known to sweep.ts. It
// does nothing for a session that only reads.
import type { LuaInstance } from "../core/instance.ts";
import { IdleSweep } from "./idle-sweep.ts";
import { Collector } from "./sweep.ts";
import type { Made } from "./unit.ts";

/** With more tables, closing does not wait for a sweep. */
const MANY = 50_000;

export class Sweeping {
  readonly #instance: LuaInstance;
  readonly #isIdle: () => boolean;
  #collector: Collector | null = null;
  #idleSweep: IdleSweep | null = null;

  /** @param isIdle whether nothing runs, nor is closing */
  constructor({ instance }: Made, isIdle: () => boolean) {
    this.#instance = instance;
    this.#isIdle = () => isIdle() && !instance.failure;
  }

  /** From now on tables are swept. */
  begin({ services }: Made): void {
    const { tables } = this.#instance;
    this.#collector = services.collector = tables.collector = new Collector(tables);
    this.#idleSweep = new IdleSweep(this.#collector, { isPossible: this.#isIdle, ask: () => this.#askLua() });
  }

  /** A run is over, or waits. */
  ran(): void {
    this.#idleSweep?.ran();
  }

  /** Others change all tables. */
  abort(): void {
    this.#collector?.abort();
  }

  /** Sweeps all tables that nothing reaches. @returns whether there may have been such tables, and nothing ran */
  makeRoom(isRunning: boolean): boolean {
    if (isRunning || this.#instance.failure || !this.#collector?.mayHaveGarbage) return false;
    this.all({ collects: true });
    return true;
  }

  /** Sweeps all tables that nothing reaches. @param options whether Lua collects its garbage first */
  all(options: { collects: boolean }): void {
    this.#collector?.sweepAll(options);
    this.#askLua();
  }

  /** The last sweep. */
  beforeClosing(): void {
    if (this.#collector?.mayHaveGarbage && this.#instance.tables.tableCount <= MANY) this.all({ collects: true });
  }

  /** Until the next run. */
  pause(): void {
    this.#idleSweep?.pause();
  }

  /** Has Lua say which tables it holds: an empty chunk does nothing else. */
  #askLua(): void {
    if (!this.#instance.failure) this.#instance.run("");
  }
}
