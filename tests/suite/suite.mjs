// Runs files of the official Lua test suite as its all.lua does, each in an instance of its own.
import { builtModule, moduleBytes, open, quote, withMaximumMemory } from "../abi/client.mjs";
import { storeHost, wrap } from "../abi/hosts.mjs";
import { readdirSync, readFileSync } from "node:fs";
import { LEFT_OUT, SKIPS } from "./skips.mjs";

const SECONDS = 300;
const SERVICES = -1;
const PIECE = 16000;
const MODULES = ["tracegc", "bwcoercion"];

// heavy.lua fills a table until memory is full: here 1 GiB, not 4.
const FULL_AT_PAGES = { "heavy.lua": 16384 };

const PRELUDE = `
  _soft, _port, _nomsg, debug, T = false, false, false, nil, nil
  function Message (m) print(m) end
  assert(os.setlocale "C")
  require "tracegc".start()`;

// How all.lua runs the files of which it expects more than that they end without an error.
const RUN = {
  "calls.lua": "assert(f() == deep and deep)",
  "attrib.lua": "assert(f() == 27)",
  "locals.lua": "assert(f() == 5)",
  "events.lua": "assert(f() == 12)",
  "verybig.lua": "assert(f() == 10)",
  "big.lua": `f = coroutine.wrap(f) assert(f() == 'b') assert(f() == 'a')`,
};

// What a file prints last: OK, but for these. tracegc.lua marks each collection with a dot.
const LAST_WORDS = { "files.lua": /Lua 5\.4\n\.*$/, "utf8.lua": /ok\n\.*$/ };

export const filesOf = folder => readdirSync(folder).filter(name => name.endsWith(".lua"));

export const filesToRun = folder => filesOf(folder).filter(name => !(name in LEFT_OUT));

/** Runs a file without the parts that `skips` names: {ok, text}, where text is its output or error. */
export function runFile(folder, name, skips = SKIPS) {
  const lua = open(host(), moduleFor(name));
  for (const module of MODULES) {
    feed(lua, readFileSync(`${folder}${module}.lua`));
    lua.run(`package.preload.${module} = assert(load(table.concat(source), "@${module}.lua"))`);
  }
  feed(lua, sourceOf(folder, name, skips));
  const load = `local f = assert(load(table.concat(source), "@${name}")) source = nil`;
  const { ok, text } = lua.eval(`${PRELUDE} ${load} ${RUN[name] ?? "f()"} assert(debug == nil)`);
  return { ok: ok && (LAST_WORDS[name] ?? /OK\n\.*$/).test(text), text };
}

/** A file's bytes, without the parts that are skipped; what follows stays on its line. */
export function sourceOf(folder, name, skips = SKIPS) {
  const text = readFileSync(folder + name, "latin1");
  const own = skips.filter(({ file }) => file === name);
  return Buffer.from(own.reduce(withoutPart, text), "latin1");
}

function withoutPart(text, { file, from, to, by = "" }) {
  const start = text.indexOf(from);
  if (start < 0) throw new Error(`${file} has no text ${JSON.stringify(from)}: mend skips.mjs`);
  if (text.includes(from, start + 1)) throw new Error(`${file} has ${JSON.stringify(from)} twice: mend skips.mjs`);
  const last = to === undefined ? start : text.indexOf(to, start + from.length - 1);
  if (last < 0)
    throw new Error(`${file} has no text ${JSON.stringify(to)} after ${JSON.stringify(from)}: mend skips.mjs`);
  const end = last + (to ?? from).length;
  return text.slice(0, start) + by + text.slice(start, end).replace(/[^\n]/g, "") + text.slice(end);
}

// Leaves bytes of any length in the global table `source`, as pieces that fit the buffer.
function feed(lua, bytes) {
  lua.run("source = {}");
  for (let at = 0; at < bytes.length; at += PIECE) {
    lua.run(`source[#source + 1] = ${quote(bytes.subarray(at, at + PIECE))}`);
  }
}

const moduleFor = name =>
  name in FULL_AT_PAGES ? withMaximumMemory(moduleBytes(), FULL_AT_PAGES[name]) : builtModule();

// A host with a clock, which interrupts a file that does not end by itself.
function host() {
  const end = Date.now() + SECONDS * 1000;
  const answers = {
    services: () => Buffer.from("clock interrupt"),
    clock: () => new Uint8Array(new Float64Array([Date.now() / 1000]).buffer),
    interrupt: () => (Date.now() < end ? undefined : new Uint8Array(0)),
  };
  const store = storeHost();
  return wrap(store, {
    get(table, key, room) {
      if (table !== SERVICES) return store.get(table, key, room);
      const answer = answers[key]?.();
      if (!answer) return -1;
      room.set(answer);
      return answer.length;
    },
  });
}
