// Hosts for lua.wasm: a store in memory, and wrappers that make a host misbehave in one way each.
//
// A host has one method an import. Tables are the signed numbers that imports receive, keys latin1
// strings, values Uint8Array; `room` is the module's own memory, to be written to:
//   set(table, key, value)  get(table, key, room)  delete(table, key)  size(table)  keys(table, room)

export const latin1 = bytes => Buffer.from(bytes).toString("latin1");
export const bytesOf = latin1Text => new Uint8Array(Buffer.from(latin1Text, "latin1"));

/** The five methods, in the order of the contract. */
export const METHODS = ["set", "get", "delete", "size", "keys"];

/**
 * The host most pages have: `get` copies a prefix of what does not fit, `keys` stops silently when the room is full.
 * `host.store` is a Map of table -> Map of key -> value; it may be replaced between two evals.
 */
export function storeHost(store = new Map()) {
  const host = {
    store,
    set(table, key, value) {
      if (!host.store.has(table)) host.store.set(table, new Map());
      host.store.get(table).set(key, value);
      return 0;
    },
    get(table, key, room) {
      const value = host.store.get(table)?.get(key);
      if (!value) return -1;
      const copied = value.subarray(0, room.length);
      room.set(copied);
      return copied.length;
    },
    delete: (table, key) => (host.store.get(table)?.delete(key) ? 0 : -1),
    size: table => host.store.get(table)?.size ?? 0,
    keys(table, room) {
      const contents = host.store.get(table);
      return contents ? writeKeys(contents, room) : 0;
    },
  };
  return host;
}

/** As many keys as fit; it looks at no more of them, as a host should that is asked for the first one of many. */
function writeKeys(contents, room) {
  if (room.length < 4) return 0;
  const view = new DataView(room.buffer, room.byteOffset, room.length);
  view.setUint32(0, contents.size, true);
  let end = 4;
  for (const key of contents.keys()) {
    if (end + 4 + key.length > room.length) break;
    view.setUint32(end, key.length, true);
    room.set(bytesOf(key), end + 4);
    end += 4 + key.length;
  }
  return end;
}

/** A method by each name that a host has. */
export const eachMethod = make => Object.fromEntries(METHODS.map(name => [name, make(name)]));

/** `host` with some methods replaced; all others, and `store`, are the host's own. */
export function wrap(host, methods) {
  const forwarded = eachMethod(
    name =>
      (...args) =>
        host[name](...args),
  );
  return Object.defineProperty({ ...forwarded, ...methods }, "store", {
    get: () => host.store,
    set: store => {
      host.store = store;
    },
  });
}

/** Answers -1 for a value that does not fit, as for an absent one. */
export const tooBig = host =>
  wrap(host, {
    get(table, key, room) {
      const value = host.store.get(table)?.get(key);
      return value && value.length > room.length ? -1 : host.get(table, key, room);
    },
  });

/**
 * Refuses some writes with `answer`. `refuses({name, table, key, value, nth})` decides; `nth` counts writes from 1.
 * A number refuses that one write only.
 */
export function refusing(host, refuses, answer = -1) {
  const decide = typeof refuses === "function" ? refuses : ({ nth }) => nth === refuses;
  let nth = 0;
  const guard = name => (table, key, value) =>
    decide({ name, table, key, value, nth: ++nth }) ? answer : host[name](table, key, value);
  return wrap(host, { set: guard("set"), delete: guard("delete") });
}

/** Answers with `lie(name, truth, args)` in place of the truth; undefined stays with the truth. */
export const lying = (host, lie) =>
  wrap(
    host,
    eachMethod(name => (...args) => {
      const truth = host[name](...args);
      return lie(name, truth, args) ?? truth;
    }),
  );

const NUMBERS = [0, 1, -1, -2, 2, 3, 4, 5, 9, 64, 16383, 16384, 16385, 65536, 2 ** 31 - 1, -(2 ** 31), NaN, Infinity];

/** Gives random answers, and fills the room with random bytes, with the given probability. */
export const random = (host, generator, probability = 0.5) =>
  lying(host, (name, truth, args) => {
    if (!generator.chance(probability)) return undefined;
    const room = name === "get" || name === "keys" ? args.at(-1) : new Uint8Array(0);
    const start = generator.below(room.length + 1);
    room.set(generator.bytes(Math.min(generator.below(40), room.length - start)), generator.chance(0.5) ? 0 : start);
    return generator.pick(NUMBERS);
  });

/** Counts calls in `host.calls`, by method, and keeps them in `host.log` as [name, table, key]. */
export function counting(host) {
  const calls = eachMethod(() => 0);
  const log = [];
  const counted = wrap(
    host,
    eachMethod(name => (...args) => {
      calls[name]++;
      log.push([name, args[0], typeof args[1] === "string" ? args[1] : undefined]);
      return host[name](...args);
    }),
  );
  return Object.assign(counted, { calls, log });
}

/** Calls `before(name, args)` ahead of each call: to throw, or to call an export from inside an import. */
export const watched = (host, before) =>
  wrap(
    host,
    eachMethod(name => (...args) => {
      before(name, args);
      return host[name](...args);
    }),
  );

/** Throws out of the calls that `throws(name, args)` picks; all of them, if it is not given. */
export const throwing = (host, throws = () => true) =>
  watched(host, (name, args) => {
    if (throws(name, args)) throw new Error(`the host threw out of ${name}`);
  });
