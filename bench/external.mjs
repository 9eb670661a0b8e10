// What external tables cost: against a plain Lua table in the same module, and against wasmoon with JavaScript Maps
// behind a metatable. All run in this process, in turns; the median of the rounds counts. Then what their sweep costs.
//
//   node bench/external.mjs [--rounds 9] [--json]
import { parseArgs } from "node:util";
import { LuaFactory } from "wasmoon";
import { LuaPersistent } from "../js/dist/index.js";
import { showCost, sweepCosts } from "./sweep-cost.mjs";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "9" }, json: { type: "boolean", default: false } },
});
const ROUNDS = Number(options.rounds);

/** The same Lua for all: `T` is the table. `prepare` and `check` are not timed; `check` gives what must be equal. */
const PROGRAMS = {
  get: {
    operations: 50_000,
    prepare: "for i = 1, 1000 do T[names[i]] = i end",
    run: "local t, k, s = T, names, 0 for i = 1, 50 do for j = 1, 1000 do s = s + t[k[j]] end end sum = s",
    check: "return sum",
  },
  set: {
    operations: 50_000,
    prepare: "",
    run: "local t, k = T, names for i = 1, 50 do for j = 1, 1000 do t[k[j]] = i + j end end",
    check: "local s = 0 for j = 1, 1000 do s = s + T[names[j]] end return s",
  },
  "get by integer": {
    operations: 50_000,
    prepare: "for i = 1, 1000 do T[i] = i end",
    run: "local t, s = T, 0 for i = 1, 50 do for j = 1, 1000 do s = s + t[j] end end sum = s",
    check: "return sum",
  },
  delete: {
    operations: 20_000,
    prepare: "for i = 1, 20000 do T[names[i]] = i end",
    run: "local t, k = T, names for i = 1, 20000 do t[k[i]] = nil end",
    check: "local left = 0 for i = 1, 20000 do if T[names[i]] then left = left + 1 end end return left",
  },
  pairs: {
    operations: 20_000,
    prepare: "T.wide = {} local t = T.wide for i = 1, 20000 do t[names[i]] = i end",
    run: "local s = 0 for k, v in pairs(T.wide) do s = s + v end sum = s",
    check: "T.wide = nil return sum",
  },
  "nested read": {
    operations: 20_000,
    prepare: "T.a = {b = {c = 7}}",
    run: "local t, s = T, 0 for i = 1, 20000 do s = s + t.a.b.c end sum = s",
    check: "return sum",
  },
  "graph store": {
    operations: 2000,
    prepare: "local g = {} for i = 1, 2000 do g[i] = {id = i, up = g, name = names[i]} end graph = g",
    run: "T.graph = store(graph)",
    check:
      "local s, g = 0, T.graph for i = 1, 2000 do assert(g[i].up == g and g[i].name == names[i]) s = s + g[i].id end T.graph = nil return s",
  },
};

/** What `T.graph = store(graph)` is given: external tables copy what is assigned. */
const ITSELF = "function store(graph) return graph end";
const NAMES = 'names = {} for i = 1, 20000 do names[i] = "key" .. i end';

/** A plain table keeps what it is given: to be a fair comparison it makes the copy that the others make. */
const COPY = `function store(graph)
  local copies = {}
  local function copy(t)
    if type(t) ~= "table" then return t end
    if not copies[t] then
      local new = {}
      copies[t] = new
      for k, v in pairs(t) do new[copy(k)] = copy(v) end
    end
    return copies[t]
  end
  return copy(graph)
end`;

/** External tables for wasmoon, as one would write them: a table is a number, kept as text in the Maps. */
const WASMOON = `
local get, set, delete, new, size, key = host_get, host_set, host_delete, host_new, host_size, host_key
local id_of = setmetatable({}, {__mode = "k"})
local proxies = setmetatable({}, {__mode = "v"})
local meta = {}
local function proxy(id)
  local p = proxies[id]
  if not p then
    p = setmetatable({}, meta)
    proxies[id], id_of[p] = p, id
  end
  return p
end
local function inner(value)
  if type(value) == "string" and value:byte() == 1 then return proxy(tonumber(value:sub(2))) end
  return value
end
local function store(t, ids)
  if id_of[t] then return "\\1" .. id_of[t] end
  if ids[t] then return "\\1" .. ids[t] end
  local id = new()
  ids[t] = id
  for k, v in pairs(t) do
    if type(v) == "table" then v = store(v, ids) end
    set(id, k, v)
  end
  return "\\1" .. id
end
function meta.__index(t, k) return inner(get(id_of[t], k)) end
function meta.__newindex(t, k, v)
  if v == nil then delete(id_of[t], k)
  elseif type(v) == "table" then set(id_of[t], k, store(v, {}))
  else set(id_of[t], k, v) end
end
function meta.__pairs(t)
  local id, i = id_of[t], 0
  local count = size(id)
  return function()
    while i < count do
      local k = key(i)
      i = i + 1
      local v = get(id, k)
      if v ~= nil then return k, inner(v) end
    end
  end
end
T = proxy(new())
`;

