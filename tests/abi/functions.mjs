// A plain host with functions that Lua can call (docs/abi.md section 9), and the requests to it.
import { builtModule, instantiate } from "./client.mjs";
import { bytesOf, storeHost, wrap } from "./hosts.mjs";
import { SERVICES } from "./serviced.mjs";
import { value } from "./wire.mjs";

export const u32 = number => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
};
/** Values of a message that wire.mjs does not know. */
export const NIL = Buffer.of(0);
export const held = reference => Buffer.concat([Buffer.of(11), u32(reference)]);
export const named = name => Buffer.concat([Buffer.of(12), u32(name.length), Buffer.from(name)]);
export const table = (...pairs) => Buffer.concat([Buffer.of(8), u32(pairs.length), ...pairs.flat().map(encoded)]);
function encoded(v) {
  if (Buffer.isBuffer(v)) return v;
  if (v === null) return NIL;
  if (v.held !== undefined) return held(v.held);
  return v.named === undefined ? value(v) : named(v.named);
}
export const message = (...values) => Buffer.concat([u32(values.length), ...values.map(encoded)]);

/** The values of a message: {held}, {named}, {table}, {shown}, {entries}, bigint, number, string, boolean, null. */
export function parse(bytes) {
  let at = 0;
  const tables = [];
  const number = () => bytes.readUInt32LE((at += 4) - 4);
  const text = () => bytes.toString("latin1", at + 4, (at += 4 + bytes.readUInt32LE(at)));
  const one = () => {
    const tag = bytes[at++];
    switch (tag) {
      case 0:
        return null;
      case 1:
        return bytes[at++] === 1;
      case 2:
        return bytes.readBigInt64LE((at += 8) - 8);
      case 3:
        return bytes.readDoubleLE((at += 8) - 8);
      case 4:
        return text();
      case 7:
        return { table: number() };
      case 8: {
        const made = { entries: [] };
        tables.push(made);
        for (let pairs = number(); pairs > 0; pairs--) made.entries.push([one(), one()]);
        return made;
      }
      case 9:
        return tables[number()];
      case 10:
        return { shown: text() };
      case 11:
        return { held: number() };
      case 12:
        return { named: text() };
      default:
        throw new Error(`tag ${tag}`);
    }
  };
  const values = Array.from({ length: number() }, one);
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes too many`);
  return values;
}

/** What a function of the host answers: its results, an error, or nothing yet. */
export const results = (...values) => Buffer.concat([Buffer.of(0), message(...values)]);
export const raised = (text, name = "Error", code = NIL) => Buffer.concat([Buffer.of(1), message(text, name, code)]);
export const LATER = Buffer.of(2);

/**
 * An instance whose host has `functions`, by name: each gets the ticket and the values, and returns an answer or undefined (-1).
 * `lua.calls` are the calls so far, `lua.sent` what the module sent.
 */
export function hosting(
  functions,
  {
    more = {},
    services = "host request results error stdout",
    names = Object.keys(functions),
    store = storeHost(),
    module = builtModule(),
  } = {},
) {
  const state = { next: undefined, last: undefined, calls: [], sent: [] };
  const answer = key => {
    if (key === "services") return Buffer.from(services);
    if (key === "host") return Buffer.from(names.join("\n"));
    if (key === "request") return state.next;
    if (key === "answer") return state.last;
    if (!key.startsWith("call ")) return more[key];
    const bytes = Buffer.from(bytesOf(key));
    const ticket = bytes.readUInt32LE(5);
    const end = 13 + bytes.readUInt32LE(9);
    const name = bytes.toString("latin1", 13, end);
    const args = parse(bytes.subarray(end));
    state.calls.push([ticket, name, args]);
    return (state.last = functions[name]?.(ticket, ...args));
  };
  const host = wrap(store, {
    set(id, key, bytes) {
      if (id !== SERVICES) return store.set(id, key, bytes);
      state.sent.push([key, Buffer.from(bytes)]);
      return 0;
    },
    get(id, key, room) {
      if (id !== SERVICES) return store.get(id, key, room);
      const bytes = answer(key);
      if (bytes === undefined) return -1;
      const part = bytes.subarray(0, room.length);
      room.set(part);
      return part.length;
    },
  });
  const lua = instantiate(module, host);
  if (lua.exports.init() !== 0) throw new Error("init failed");
  return requesting(lua, state);
}

/** Adds what asks `lua` with requests: each returns {ok, text, out, values, waiting, abandoned}. */
export function requesting(lua, state) {
  Object.assign(lua, { state, calls: state.calls });
  lua.request = (...values) => {
    state.sent.length = 0;
    state.next = message(...values);
    const answer = lua.eval('error("the buffer is run")');
    state.next = undefined;
    const sent = name => state.sent.filter(([key]) => key === name).map(([, bytes]) => bytes);
    const [waiting] = sent("waiting");
    const [typed] = sent("results");
    const [error] = sent("error");
    return {
      ok: answer.ok,
      n: answer.n,
      text: answer.text,
      first: answer.text.split("\n")[0],
      out: Buffer.concat(sent("stdout")).toString(),
      ...(waiting && { waiting: waiting.readUInt32LE() }),
      ...(typed && { values: parse(typed) }),
      ...(error && { error }),
      abandoned: sent("abandon").map(bytes => bytes.readUInt32LE()),
    };
  };
  lua.start = (source, ...args) => lua.request("start", source, "=task", ...args);
  lua.ask = (source, ...args) => lua.request("run", source, "=chunk", ...args);
  lua.resume = (ticket, ...values) => lua.request("resume", BigInt(ticket), true, ...values);
  lua.refuse = (ticket, ...error) => lua.request("resume", BigInt(ticket), false, ...error);
  lua.cancel = ticket => lua.request("cancel", BigInt(ticket));
  /** A task to its end: each wait is answered with what `answer(ticket)` gives. */
  lua.finish = (source, answer = () => [], limit = 1000) => {
    let step = lua.start(source);
    let out = step.out;
    for (let waits = 0; step.waiting !== undefined && waits < limit; waits++) {
      step = lua.resume(step.waiting, ...answer(step.waiting));
      out += step.out;
    }
    return { ...step, out };
  };
  return lua;
}
