// Public libraries that walk, copy, compare or print tables: with a stored table they give what they give with a plain
// one of the same contents, in lua.wasm, and with a plain one in stock native Lua. The libraries come from Debian's packages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { LuaPersistent } from "../../js/dist/index.js";
import { runNative, stock } from "./native.mjs";

const FOLDERS = ["5.4", "5.3", "5.2", "5.1"].map(version => `/usr/share/lua/${version}/`);
/** Modules and the packages that have them. */
const LIBRARIES = {
  dkjson: "lua-dkjson",
  inspect: "lua-inspect",
  MessagePack: "lua-messagepack",
  luaunit: "lua-unit",
  "pl.compat": "lua-penlight",
  "pl.utils": "lua-penlight",
  "pl.types": "lua-penlight",
  "pl.tablex": "lua-penlight",
  "pl.stringx": "lua-penlight",
  "pl.lexer": "lua-penlight",
  "pl.pretty": "lua-penlight",
  "pl.class": "lua-penlight",
  moses: "lua-moses",
};

const fileOf = module => FOLDERS.map(folder => `${folder}${module.replace(".", "/")}.lua`).find(existsSync);

if (!Object.keys(LIBRARIES).every(fileOf)) {
  const packages = [...new Set(Object.values(LIBRARIES))].join(" ");
  const install = fileURLToPath(new URL("../../install.sh", import.meta.url));
  execFileSync("sh", [install, "a Lua library, with which external tables are tried,", packages], { stdio: "inherit" });
}

