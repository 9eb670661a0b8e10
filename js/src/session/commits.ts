// When changes are committed: at the end of a run, and soon after writes between runs. stores/persistence.ts knows how.
import type { ExternalTables } from "../core/external-tables.ts";
import type { Persistence } from "../stores/persistence.ts";

const SOON = /* @__PURE__ */ Promise.resolve();

export class Commits {
  readonly #persistence: Persistence;
  readonly #makeRoom: () => boolean;
  #isDue = false;
  /** How often something was written or deleted. */
  #changes = 0;

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
      this.#changes++;
      this.soon();
    };
  }

  readonly #begin = (): void => {
    this.#isDue = false;
    this.commit().catch(() => {});
  };

  /** In the background. If it fails the changes stay pending, and `flush` says why. */
  soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    void SOON.then(this.#begin);
  }

  /** When a store is full, garbage may take the room, or be among the changes: all of it is swept, once. */
  async commit(): Promise<void> {
    const changes = this.#changes;
    try {
      await this.#persistence.commit();
    } catch (error) {
      // Another caller, or a sweep meanwhile, may have made the room.
      if (error.kind !== "quota" || !(this.#makeRoom() || this.#changes !== changes)) throw error;
      await this.#persistence.commit();
    }
  }
}
