// Objects with identity for Lua: `LuaPersistent.expose`. One is known by a token that cannot be guessed. How Lua uses it is
// known to exposed-objects.ts.

/** What Lua can use of an object. */
export interface Exposure {
  /** Names of functions: `p:say("hi")`. */
  methods?: readonly string[];
  /** Names of values, read and written as they are at the time: `p.x`. */
  properties?: readonly string[];
}

/** An object, and what Lua can use of it. */
export class Exposed {
  readonly target: object;
  readonly methods: ReadonlySet<string>;
  readonly properties: ReadonlySet<string>;
  readonly token: string = newToken();

  constructor(target: object, { methods = [], properties = [] }: Exposure) {
    this.target = target;
    this.methods = new Set(methods);
    this.properties = new Set(properties);
  }
}

function newToken(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), word => word.toString(36)).join("-");
}

const known = new WeakMap<object, Exposed>();

/** @throws {TypeError} naming what is no name, or no function */
export function expose(target: object, exposure: Exposure): Exposed {
  if ((typeof target !== "object" && typeof target !== "function") || target === null)
    throw new TypeError(`expose takes an object, not ${target === null ? "null" : typeof target}`);
  for (const [kind, names] of Object.entries(exposure) as [keyof Exposure, unknown][]) {
    if (kind !== "methods" && kind !== "properties")
      throw new TypeError(`expose: there is no option '${String(kind)}', only methods, properties`);
    if (!Array.isArray(names) || names.some(name => typeof name !== "string"))
      throw new TypeError(`expose: ${kind} must be an array of names`);
  }
  for (const name of exposure.methods ?? []) {
    if (typeof (target as Record<string, unknown>)[name] !== "function")
      throw new TypeError(`expose: the method '${name}' is no function`);
  }
  const exposed = new Exposed(target, exposure);
  known.set(target, exposed);
  return exposed;
}

/** @returns what was exposed last of an object; undefined for everything else */
export function exposedOf(value: unknown): Exposed | undefined {
  if (value instanceof Exposed) return value;
  return typeof value === "object" && value !== null ? known.get(value) : undefined;
}