/** json.lua is in a package that wants others, none of which it needs: unpacked, not installed. */
function jsonFile() {
  const folder = fileURLToPath(new URL("../../target/libraries/", import.meta.url));
  const packed = () => readdirSync(folder).find(name => name.startsWith("lmod_"));
  mkdirSync(folder, { recursive: true });
  const apt = (...args) =>
    execFileSync("apt-get", ["-q", ...args], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  if (!packed()) {
    try {
      apt("download", "lmod");
    } catch {
      apt("update");
      apt("download", "lmod");
    }
  }
  execFileSync("dpkg", ["-x", packed(), "."], { cwd: folder });
  const shared = `${folder}usr/share/lmod/`;
  return `${shared}${readdirSync(shared).find(name => /^[0-9]/.test(name))}/tools/json.lua`;
}

const preload = (module, file) =>
  `package.preload["${module}"] = function(...) ${readFileSync(file, "latin1").replace(/^#.*/, "")}\nend`;
const PRELOAD = [
  ...Object.keys(LIBRARIES).map(module => preload(module, fileOf(module))),
  preload("json", jsonFile()),
].join("\n");

/** Plain tables of many shapes; `other` differs from `t` in one place. */
const DATA = `
local function data()
  return {
    name = "knight", hp = 7, ratio = 0.5, whole = 3.0, big = math.maxinteger, alive = true, dead = false, text = 'a"b\\n\\0c',
    items = { "axe", "rope", { kind = "potion", left = { 1, 2, 3 } }, 4.25 }, empty = {}, grid = { { 1, 0 }, { 0, 1 } },
    [10] = "ten", [-1] = "minus", [true] = "yes", [2.5] = "half",
  }
end
local function list() return { 3, 1, 2, { "x", { "y" } }, "z" } end
`;

/** What is done with `t` and `l`, in any order of their keys. */
const PROGRAMS = {
  "inspect prints it": 'print(require("inspect")(t), require("inspect")(l))',
  "inspect prints what a filter leaves": `
    print(require("inspect")(t, { process = function(item, path) if path[#path] ~= "items" then return item end end }))`,
  "dkjson encodes it, and decodes it again": `
    local json = require("dkjson")
    t[10], t[-1], t[true], t[2.5] = nil
    local keyorder = { "name", "hp", "ratio", "whole", "big", "alive", "dead", "text", "items", "empty", "grid", "kind", "left" }
    print(json.encode(t, { indent = true, keyorder = keyorder }), json.encode(l))
    print(require("inspect")((json.decode(json.encode(t)))))`,
  "json encodes it, and decodes it again": `
    local json = require("json")
    t[10], t[-1], t[true], t[2.5], t.text = nil
    print(json.encode(l), json.encode(t.grid))
    print(require("inspect")((json.decode(json.encode(t)))))`,
  "moses maps, selects, compares and sorts it": `
    local moses, show = require("moses"), require("inspect")
    print(moses.isEqual(t, data()), moses.isEqual(data(), t), moses.count(t), moses.size(l), moses.isTable(t), moses.isArray(l))
    print(show(moses.map(t.grid[1], function(v) return v + 1 end)), show(moses.select(l, function(v) return type(v) == "number" end)))
    print(show(moses.clone(t)), show(moses.flatten(l)), show(moses.reverse(l)), show(moses.sort(t.items[3].left, function(a, b) return a > b end)))
    print(show(moses.extend({}, t)), show(moses.pick(t, "name", "items")), moses.include(l, "z"), moses.detect(l, 2))`,
  "a class takes it for its fields": `
    local class, inspect = require("pl.class"), require("inspect")
    local Unit = class() function Unit:_init(from) for k, v in pairs(from) do self[k] = v end end
    local Knight = class(Unit) function Knight:__tostring() return self.name .. " " .. #self.items end
    local knight = Knight(t)
    print(tostring(knight), knight:is_a(Unit), Unit:class_of(knight), knight.items == t.items, inspect(knight.grid))`,
  "MessagePack packs it, and unpacks it again": `
    local mp = require("MessagePack")
    print(require("inspect")(mp.unpack(mp.pack(t))), require("inspect")(mp.unpack(mp.pack(l))))`,
  "luaunit compares and prints it": `
    local lu = require("luaunit")
    local copy = data()
    lu.assertEquals(t, copy) lu.assertEquals(copy, t) lu.assertItemsEquals(l, list()) lu.assertIsTable(t)
    copy.items[3].left[2] = 20
    lu.assertNotEquals(t, copy)
    print(pcall(lu.assertEquals, l, { 3, 1, 2, { "x", { "w" } }, "z" }))
    print(lu.prettystr(l), lu.prettystr(t.grid))`,
  "penlight copies, compares and writes it": `
    local tablex, pretty = require("pl.tablex"), require("pl.pretty")
    local copy = tablex.deepcopy(t)
    print(tablex.deepcompare(t, copy), tablex.deepcompare(t, data()), tablex.deepcompare(copy, t), tablex.size(t), tablex.find(l, 2))
    copy.items[1] = "sword"
    print(t.items[1], tablex.deepcompare(t, copy), pretty.write(l, ""), require("inspect")(tablex.map(tostring, t.items[3].left)))`,
  "a copy by hand is a copy": `
    local function deepcopy(o, seen)
      if type(o) ~= "table" then return o end
      seen = seen or {}
      if seen[o] then return seen[o] end
      local copy = {} seen[o] = copy
      for k, v in next, o do copy[deepcopy(k, seen)] = deepcopy(v, seen) end
      return setmetatable(copy, getmetatable(o))
    end
    local copy = deepcopy(t)
    copy.items[1], copy.hp = "sword", 0
    print(t.items[1], t.hp, require("inspect")(copy))`,
  "table functions work on it": `
    table.insert(l, "new") table.insert(l, 1, "first") table.remove(l, 2)
    print(table.concat({ table.unpack(l, 1, 3) }, ","), #l, select("#", table.unpack(l)), rawlen(l), rawget(l, 1))
    local numbers = t.items[3].left
    table.sort(numbers, function(a, b) return a > b end) print(table.concat(numbers, " "))
    print(require("inspect")(table.move(numbers, 1, 3, 2, {})), table.pack(next(t.empty)).n, type(t), rawequal(t, t))`,
};

const program = stock();
const source = (body, make) => `${DATA} local t, l = ${make} ${body}`;

for (const [name, body] of Object.entries(PROGRAMS)) {
  test(`${name}, plain or stored`, async () => {
    const native = runNative(program, `${PRELOAD}\n${source(body, "data(), list()")}`);
    assert.ok(native.ok, native.text);
    const lua = await LuaPersistent.open();
    await lua.run(PRELOAD);
    assert.equal(lua.eval(source(body, "data(), list()")), native.text);
    await lua.run(`${DATA} Memory.t, Memory.l = data(), list()`);
    assert.equal(lua.eval(source(body, "Memory.t, Memory.l")), native.text);
    await lua.close();
  });
}
