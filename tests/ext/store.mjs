// What the tests of external tables share: a look at the host's store, and at the calls that reach it.
import { builtModule, open } from "../abi/client.mjs";
import { counting, storeHost } from "../abi/hosts.mjs";
import { key, value } from "../abi/wire.mjs";

/** Much larger tests, which take minutes: `TEST_LONG=1`. */
export const LONG = Boolean(process.env.TEST_LONG);

/** The stored bytes of `table[data]`; undefined when there are none. */
export const stored = (host, table, data) => host.store.get(table)?.get(key(data));

/** A store from {table: [[key, value], ...]}, in the terms of wire.mjs. Values that are arrays are raw bytes. */
export const storeOf = tables =>
  new Map(
    Object.entries(tables).map(([id, entries]) => [
      Number(id),
      new Map(entries.map(([k, v]) => [key(k), Array.isArray(v) ? Uint8Array.from(v) : value(v)])),
    ]),
  );

/** A ready instance whose host counts calls. */
export const openCounting = (store = new Map(), wrapper = host => host) => open(counting(wrapper(storeHost(store))));

/** Runs `action` and returns the calls it made: {set, get, delete, size, keys, log}. */
export function callsOf(lua, action) {
  const { calls, log } = lua.host;
  const before = { ...calls };
  const start = log.length;
  action();
  const made = Object.fromEntries(Object.entries(calls).map(([name, n]) => [name, n - before[name]]));
  return { ...made, log: log.slice(start) };
}

/** The calls of a Lua chunk that must succeed. */
export const callsOfRun = (lua, source) => callsOf(lua, () => lua.run(source));

/** The store as sorted plain data, for comparison; tables without keys do not show. */
export const dump = store =>
  Array.from(store, ([table, entries]) => [
    table,
    Array.from(entries, ([k, v]) => [k, Buffer.from(v).toString("latin1")]).sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
    .filter(([, entries]) => entries.length > 0)
    .sort(([a], [b]) => a - b);

/** The same without the catalogue. */
export const dumpTables = store => dump(store).filter(([table]) => table !== 0);

/** A fresh instance on the same store. */
export const reopen = lua => open(storeHost(lua.host.store), builtModule());

/** Lua source of `describe(t)`: what is reachable from t as text that does not depend on ids or on the order of keys. */
export const DESCRIBE = `
function describe(top)
  local number, count = {}, 0
  local function show(v)
    local kind = type(v)
    if kind ~= "table" then return ("%s %q"):format(math.type(v) or kind, v) end
    if number[v] then return "#" .. number[v] end
    count = count + 1
    number[v] = count
    local keys = {}
    for k in pairs(v) do keys[#keys + 1] = k end
    local function text(k) return type(k) == "table" and "~" or type(k) .. tostring(k) end
    table.sort(keys, function(a, b) return text(a) < text(b) end)
    local parts = {}
    for i, k in ipairs(keys) do parts[i] = show(k) .. " = " .. show(v[k]) end
    return "{" .. table.concat(parts, ", ") .. "}"
  end
  return show(top)
end
`;
