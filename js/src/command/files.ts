// The functions `host.fs`: files below folders that were allowed, and none beside. Links are followed before anything is decided.
// It knows nothing of Lua.
import {
  constants,
  lstatSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";

/** What is allowed: folders by their paths. */
export interface Allowed {
  readFolders: string[];
  writeFolders: string[];
}

/** @throws {Error} a folder is not there */
export function fileFunctions({ readFolders, writeFolders }: Allowed) {
  const reading = new Folders("--allow-read", readFolders);
  const writing = new Folders("--allow-write", writeFolders);
  return {
    read: (path: unknown) => readFileSync(reading.existing(path)),
    list: (path: unknown) => listed(reading.existing(path)),
    write: (path: unknown, text: unknown) => put(writing.target(path), contents(text)),
    remove: (path: unknown) => remove(writing.entry(path)),
  };
}

/** The folders of one option. */
class Folders {
  readonly #option: string;
  /** Without links. */
  readonly #roots: string[];

  constructor(option: string, paths: string[]) {
    this.#option = option;
    this.#roots = paths.map(path => {
      const root = orMissing(() => realpathSync(path));
      if (root === undefined) throw new Error(`${option}: there is no folder '${path}'`);
      return root;
    });
  }

  /** @returns the path, without links, of what is there */
  existing(path: unknown): string {
    const text = this.#text(path);
    const real = orMissing(() => realpathSync(text));
    // Outside, what is there and what is not are told apart for nobody.
    if (real === undefined) this.#nearest(text);
    if (real === undefined) throw missing(text);
    return this.#inside(real, text);
  }

  /** @returns the path, without links, of what is to be written: a file, there or not */
  target(path: unknown): string {
    const entry = this.entry(path);
    if (!orMissing(() => lstatSync(entry))?.isSymbolicLink()) return entry;
    const real = orMissing(() => realpathSync(entry));
    if (real === undefined) throw new Error(`'${String(path)}' is a link to nothing`);
    return this.#inside(real, String(path));
  }

  /** @returns the path of an entry of a folder, which itself may be a link */
  entry(path: unknown): string {
    const text = this.#text(path);
    const whole = resolve(text);
    const folder = orMissing(() => realpathSync(dirname(whole)));
    if (folder === undefined) this.#nearest(text);
    if (folder === undefined) throw missing(dirname(text));
    const entry = join(folder, basename(whole));
    if (this.#roots.includes(entry)) throw new Error(`'${text}' is a folder of ${this.#option} itself`);
    return this.#inside(entry, text);
  }

  /** Judges the nearest folder of what is not there. */
  #nearest(text: string): void {
    let folder = resolve(text);
    let real: string | undefined;
    while (real === undefined) real = orMissing(() => realpathSync((folder = dirname(folder))));
    this.#inside(real, text);
  }

  #text(path: unknown): string {
    if (this.#roots.length === 0) throw new Error(`it needs the option ${this.#option} of the command`);
    if (typeof path !== "string" || path === "" || path.includes("\0"))
      throw new TypeError("the path must be a string of text");
    return path;
  }

  #inside(real: string, text: string): string {
    const isInside = this.#roots.some(root => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep));
    if (!isInside)
      throw new Error(`'${text}' is outside of the folders of ${this.#option} (${this.#roots.join(", ")})`);
    return real;
  }
}

const missing = (path: string): Error => Object.assign(new Error(`there is no '${path}'`), { code: "ENOENT" });

function orMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  }
}

function contents(text: unknown): string | Uint8Array {
  if (typeof text === "string" || text instanceof Uint8Array) return text;
  if (typeof text === "number" || typeof text === "bigint") return String(text);
  throw new TypeError("what is written must be a string");
}

/** A link that comes there at the last moment is not followed. */
function put(path: string, text: string | Uint8Array): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
  const file = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** A file, a link, or a folder that is empty. */
function remove(path: string): void {
  const found = orMissing(() => lstatSync(path));
  if (!found) throw missing(path);
  if (found.isDirectory()) rmdirSync(path);
  else unlinkSync(path);
}

/** @returns names, sorted; those of folders end with a slash */
const listed = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
