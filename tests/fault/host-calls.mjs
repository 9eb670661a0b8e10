// Runs a program on a host whose k-th call is refused or answered with nonsense, for every k, on the shipped module, and
// checks what is promised: no trap and a state that works, whatever the host says; and nothing lost when it refuses.
import assert from "node:assert/strict";
import { instantiate, moduleBytes, withMaximumMemory } from "../abi/client.mjs";
import { METHODS, bytesOf, counting, storeHost, wrap } from "../abi/hosts.mjs";
import { LOOK, LOOK_ANEW, PROBE, PROBED, World, chosen, firstLine, programs, run } from "./programs.mjs";

/** Counts that lie make the module ask for more and more room: here it gets 8 MiB. */
const PAGES = 128;

/** Everything that is stored, read: whatever the module was told, it wrote nothing that cannot be read. */
const READ_ALL = "ext.copy(Memory) for _, name in ipairs(ext.names()) do ext.copy(ext.table(name)) end";

// A lie is a function of the truth and the arguments; `args.at(-1)` is the room, where there is one.

const answers = numbers => Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, () => number]));

const REFUSALS = answers({
  "-1": -1,
  1: 1,
  256: 256,
  "the largest number": 2 ** 31 - 1,
  "the smallest number": -(2 ** 31),
});
const NUMBERS = {
  ...answers({
    "-1": -1,
    0: 0,
    1: 1,
    5: 5,
    "the largest number": 2 ** 31 - 1,
    "the smallest number": -(2 ** 31),
    "not a number": NaN,
  }),
  "one less": truth => truth - 1,
  "one more": truth => truth + 1,
};
const LENGTHS = {
  ...NUMBERS,
  "the room": (truth, args) => args.at(-1).length,
  "more than the room": (truth, args) => args.at(-1).length + 1,
};

/** An answer of the right length that `spoil` writes over. */
const spoilt = spoil => (truth, args) => (spoil(args.at(-1).subarray(0, Math.max(truth, 0))), truth);
const u32 = (at, number) =>
  spoilt(answer => {
    if (answer.length >= at + 4) new DataView(answer.buffer, answer.byteOffset).setUint32(at, number, true);
  });
const VALUES = {
  "bytes of zero": spoilt(answer => answer.fill(0)),
  "bytes of 255": spoilt(answer => answer.fill(255)),
  "an unknown tag": spoilt(answer => answer.fill(9, 0, 1)),
  "a function": spoilt(answer => answer.fill(5, 0, 1)),
  "a string that says it is longer": spoilt(answer =>
    answer.set(Uint8Array.of(4, 255, 255, 255, 255).subarray(0, answer.length)),
  ),
  "a table that does not exist": (truth, args) => (args.at(-1).set([7, 254, 255, 255, 127]), 5),
};
const KEYS = {
  "a count of 0": u32(0, 0),
  "a count of 1,000": u32(0, 1000),
  "a count of 2^32-1": u32(0, 2 ** 32 - 1),
  "a key longer than the answer": u32(4, 100_000),
  "a key of 2^32-1 bytes": u32(4, 2 ** 32 - 1),
  "an empty key": u32(4, 0),
  "keys that decode to nothing": spoilt(answer => answer.fill(5, 8)),
};

/** Method -> name of a lie -> lie. A write that is answered with one was not done. */
const LIES = {
  set: REFUSALS,
  delete: REFUSALS,
  size: NUMBERS,
  get: { ...LENGTHS, ...VALUES },
  keys: { ...LENGTHS, ...KEYS },
};

/** How often in a row. Not for ever: to a host that says that no id is free the module would put that question for ever. */
const TIMES = [1, 1000];

const isWrite = method => method === "set" || method === "delete";

/** A host that answers `times` calls of a method from the k-th on with a lie. */
function lying(host, method, k, lie, times) {
  let nth = 0;
  const lies = () => ++nth > k && nth <= k + times;
  const write = (...args) => (lies() ? lie() : host[method](...args));
  const read = (...args) => {
    const truth = host[method](...args);
    return lies() ? lie(truth, args) : truth;
  };
  return wrap(host, { [method]: isWrite(method) ? write : read });
}

let cached;
const world = () => (cached ??= new World(new WebAssembly.Module(withMaximumMemory(moduleBytes(), PAGES))));

function undisturbed(name) {
  const lua = world().instance(counting);
  const before = world().instance().run(LOOK);
  const answer = run(lua, name);
  const calls = { ...lua.host.calls };
  return { answer, calls, before, after: lua.run(LOOK) };
}

function disturbed(name, expected, method, k, lie, times) {
  const lua = world().instance(host => lying(host, method, k, lie, times));
  const answer = run(lua, name);
  for (let round = 0; round < 3; round++) lua.exports.run_gc();
  assert.equal(lua.run(PROBE), PROBED);
  const fresh = world().reopened(lua.host.store);
  fresh.run(READ_ALL);
  if (isWrite(method)) checkRefusal(answer, expected, fresh.run(LOOK_ANEW));
}

/** A refused write is an error that says so, if the program sees it, and loses nothing. */
function checkRefusal({ ok, text }, { answer, before, after }, now) {
  const same = ok === answer.ok && firstLine(text) === firstLine(answer.text);
  assert.ok(
    same || (!ok && /the host refused/.test(firstLine(text))),
    `the answer is ${JSON.stringify(text.slice(0, 300))}`,
  );
  assert.ok(now === before || now === after, `the world is ${now}`);
}

/**
 * Every k of every method, or `most` of each and more of those that write, with every lie, once and often:
 * [method, k, name of the lie, lie, times].
 */
function* liesFor(calls, most) {
  for (const method of METHODS) {
    for (const k of chosen(calls[method], isWrite(method) ? 6 * most : most)) {
      for (const [what, lie] of Object.entries(LIES[method])) {
        for (const times of TIMES) yield [method, k, what, lie, times];
      }
    }
  }
}

function inject(name, most) {
  const expected = undisturbed(name);
  let tried = 0;
  for (const [method, k, what, lie, times] of liesFor(expected.calls, most)) {
    try {
      disturbed(name, expected, method, k, lie, times);
    } catch (error) {
      throw new Error(`'${name}' with ${method} ${k} answering ${what}, ${times} times: ${error.message}`, {
        cause: error,
      });
    }
    tried++;
  }
  return { tried };
}

const SERVICES = {
  services: bytesOf("clock seed stdout results error"),
  clock: new Uint8Array(8),
  seed: new Uint8Array(16),
};

/** A host with services. */
const offering = host =>
  wrap(host, {
    get(table, key, room) {
      if (table !== -1 || !SERVICES[key]) return host.get(table, key, room);
      room.set(SERVICES[key].subarray(0, room.length));
      return Math.min(SERVICES[key].length, room.length);
    },
  });

/** Lies about the services, at `init` and while they are used. */
function injectServices(most) {
  let tried = 0;
  for (const [method, k, , lie, times] of liesFor({ set: 0, delete: 0, size: 0, keys: 0, get: 8 }, most)) {
    const lua = instantiate(world().module, lying(offering(storeHost()), method, k, lie, times));
    assert.equal(lua.exports.init(), 0);
    assert.match(lua.run("print(os.time(), os.clock(), os.date(), math.random() < 1) return 1"), /1$|^$/);
    tried++;
  }
  return { tried };
}

/** What can be lied to: [name, function of a bound on the k tried for each method that gives {tried}]. */
export const targets = () => [
  ["services", injectServices],
  ...programs.map(name => [name, most => inject(name, most)]),
];
