// A world of external tables, and two independent descriptions of it, by Lua and by JavaScript. Runs in the page.
"use strict";

/** Lua's part: a graph with a cycle, names, keys and values of every kind, a chain 10,000 deep, 1 MB of every byte. */
const LUA_WORLD = String.raw`
  local shared = {name = "shared", list = {1, 2.5, -0.0, "x", true}}
  local graph = {shared, shared, [2.5] = shared, [true] = {}, [""] = "empty", ["\0\255"] = "\255\0"}
  graph.self, graph.back = graph, {graph}
  Memory.graph = graph
  Memory.numbers = {0.1, 3.0, 1/0, -1/0, math.maxinteger, math.mininteger, 1 << 53, 2.0^53, 5e-324}
  Memory["grüße \u{1f319}"], Memory["__proto__"], Memory["constructor"] = "wörld", "p", "c"
  ext.table("inventory").sword = {damage = 7}
  ext.table("\0 any \255 name").owner = ext.table("inventory")
  Memory[ext.table("inventory")] = "a table as key"
  local chain = {last = true}
  for i = 1, 10000 do chain = {next = chain} end
  Memory.chain = chain
  local bytes = {}
  for b = 0, 255 do bytes[b + 1] = string.char(b) end
  Memory.big = string.rep(table.concat(bytes), 4096)
  for i = 1, 500 do Memory[i] = i * i end`;

/** JavaScript's part. */
function writeWorld(lua) {
  const cycle = {
    list: [1, 2.5, "x"],
    map: new Map([
      [1, "one"],
      [-1.5, false],
      [9007199254740993n, -(2n ** 63n)],
    ]),
  };
  cycle.self = cycle;
  cycle.list.push(cycle.map, cycle);
  let chain = {};
  for (let i = 0; i < 5000; i++) chain = { next: chain };
  const memory = lua.table(1);
  memory.set("from js", { cycle, chain, bytes: Uint8Array.of(255, 0, 254), inventory: lua.table("inventory") });
  lua
    .table("made by js")
    .set("big", new Uint8Array(1 << 20).fill(0xe9))
    .set("memory", memory);
  lua.table("inventory").set("shield", { weight: 12n ** 10n });
}

/** The digest of a description by Lua: every table reached, numbered as it is met, with sorted fields. */
const DESCRIBE = String.raw`
  local numbers, queue, out = {}, {}, {}
  local function show(v)
    if type(v) ~= "table" then return string.format("%q", v) end
    if not numbers[v] then queue[#queue + 1] = v numbers[v] = #queue end
    return "table " .. numbers[v]
  end
  show(Memory)
  for _, name in ipairs(ext.names()) do out[#out + 1] = string.format("%q is ", name) .. show(ext.table(name)) end
  local at = 1
  while queue[at] do
    local keys, tables = {}, {}
    for k in pairs(queue[at]) do
      if type(k) == "table" then tables[#tables + 1] = k else keys[#keys + 1] = k end
    end
    table.sort(keys, function(a, b) return string.format("%q", a) < string.format("%q", b) end)
    table.move(tables, 1, #tables, #keys + 1, keys)
    out[#out + 1] = "fields of table " .. at
    for _, k in ipairs(keys) do out[#out + 1] = show(k) .. " = " .. show(queue[at][k]) end
    at = at + 1
  end
  local text, hash = table.concat(out, "\n"), 0
  for i = 1, #text do hash = hash * 31 + text:byte(i) end
  return #queue .. " tables, " .. #out .. " lines, hash " .. hash`;

/** The same by JavaScript, through views alone. */
async function describeByViews(lua, names) {
  const numbers = new Map();
  const show = value => {
    if (value instanceof Uint8Array) return `bytes ${value}`;
    if (typeof value !== "object")
      return `${typeof value} ${Object.is(value, -0) ? "-0" : JSON.stringify(String(value))}`;
    if (!numbers.has(value)) numbers.set(value, numbers.size + 1);
    return `table ${numbers.get(value)}`;
  };
  const lines = [show(lua.table(1)), ...names.map(name => `${name} is ${show(lua.table(name))}`)];
  for (const [table, number] of numbers) {
    lines.push(`fields of table ${number}: ${table.size}`);
    const scalar = ([key]) => typeof key !== "object" || key instanceof Uint8Array;
    const fields = [...table];
    const sorted = fields.filter(scalar).sort(([a], [b]) => (show(a) < show(b) ? -1 : 1));
    for (const [key, value] of [...sorted, ...fields.filter(field => !scalar(field))])
      lines.push(`${show(key)} = ${show(value)}`);
  }
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines.join("\n")));
  return `${numbers.size} tables, ${lines.length} lines, hash ${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
}

window.world = {
  writeByLua: lua => lua.eval(LUA_WORLD),
  writeByViews: writeWorld,
  describeByLua: lua => lua.eval(DESCRIBE),
  /** Both descriptions. */
  describe: async (lua, names) => [lua.eval(DESCRIBE), await describeByViews(lua, names)],
};
