// The exposed objects that one Lua knows. Lua has a table for each, whose metatable asks the host; nothing of the object is
// reachable but what is listed.
import { NO_MAP, ownMap } from "../core/nothing.ts";
import type { Entry } from "./entries.ts";
import { type Exposed, exposedOf } from "./expose.ts";

/** The names of what the metatable of these objects asks, in the order in which REVIVE takes them. */
export const QUESTIONS = ["get", "set", "call", "names", "drop"].map(name => `exposed.${name}`);

/** The objects that one Lua knows. */
export class ExposedObjects {
  /** Those that Lua has, or is about to get. */
  #objects: Map<string, Exposed> = NO_MAP;

  /** Lua gets it. */
  give(exposed: Exposed): string {
    (this.#objects = ownMap(this.#objects)).set(exposed.token, exposed);
    return exposed.token;
  }

  /** @returns the token that Lua is to get; undefined for what is not exposed */
  tokenOf(value: unknown): string | undefined {
    const exposed = exposedOf(value);
    return exposed && this.give(exposed);
  }

  /** @returns the object of a token that came from Lua */
  target(token: unknown): object | undefined {
    return this.#objects.get(token as string)?.target;
  }

  #find(token: unknown): Exposed {
    const exposed = this.#objects.get(token as string);
    if (!exposed) throw new Error("this object is not the host's any more");
    return exposed;
  }

  /** What the metatable of these objects asks (REVIVE): those of QUESTIONS. */
  get entries(): Entry[] {
    const entry = (name: string, call: (args: any[]) => unknown): Entry => ({
      name: `exposed.${name}`,
      options: {},
      call,
    });
    return [
      entry("get", ([token, name]) => this.#get(this.#find(token), name)),
      entry("set", ([token, name, value]) => this.#set(this.#find(token), name, value)),
      entry("call", ([token, name, ...args]) => this.#call(this.#find(token), name, args)),
      entry("names", ([token]) => [...this.#find(token).properties]),
      entry("drop", ([token]) => void this.#objects.delete(token)),
    ];
  }

  /** @returns true for a method; an array of the value for a property */
  #get({ target, methods, properties }: Exposed, name: string): unknown {
    if (methods.has(name)) return true;
    if (properties.has(name)) return [(target as Record<string, unknown>)[name]];
    throw new Error(`the object has no '${shown(name)}', only ${[...methods, ...properties].join(", ")}`);
  }

  #set({ target, properties }: Exposed, name: string, value: unknown): void {
    if (!properties.has(name)) throw new Error(`the object has no property '${shown(name)}' that can be set`);
    if (!Reflect.set(target, name, value)) throw new Error(`the property '${name}' cannot be set`);
  }

  #call({ target, methods }: Exposed, name: string, args: unknown[]): unknown {
    if (!methods.has(name)) throw new Error(`the object has no method '${shown(name)}'`);
    return (target as Record<string, (...args: unknown[]) => unknown>)[name](...args);
  }
}

const shown = (name: unknown): string => String(name).slice(0, 60);

/** In Lua: what makes tables for exposed objects of their tokens, in a list of values and in all tables that are in them. */
export const REVIVE = `
local get, set, call, names, drop = ...
local setmetatable, type, next, pcall, error, load, pack, unpack, id =
  setmetatable, type, next, pcall, error, load, table.pack, table.unpack, ext.id
local KEY = "\\0exposed"
local objects = setmetatable({}, { __mode = "v" })
local revive

local function all(...)
  local values = pack(...)
  local seen = {}
  for i = 1, values.n do values[i] = revive(values[i], seen) end
  return unpack(values, 1, values.n)
end

local function object(token)
  if objects[token] then return objects[token] end
  local methods = {}
  local made
  made = setmetatable({ [KEY] = token }, {
    __index = function(_, name)
      if methods[name] then return methods[name] end
      local found = get(token, name)
      if type(found) == "table" then return (all(found[1])) end
      methods[name] = function(self, ...)
        if self ~= made then error("call it as object:" .. name .. "(...)", 2) end
        return all(call(token, name, ...))
      end
      return methods[name]
    end,
    __newindex = function(_, name, value) set(token, name, value) end,
    __pairs = function(self)
      local list, at = names(token), 0
      return function()
        at = at + 1
        local name = list[at]
        if name then return name, self[name] end
      end
    end,
    __gc = function()
      -- The host may have given it anew meanwhile.
      if not objects[token] then drop(token) end
    end,
    __metatable = false,
    __name = "object of the host",
  })
  objects[token] = made
  return made
end

function revive(value, seen)
  if type(value) ~= "table" or seen[value] or pcall(id, value) then return value end
  local token = value[KEY]
  if token then return object(token) end
  seen[value] = true
  for key, field in next, value do
    if type(field) == "table" then value[key] = revive(field, seen) end
  end
  return value
end

return function(f, ...)
  if f then return f(all(...)) end
  return all(...)
end, function(source, name)
  return load("return " .. source, name, "t") or load(source, name, "t")
end
`;
