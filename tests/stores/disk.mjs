// A folder as a disk has it that loses power at the worst moment: bytes of files and names in folders stay only when they were
// synced. It watches node:fs/promises, and makes copies of the folder as they would be found.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { basename, join } from "node:path";

const NOTHING = Buffer.alloc(0);

export class Disk {
  /** Name -> file, { now, synced }: what it holds, and what of that is on the disk. */
  #names = new Map();
  /** As of the last sync of the folder. */
  #synced = new Map();
  #restore = [];

  /** @param {string} folder @param {() => void} onChange called before everything that changes it */
  constructor(folder, onChange) {
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name));
      this.#names.set(name, { now: bytes, synced: bytes });
    }
    this.#synced = new Map(this.#names);
    this.#watch(
      "open",
      (open, path, flags) => open(path, flags).then(handle => this.#opened(handle, path, flags)),
      onChange,
    );
    this.#watch("rename", (rename, from, to) => rename(from, to).then(() => this.#renamed(from, to)), onChange);
    this.#watch("rm", (rm, path) => rm(path).then(() => void this.#names.delete(basename(path))), onChange);
  }

  #watch(name, instead, onChange) {
    const method = fs[name];
    fs[name] = (...args) => (onChange(), instead(method.bind(fs), ...args));
    this.#restore.push(() => (fs[name] = method));
  }

  #opened(handle, path, flags) {
    if (flags === "r") {
      handle.sync = async () => void (this.#synced = new Map(this.#names));
      return handle;
    }
    const file = this.#names.get(basename(path)) ?? { now: NOTHING, synced: NOTHING };
    this.#names.set(basename(path), file);
    const write = handle.writeFile.bind(handle);
    handle.writeFile = bytes => ((file.now = Buffer.from(bytes)), write(bytes));
    handle.sync = async () => void (file.synced = file.now);
    return handle;
  }

  #renamed(from, to) {
    this.#names.set(basename(to), this.#names.get(basename(from)));
    this.#names.delete(basename(from));
  }

  /** @param {string} to a new folder @param {(name: string) => boolean} isKept whether a name is as it is, though not synced */
  copy(to, isKept) {
    mkdirSync(to);
    for (const name of new Set([...this.#names.keys(), ...this.#synced.keys()])) {
      const file = (isKept(name) ? this.#names : this.#synced).get(name);
      if (file) writeFileSync(join(to, name), file.synced);
    }
  }

  close() {
    for (const restore of this.#restore) restore();
  }
}
