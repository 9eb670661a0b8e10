// Instances whose host offers services (docs/abi.md section 7). Keeps what the host is sent.
import { builtModule, instantiate } from "./client.mjs";
import { storeHost, wrap } from "./hosts.mjs";

/** The table id of the services, as JavaScript sees it. */
export const SERVICES = -1;

/** An instance after `init` whose host offers what `answers` has; `initialised` is what `init` returned. */
export function serviced(answers, store = storeHost()) {
  const lua = instantiate(builtModule(), serving(answers, store));
  lua.initialised = lua.exports.init();
  return lua;
}

/**
 * `store` with services. `answers` are texts, bytes, or functions that give them: undefined is -1. A function is called
 * with the bytes of the key. What the module sends is in `host.sent`, as [name, bytes].
 */
export function serving(answers, store = storeHost()) {
  const all = { services: Object.keys(answers).join(" "), ...answers };
  const sent = [];
  const host = wrap(store, {
    set(table, key, value) {
      if (table !== SERVICES) return store.set(table, key, value);
      sent.push([key, Buffer.from(value)]);
      return 0;
    },
    get(table, key, room) {
      if (table !== SERVICES) return store.get(table, key, room);
      const name = Object.keys(all).find(
        known => key === known || (key.startsWith(known) && key.length === known.length + 8),
      );
      const answer = typeof all[name] === "function" ? all[name](Buffer.from(key, "latin1")) : all[name];
      if (answer === undefined) return -1;
      const bytes = Buffer.from(answer).subarray(0, room.length);
      room.set(bytes);
      return bytes.length;
    },
  });
  return Object.assign(host, { sent });
}