function wasmoonHost(lua) {
  const tables = [];
  let listed = [];
  const functions = {
    new: () => tables.push(new Map()) - 1,
    get: (id, key) => tables[id].get(key),
    set: (id, key, value) => void tables[id].set(key, value),
    delete: (id, key) => void tables[id].delete(key),
    size: id => (listed = [...tables[id].keys()]).length,
    key: i => listed[i],
  };
  for (const [name, call] of Object.entries(functions)) lua.global.set(`host_${name}`, call);
}

async function contenders() {
  const ours = async (table, store) => {
    const lua = await new LuaPersistent().load();
    lua.eval(`${NAMES} ${store} T = ${table}`);
    return { run: source => lua.eval(source), collect: () => lua.exports.run_gc() };
  };
  const wasmoon = await new LuaFactory().createEngine();
  wasmoonHost(wasmoon);
  wasmoon.doStringSync(WASMOON);
  wasmoon.doStringSync(`${NAMES} ${ITSELF}`);
  return {
    external: await ours("Memory", ITSELF),
    "plain table": await ours("{}", COPY),
    "wasmoon + Map": {
      run: source => String(wasmoon.doStringSync(source) ?? ""),
      collect: () => wasmoon.doStringSync("collectgarbage()"),
    },
  };
}

/** Milliseconds of the timed part of one round. */
function time(contender, { prepare, run, check }, expected) {
  contender.run(prepare);
  contender.collect();
  const started = performance.now();
  contender.run(run);
  const elapsed = performance.now() - started;
  const result = contender.run(check);
  expected.value ??= result;
  if (result !== expected.value) throw new Error(`${run}: ${result} where ${expected.value} was expected`);
  return elapsed;
}

const median = numbers => numbers.sort((a, b) => a - b)[numbers.length >> 1];

/** Program -> contender -> operations per second. */
async function measure() {
  const all = Object.entries(await contenders());
  const results = {};
  for (const [program, steps] of Object.entries(PROGRAMS)) {
    const times = Object.fromEntries(all.map(([name]) => [name, []]));
    const expected = {};
    for (let round = -1; round < ROUNDS; round++) {
      for (const [name, contender] of all) {
        const elapsed = time(contender, steps, expected);
        // The first round lets the engine compile.
        if (round >= 0) times[name].push(elapsed);
      }
    }
    results[program] = Object.fromEntries(
      Object.entries(times).map(([name, list]) => [name, Math.round((steps.operations / median(list)) * 1000)]),
    );
  }
  return results;
}

function table(results) {
  const names = Object.keys(Object.values(results)[0]);
  const ratio = (row, name) => `${(row.external / row[name]).toPrecision(2)} x`;
  const rows = Object.entries(results).map(([program, row]) => [
    program,
    ...names.map(name => row[name].toLocaleString("en")),
    ratio(row, "plain table"),
    ratio(row, "wasmoon + Map"),
  ]);
  const lines = [["operations per second", ...names, "to plain", "to wasmoon"], ...rows];
  const widths = lines[0].map((_, column) => Math.max(...lines.map(line => line[column].length)));
  return lines
    .map(line => line.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("  "))
    .join("\n");
}

const results = await measure();
if (options.json)
  console.log(JSON.stringify({ node: process.version, rounds: ROUNDS, operationsPerSecond: results }, null, 2));
else {
  console.log(`${table(results)}\n\nprocessor time of runs with the sweep of external tables`);
  for (const cost of sweepCosts(ROUNDS)) console.log(showCost(cost));
}
