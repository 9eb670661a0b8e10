// The programs of programs.lua, and instances of a module in the world that they expect.
import { readFileSync } from "node:fs";
import { PAGE, instantiate } from "../abi/client.mjs";
import { bytesOf, storeHost, wrap } from "../abi/hosts.mjs";

const SERVICES = -1;
const text = readFileSync(new URL("programs.lua", import.meta.url), "utf8");
const sections = new Map(
  text
    .split(/^--- /m)
    .slice(1)
    .map(part => {
      const end = part.indexOf("\n");
      return [part.slice(0, end), part.slice(end + 1)];
    }),
);

/** Shows all of the world that a program may not lose. */
export const LOOK = sections.get("look");
/** The same in a fresh instance, which has no globals of the world. */
export const LOOK_ANEW = LOOK.replace("held[1].held", "true");
/** What any state can do. */
export const PROBE = 'return 1 + 1, #("x"):rep(1000)';
export const PROBED = "2\t1000";

/** The program that is no source but the export. */
const RUN_GC = "run_gc";
/** The names of all programs. */
export const programs = [RUN_GC, ...sections.keys()].filter(name => name !== "world" && name !== "look");

/** Runs a program: {ok, text}. */
export function run(lua, name) {
  if (name !== RUN_GC) return lua.eval(sections.get(name));
  lua.exports.run_gc();
  return { ok: true, text: "" };
}

export const firstLine = text => text.split("\n")[0];

/** Every k below `end`, or `most` of them, spread evenly. */
export function chosen(end, most) {
  const count = Math.min(end, most);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * end) / count));
}

/** A host that takes output, results and errors in pieces, and drops them. */
export const takingMessages = host =>
  wrap(host, {
    get(table, key, room) {
      if (table !== SERVICES) return host.get(table, key, room);
      if (key !== "services") return -1;
      room.set(bytesOf("stdout results error"));
      return 20;
    },
    set: (table, key, value) => (table === SERVICES ? 0 : host.set(table, key, value)),
  });

/** Makes instances of `module` in the world: each has a copy of the memory and of the store of one that was prepared. */
export class World {
  constructor(module, wrapper = takingMessages) {
    Object.assign(this, { module, wrapper });
    const prepared = instantiate(module, wrapper(storeHost()));
    if (prepared.exports.init() !== 0) throw new Error("init failed");
    prepared.run(sections.get("world"));
    const memory = new Uint8Array(prepared.memory.buffer);
    this.pages = memory.length / PAGE;
    this.image = memory.slice(0, memory.findLastIndex(byte => byte !== 0) + 1);
    this.store = prepared.host.store;
  }

  /** An instance as the prepared one was; `wrapper` goes around its host. */
  instance(wrapper = host => host) {
    const lua = instantiate(this.module, wrapper(this.wrapper(storeHost(this.storeCopy()))));
    lua.memory.grow(this.pages - lua.memory.buffer.byteLength / PAGE);
    new Uint8Array(lua.memory.buffer).set(this.image);
    return lua;
  }

  /** An instance that starts anew on a store. */
  reopened(store) {
    const lua = instantiate(this.module, this.wrapper(storeHost(store)));
    if (lua.exports.init() !== 0) throw new Error("init failed");
    return lua;
  }

  storeCopy() {
    return new Map(Array.from(this.store, ([table, contents]) => [table, new Map(contents)]));
  }
}
