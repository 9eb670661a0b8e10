// When changes are committed: at the end of a run, and soon after writes between runs. stores/persistence.ts knows how.
import type { ExternalTables } from "../core/external-tables.ts";
import type { Persistence } from "../stores/persistence.ts";

export class Commits {
  readonly #persistence: Persistence;
  readonly #makeRoom: () => boolean;
  #isDue = false;
  /** How often room was made. */
  #rooms = 0;

  /** @param makeRoom deletes garbage, whose room a full store may need; answers whether it could */
  constructor(persistence: Persistence, makeRoom: () => boolean) {
    this.#persistence = persistence;
    this.#makeRoom = makeRoom;
  }

  /** Has every change committed soon. */
  watch(tables: ExternalTables): void {
    const note = tables.journal;
    if (!note) return;
    tables.journal = (id, key, before, isDeletion) => {
      note(id, key, before, isDeletion);
      this.#soon();
    };
  }

  /** In the background. If it fails the changes stay pending, and `flush` says why. */
  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.commit().catch(() => {});
    });
  }

  /** When a store is full, garbage may take the room, or be among the changes: all of it is swept, once. */
  async commit(): Promise<void> {
    const rooms = this.#rooms;
    try {
      await this.#persistence.commit();
    } catch (error) {
      if (error.kind !== "quota") throw error;
      // Of those that wait for one commit, the first one that hears of it makes room for all.
      if (this.#makeRoom()) this.#rooms++;
      else if (this.#rooms === rooms) throw error;
      await this.#persistence.commit();
    }
  }
}
