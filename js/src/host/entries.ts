// The option `host`: an object of functions, and of objects of functions, as the functions that Lua can call. Own properties
// of plain objects only: nothing that a prototype has can be reached.
import { describe } from "../values/describe.ts";
import type { Call } from "./call.ts";
import { HostFunction, type HostFunctionOptions } from "./host-function.ts";

/** Where a call that waited comes back from. */
export type Restored = "image" | "store" | "rewind";

/** What is not called again is an error. */
export const NOT_AGAIN: Record<Restored, string> = {
  image: "it was waiting when the image was saved, and is not called again",
  store: "it was waiting when the program ended, and is not called again",
  rewind: "it was waiting at the moment to which Lua went back, and is not called again",
};

/** A function of the host: what does a call. */
export interface Entry {
  /** As Lua has it: `http.text`. */
  name: string;
  options: HostFunctionOptions;
  /** With the arguments as values. */
  call?(args: unknown[], call: () => Call): unknown;
  /** With the message of the arguments, which is good until this returns. */
  pass?(message: Uint8Array, call: () => Call): unknown;
  /** As `pass`, for a call that waited when an image was saved. Default: as `options.onRestore` says. */
  restore?(message: Uint8Array, call: () => Call, by: Restored): unknown;
  /** The function that the user gave. */
  given?: unknown;
}

/** What `host` can be. */
export type HostFunctions = { readonly [name: string]: HostFunctions | HostFunction | ((...args: any[]) => unknown) };

const NAME = /^[A-Za-z_]\w*$/;
const DEEPEST = 20;

/**
 * @param method for messages
 * @param taken names that are there already
 * @throws {TypeError} naming what is no function
 */
export function readHost(host: object, method: string, taken: ReadonlySet<string>): Entry[] {
  const entries: Entry[] = [];
  if (!isPlain(host)) throw new TypeError(`${method}: host is ${shown(host)}, and must be an object of functions`);
  readObject(host as HostFunctions, "", { method, taken, entries });
  return entries;
}

interface Reading {
  method: string;
  taken: ReadonlySet<string>;
  entries: Entry[];
}

function readObject(object: HostFunctions, path: string, reading: Reading): void {
  const { method, taken, entries } = reading;
  if (path.split(".").length > DEEPEST)
    throw new TypeError(`${method}: host.${path.slice(0, 60)}… is too deep, or in itself`);
  for (const key of Reflect.ownKeys(object)) {
    const name = typeof key === "string" ? path + key : "";
    if (typeof key !== "string" || !NAME.test(key))
      throw new TypeError(`${method}: host.${path}${String(key)} is no name that Lua can have: letters, digits and _`);
    const value: unknown = object[key];
    if (taken.has(name)) throw new TypeError(`${method}: host.${name} is always there, and cannot be another one`);
    if (value === undefined) continue;
    if (typeof value === "function" || value instanceof HostFunction)
      entries.push(entryOf(name, value as HostFunction | ((...args: any[]) => unknown), object));
    else if (isPlain(value)) readObject(value as HostFunctions, `${name}.`, reading);
    else {
      throw new TypeError(
        `${method}: host.${name} is ${shown(value)}, and must be a function, a hostFunction or a plain object of these`,
      );
    }
  }
}

function entryOf(name: string, given: HostFunction | ((...args: any[]) => unknown), self: object): Entry {
  if (given instanceof HostFunction) {
    return { name, given, options: given.options, call: (args, call) => given.call.call(self, call(), ...args) };
  }
  return { name, given, options: {}, call: args => given.apply(self, args) };
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const shown = (value: unknown): string =>
  typeof value === "string" ? "a string" : Array.isArray(value) ? "an array" : describe(value);
