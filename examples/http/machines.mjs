// A Lua of its own for each user, in a worker, with tables in a folder: opened when it is needed, closed when others need the
// room. It knows nothing of HTTP.
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { LuaPersistent } from "../../js/dist/index.js";
import { folderStore } from "../../js/dist/node.js";

const MEGABYTE = 1024 * 1024;

/** Of one user. */
const LIMITS = {
  timeout: 1000,
  instructionLimit: 1e9,
  memoryLimit: 32 * MEGABYTE,
  tableLimit: 4 * MEGABYTE,
  outputLimit: 64 * 1024,
  callLimit: 1000,
  waitingLimit: 10,
};

/** There is no room now. It is worth trying again, unless `isFull`. */
export class NoRoom extends Error {
  constructor(message, { isFull = false } = {}) {
    super(message);
    this.isFull = isFull;
  }
}

/**
 * @typedef {object} Machine
 * @property {Promise<import("../../js/dist/index.js").LuaWorker>} lua
 * @property {number} asked how many runs it has to do
 */

export class Machines {
  /** By user, the one that was used last at the end. @type {Map<string, Machine>} */
  #machines = new Map();
  #folder;
  #options;

  /**
   * @param {string} folder for the tables of all users
   * @param {object} options most: machines that are open at once; waiting: runs of one user that may wait; users: how many
   *   there may be; limits: in place of some of those of one user
   */
  constructor(folder, { most = 16, waiting = 4, users = 1000, limits = {} } = {}) {
    this.#folder = folder;
    this.#options = { most, waiting, users, limits: { ...LIMITS, ...limits } };
    mkdirSync(folder, { recursive: true });
  }

  /**
   * @param {string} user a name of letters and digits: it becomes that of a folder
   * @param {AbortSignal} signal stops it
   * @returns what `run` gives
   * @throws {NoRoom} @throws {Error} as from `run`
   */
  async run(user, code, signal) {
    const machine = this.#machineOf(user);
    if (machine.asked > this.#options.waiting) throw new NoRoom(`${machine.asked} runs of '${user}' are not done yet`);
    machine.asked++;
    try {
      const lua = await machine.lua;
      return await lua.run(code, { name: user, signal });
    } finally {
      machine.asked--;
    }
  }

  #machineOf(user) {
    const machine = this.#machines.get(user) ?? this.#open(user);
    this.#machines.delete(user);
    this.#machines.set(user, machine);
    return machine;
  }

  #open(user) {
    this.#checkUser(user);
    if (this.#machines.size >= this.#options.most) this.#closeOne();
    const store = folderStore(path.join(this.#folder, user));
    // One that is being closed still has the store for a moment.
    const lua = LuaPersistent.openWorker({ ...this.#options.limits, store, whenBusy: "wait" });
    lua.catch(() => this.#machines.delete(user));
    return { lua, asked: 0 };
  }

  /** Disks are finite. */
  #checkUser(user) {
    const known = readdirSync(this.#folder);
    if (!known.includes(user) && known.length >= this.#options.users)
      throw new NoRoom("there are as many users as there may be", { isFull: true });
  }

  /** The one that has been idle for the longest time. */
  #closeOne() {
    const [user, machine] = [...this.#machines].find(([, { asked }]) => asked === 0) ?? [];
    if (!machine) throw new NoRoom("all machines are at work");
    this.#machines.delete(user);
    void machine.lua.then(lua => lua.close({ discard: true }));
  }

  async close() {
    const all = [...this.#machines.values()];
    this.#machines.clear();
    await Promise.all(all.map(async ({ lua }) => (await lua).close()));
  }
}
