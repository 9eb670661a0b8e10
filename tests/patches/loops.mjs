// Every loop of the C files that are in the module: of Lua as it is patched, of lua/ and of shim-libc/. Knows tokens and
// brackets and the words that make loops; must not need to know more of C. `node tests/patches/loops.mjs --bless` rewrites the list.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LIST = path.join(ROOT, "lua/loops.txt");

/** Not compiled (build.rs). */
const ABSENT = ["lua.c", "luac.c", "onelua.c", "lundump.c"];

/** Functions that go over as much as there is: a call of one is a loop. */
export const LIBC = /^(mem(cpy|move|set|cmp|chr)|str(len|n?cmp|coll|n?cpy|r?chr|pbrk|c?spn|str)|lua_copybytes)$/;

/** Calls of these that a literal bounds. */
const BOUND = /^(strn?cmp\(.*"|strchr\(")/;

const TOKEN =
  /\/\*[^]*?\*\/|\/\/.*|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|^[ \t]*#(?:\\\n|\/\*[^]*?\*\/|[^\n])*|\w+|->|\+\+|--|<<=?|>>=?|&&|\|\||[-+*/%&|^=<>!]=|\S/gm;
const tokens = source => (source.match(TOKEN) ?? []).filter(token => !/^\/[*/]/.test(token));

/** The index behind the bracket that closes the one at `from`. */
function behind(list, from) {
  let depth = 0;
  for (let i = from; i < list.length; i++) {
    if (/^[([{]$/.test(list[i])) depth++;
    if (/^[)\]}]$/.test(list[i]) && --depth === 0) return i + 1;
  }
  throw new Error(`no bracket closes that of: ${list.slice(from, from + 20).join(" ")}`);
}

/** The name of the function whose parameters end before `brace`; undefined for a struct or an array. */
function nameBefore(list, brace) {
  if (list[brace - 1] !== ")") return undefined;
  let depth = 0;
  for (let i = brace - 1; i > 0; i--) {
    if (list[i] === ")") depth++;
    if (list[i] === "(" && --depth === 0) return list[i - 1];
  }
  return undefined;
}

/** The macros with arguments, as '#name', and the functions of one source: [name, body's tokens]. */
export function definitions(source) {
  const found = [];
  const list = tokens(source).filter(token => {
    const [, name, body] = /^\s*#\s*define\s+(\w+)\(([^]*)/.exec(token) ?? [];
    if (name) found.push([`#${name}`, tokens(body.replaceAll("\\\n", " "))]);
    return !/^\s*#/.test(token);
  });
  for (let i = 0; i < list.length; i++) {
    if (list[i] !== "{") continue;
    const end = behind(list, i);
    const name = nameBefore(list, i);
    if (name) found.push([name, list.slice(i, end)]);
    i = end - 1;
  }
  return found;
}

/** Code with the spaces of a reader, not those of its author. */
const text = list =>
  list
    .join(" ")
    .replace(/ ?(->|\.|\[|\+\+|--) ?/g, "$1")
    .replace(/ ([\],;)])/g, "$1")
    .replace(/([(!~]) /g, "$1")
    .replace(/(\(|[,=<>|?:+&] )([-*&]) (?=[\w*&(])/g, "$1$2")
    .replace(/(\w) \(/g, "$1(");

/** Where the condition of the `do` at `i` begins: behind its `while`. */
function conditionOf(body, i) {
  const end = body[i + 1] === "{" ? behind(body, i + 1) : body.indexOf("while", i);
  return end + 1;
}

/** Whether the `goto` at `i` goes back. */
const goesBack = (body, i) =>
  body.slice(0, i).some((token, at) => token === body[i + 1] && body[at + 1] === ":" && /[{};:)]/.test(body[at - 1]));

/** The heads of the loops of a body, in their order. `looping`: the macros that loop. */
function heads(body, looping) {
  const tails = new Set(); // of do loops
  const codeFrom = (i, from) => text(body.slice(i, behind(body, from)));
  return body.flatMap((word, i) => {
    if (word === "do") {
      const at = conditionOf(body, i);
      tails.add(at - 1);
      return body[at + 1] === "0" ? [] : [`do while ${codeFrom(at, at)}`];
    }
    if (word === "for" || (word === "while" && !tails.has(i))) return [codeFrom(i, i + 1)];
    if (word === "goto" && goesBack(body, i)) return [`goto ${body[i + 1]}`];
    if (body[i + 1] === "(" && (LIBC.test(word) || looping.has(word)))
      return [codeFrom(i, i + 1)].filter(head => !BOUND.test(head));
    return [];
  });
}

/** The files: [name, source], of Lua without a folder. */
export function sources() {
  const [, patched] = readFileSync(path.join(ROOT, "target/lua.sources"), "utf8").split("\n");
  return [
    [patched, ""],
    [path.join(ROOT, "lua"), "lua/"],
    [path.join(ROOT, "shim-libc"), "shim-libc/"],
  ].flatMap(([folder, prefix]) =>
    readdirSync(folder)
      .filter(file => /\.[ch]$/.test(file) && !ABSENT.includes(file))
      .sort()
      .map(file => [prefix + file, readFileSync(path.join(folder, file), "utf8")]),
  );
}

/** What these files define: [{file, name, body}]. */
export const parse = files =>
  files.flatMap(([file, source]) => definitions(source).map(([name, body]) => ({ file, name, body })));

/** @returns {{file: string, name: string, head: string}[]} every loop of what was parsed; a use of a macro that loops is one */
export function loops(parts) {
  const looping = new Set(
    parts
      .filter(({ name, body }) => name.startsWith("#") && heads(body, new Set()).length > 0)
      .map(({ name }) => name.slice(1)),
  );
  return parts.flatMap(({ file, name, body }) => heads(body, looping).map(head => ({ file, name, head })));
}

/** lua/loops.txt as [{file, name, head, reason}]; the lines ahead of the first file are for the reader. */
export function listed() {
  const list = [];
  let file;
  for (const line of readFileSync(LIST, "utf8").split("\n")) {
    if (/^\S+\.[ch]$/.test(line)) file = line;
    const [, name, head, reason] = /^ {2}(\S+) \| (.*) \| (.*)$/.exec(line) ?? [];
    if (name) list.push({ file, name, head, reason });
  }
  return list;
}

/** One line for each; the same loop in the same function at the same place among its like is the same loop. */
export const keys = list => {
  const seen = new Map();
  return list.map(({ file, name, head }) => {
    const key = `${file}: ${name}: ${head}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return seen.get(key) > 1 ? `${key} (${seen.get(key)})` : key;
  });
};

/** Writes the list anew: what it says of a loop stays, a new one is UNCOUNTED. */
function bless() {
  const old = listed();
  const reasons = new Map(keys(old).map((key, i) => [key, old[i].reason]));
  const found = loops(parse(sources()));
  let file;
  const body = keys(found).map((key, i) => {
    const { name, head } = found[i];
    const above = found[i].file === file ? "" : `\n${found[i].file}\n`;
    file = found[i].file;
    return `${above}  ${name} | ${head} | ${reasons.get(key) ?? "UNCOUNTED: new"}\n`;
  });
  const [top] = readFileSync(LIST, "utf8").split("\n\n", 1);
  writeFileSync(LIST, `${top}\n${body.join("")}`);
}

if (process.argv.includes("--bless")) bless();
