// A store of records in memory whose commits can be held back or refused: for what happens meanwhile.
import { memoryStore } from "../../js/dist/stores/memory-store.js";

/** A store to open several times. */
export class SlowStore {
  label = "slow store";
  /** What is durable. */
  records = new Map();
  /** Commits that were begun. */
  commits = [];
  /** Thrown by the next commits, while it is set. @type {Error | null} */
  refusal = null;
  readOnly = false;
  released = 0;
  #gate = Promise.resolve();
  #store = memoryStore(this.records);

  load() {
    return this.#store.load();
  }

  async commit(changes) {
    this.commits.push(changes.map(({ name }) => name));
    await this.#gate;
    if (this.refusal) throw this.refusal;
    this.#store.commit(changes);
  }

  clear() {
    this.#store.clear();
  }

  lock() {
    return { readOnly: this.readOnly, release: () => this.released++ };
  }

  /** Commits wait from now on. @returns {() => void} lets them go on */
  hold() {
    let open;
    this.#gate = new Promise(resolve => (open = resolve));
    return open;
  }
}

/** When everything that is ready to run has run. */
export const settled = () => new Promise(resolve => setImmediate(resolve));
