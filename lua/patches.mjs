#!/usr/bin/env node
// Edits one patch of the series in lua/patches/, which build.rs applies in the order of their numbers:
//   node lua/patches.mjs edit 0007        its result as a folder of sources, with what it changes as git's uncommitted changes
//   node lua/patches.mjs edit 0019-name   the same for a new patch, which changes nothing yet
//   node lua/patches.mjs save             writes it back, and says whether all later ones still apply
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const NAME = /^\d{4}-[a-z0-9-]+$/;
const HEAD = "What it does, in a sentence.\n\nWhy: \nWhat it costs: \n\n";
/** Made by `edit`: which patch is edited. Not a file that git sees. */
const MARK = ".git/lua-patch";

/** The series, with the places it needs. */
export class Series {
  #patches;
  #stock;
  #work;

  /**
   * @param {string} patches the folder of the patches
   * @param {string} stock Lua's sources as they came
   * @param {string} work where a patch is edited
   */
  constructor(patches, stock, work) {
    this.#patches = patches;
    this.#stock = stock;
    this.#work = work;
  }

  /** @returns {string[]} the names of all patches, in order */
  get names() {
    const files = readdirSync(this.#patches).filter(file => file.endsWith(".patch"));
    return files.map(file => path.basename(file, ".patch")).sort();
  }

  #text(name) {
    return readFileSync(path.join(this.#patches, `${name}.patch`), "utf8");
  }

  /** @param {string} asked a number or a name @returns {string} the name of a patch that is there, or a new one */
  #find(asked) {
    const found = this.names.find(name => name === asked || name.split("-")[0] === asked);
    if (found) return found;
    const taken = this.names.find(name => name.split("-")[0] === asked.split("-")[0]);
    if (taken) throw new Error(`${taken} has that number: a new patch takes the next free one`);
    if (NAME.test(asked)) return asked;
    throw new Error(`there is no patch ${asked}; a new one is named by four digits and words, as 0019-some-words`);
  }

  /** The sources with every patch ahead of `last`, in `folder`. @throws {Error} naming the patch that does not apply */
  applyUntil(last, folder) {
    rmSync(folder, { recursive: true, force: true });
    cpSync(this.#stock, folder, { recursive: true });
    for (const name of this.names) if (name < last) applyTo(folder, name, this.#text(name));
  }

  /** Begins to edit. @returns {string} what there is to know */
  edit(asked) {
    const name = this.#find(asked);
    if (isUnsaved(this.#work)) throw new Error(`${this.#work} has changes that are not saved: save them or delete it`);
    this.applyUntil(name, this.#work);
    git(this.#work, "init", "-q");
    commitAll(this.#work, `Lua's sources with the patches ahead of ${name}`);
    writeFileSync(path.join(this.#work, MARK), name);
    const rejected = this.names.includes(name) ? applyWhatFits(this.#work, this.#text(name)) : [];
    noteSaved(this.#work);
    if (rejected.length === 0) return `${name}: edit ${this.#work}, then save`;
    return `${name} does not apply to ${rejected.join(", ")}: the rest is in ${this.#work}. Make the changes in the .rej files by hand, delete those files, then save`;
  }

  /** Writes the edited patch. @throws {Error} naming the first later one that does not apply; the edited one is written then, too */
  save() {
    const mark = path.join(this.#work, MARK);
    if (!existsSync(mark)) throw new Error("no patch is being edited: begin with edit");
    const name = readFileSync(mark, "utf8");
    const left = readdirSync(this.#work).filter(file => file.endsWith(".rej"));
    if (left.length > 0) throw new Error(`${left.join(", ")}: make these changes by hand and delete the file first`);
    const extra = git(this.#work, "ls-files", "--others").trim().split("\n").join(", ");
    if (extra) throw new Error(`${extra}: a patch makes no files; C files of ours are in lua/`);
    const text = this.#written(name);
    writeFileSync(path.join(this.#patches, `${name}.patch`), text);
    noteSaved(this.#work);
    const later = this.names.filter(other => other > name);
    const copy = `${this.#work}.later`;
    try {
      this.applyUntil(name, copy);
      for (const other of [name, ...later]) applyTo(copy, other, this.#text(other));
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
    return `${name} is saved; ${later.length} later ones apply`;
  }

  /** The patch anew; what it says of a file that was not touched stays as it is. */
  #written(name) {
    const { head, parts } = this.names.includes(name) ? split(this.#text(name)) : { head: HEAD, parts: new Map() };
    const before = `${this.#work}.before`;
    this.applyUntil(name, before);
    if (parts.size > 0) applyWhatFits(before, this.#text(name));
    const changed = git(this.#work, "diff", "--name-only").split("\n").filter(Boolean);
    const isSame = file => parts.has(file) && same(path.join(before, file), path.join(this.#work, file));
    const order = [
      ...[...parts.keys()].filter(file => changed.includes(file)),
      ...changed.filter(file => !parts.has(file)),
    ];
    const texts = order.map(file => (isSame(file) ? parts.get(file) : difference(this.#work, file)));
    rmSync(before, { recursive: true });
    return head + texts.join("");
  }
}

const same = (a, b) => existsSync(a) && readFileSync(a).equals(readFileSync(b));

function git(folder, ...args) {
  const settings = ["-c", "user.name=lua", "-c", "user.email=lua@localhost", "-c", "core.autocrlf=false"];
  return execFileSync("git", [...settings, ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function commitAll(folder, message) {
  git(folder, "add", "--all");
  git(folder, "commit", "-q", "--no-verify", "--no-gpg-sign", "-m", message);
}

/** What is there is what the patch has: nothing is lost when the folder goes. */
const state = folder => git(folder, "diff");
const noteSaved = folder => writeFileSync(path.join(folder, `${MARK}.saved`), state(folder));
const isUnsaved = folder =>
  existsSync(path.join(folder, `${MARK}.saved`)) &&
  readFileSync(path.join(folder, `${MARK}.saved`), "utf8") !== state(folder);

/** @returns {{ head: string, parts: Map<string, string> }} what is for the reader, and the changes by file */
export function split(text) {
  const [head, ...pieces] = text.split(/^(?=--- \S+\n\+\+\+ )/m);
  return { head, parts: new Map(pieces.map(piece => [/^--- (\S+)/.exec(piece)[1], piece])) };
}

/** Exactly, at whatever line: as build.rs does. */
function applyTo(folder, name, text) {
  for (const [file, part] of split(text).parts) {
    if (!applyPart(folder, part))
      throw new Error(`${name} does not apply to ${file}: node lua/patches.mjs edit ${name.split("-")[0]}`);
  }
}

/** @returns {boolean} whether all of it could be applied; otherwise nothing has changed, or with `--reject` the rest has */
function applyPart(folder, part, ...options) {
  try {
    // Outside of any repository, so that no other one is looked at.
    execFileSync("git", ["apply", "-p0", "--recount", "--unidiff-zero", "--whitespace=nowarn", ...options], {
      cwd: folder,
      input: part,
      stdio: ["pipe", "ignore", "ignore"],
      env: { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(path.resolve(folder)) },
    });
    return true;
  } catch {
    return false;
  }
}

/** @returns {string[]} the files of which something is left, in .rej files */
function applyWhatFits(folder, text) {
  return [...split(text).parts].filter(([, part]) => !applyPart(folder, part, "--reject")).map(([file]) => file);
}

/** A file's changes, without what git says ahead of them. */
function difference(folder, file) {
  const text = git(folder, "diff", "--no-color", "--no-ext-diff", "--no-prefix", "-U3", "--", file);
  return text.slice(text.search(/^--- /m));
}

function main([command, asked, ...rest]) {
  const known = path.join(ROOT, "target/lua.sources");
  if (!existsSync(known)) throw new Error("Lua's sources are not there yet: sh build.sh");
  const [stock] = readFileSync(known, "utf8").split("\n");
  const series = new Series(path.join(ROOT, "lua/patches"), stock, path.join(ROOT, "target/lua.patch"));
  if (command === "edit" && asked && rest.length === 0) return series.edit(asked);
  if (command === "save" && asked === undefined) return series.save();
  throw new Error("usage: node lua/patches.mjs edit NUMBER[-name] | save");
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(main(process.argv.slice(2)));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
