// When which name is to be opened again, because something waits in it. It knows nothing about pools.
import { alarm } from "../host/call.ts";

export class Alarms {
  readonly #ring: (name: string) => void;
  readonly #ends = new Map<string, () => void>();

  constructor(ring: (name: string) => void) {
    this.#ring = ring;
  }

  /** In place of an earlier one. @param at as Date.now(); Infinity: never */
  set(name: string, at: number): void {
    this.clear(name);
    if (at === Infinity) return;
    const ring = () => {
      this.#ends.delete(name);
      this.#ring(name);
    };
    this.#ends.set(name, alarm(at - Date.now(), ring, true));
  }

  clear(name: string): void {
    this.#ends.get(name)?.();
    this.#ends.delete(name);
  }

  clearAll(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
  }
}
