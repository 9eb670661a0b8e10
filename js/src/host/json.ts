// `host.json`: the host's own JSON, with what Lua's tables cannot say: null, and integers beyond 2^53.
//
// encode: a table with the keys 1 to n is an array, an empty one too; one with strings as keys an object. Other keys become
// text, and an array may have gaps, which are null, as long as half of it is there. `json.null` is null, `json.object` an empty
// object. decode: null is `json.null`; a number without a fraction, in the range of 2^53, is an integer.
import type { MessageWriter } from "../values/message.ts";
import { LuaOpaque } from "../values/opaque.ts";
import type { Entry } from "./entries.ts";
import { Encoded } from "./encoded.ts";

/** The names of what stands for null, and for an empty object. */
export const NULL = "json.null";
const EMPTY_OBJECT = "json.object";
export const JSON_NAMES = ["json.encode", "json.decode", NULL, EMPTY_OBJECT];

/** Those of JSON_NAMES. @param writer for values that Lua gets */
export const jsonEntries = (writer: MessageWriter): Entry[] => [
  { name: "json.encode", options: {}, call: ([value, indent]) => encode(value, indent) },
  { name: "json.decode", options: {}, call: ([text]) => decode(text, writer) },
  marker(NULL),
  marker(EMPTY_OBJECT),
];

/** A function that only stands for something. */
const marker = (name: string): Entry => ({
  name,
  options: {},
  call() {
    throw new TypeError("it stands for a value, and cannot be called");
  },
});

function decode(text: unknown, writer: MessageWriter): Encoded {
  if (typeof text !== "string") throw new TypeError(`it takes text, not ${kindInLua(text)}`);
  const value: unknown = JSON.parse(text);
  writer.nullName = NULL;
  try {
    return new Encoded(writer.begin(1).value(value, "value").finish());
  } finally {
    writer.nullName = null;
  }
}

function kindInLua(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  if (value instanceof Uint8Array) return "a string that is not UTF-8";
  if (value instanceof LuaOpaque) return `a ${value.text.split(":")[0]}`;
  return typeof value === "object" ? "a table" : `a ${typeof value === "bigint" ? "number" : typeof value}`;
}

function encode(value: unknown, indent: unknown): string {
  if (value === undefined) throw new TypeError("it takes a value, not nil: host.json.null stands for null");
  const integers = new Integers();
  const replace = (key: string, field: unknown) =>
    typeof field === "bigint" ? integers.put(field) : checked(key, field);
  try {
    return integers.show(JSON.stringify(value, replace, typeof indent === "number" ? indent : undefined));
  } catch (error) {
    // Firefox has an error of its own for too deep a recursion.
    if (error instanceof RangeError || error.name === "InternalError")
      throw new RangeError("the tables are too deep in each other", { cause: error });
    if (!/circular|cyclic/i.test(error.message)) throw error;
    throw new TypeError("a table contains itself", { cause: error });
  }
}

/** Integers that are no numbers of JavaScript: they are text with a mark, until the quotes are taken away. */
class Integers {
  /** Not to be guessed by who has a text like it. */
  readonly #mark = `integer ${Math.random()} `;
  #isUsed = false;

  put(value: bigint): string {
    this.#isUsed = true;
    return this.#mark + String(value);
  }

  show(json: string): string {
    return this.#isUsed ? json.replace(new RegExp(`"${this.#mark}(-?\\d+)"`, "g"), "$1") : json;
  }
}

function checked(key: string, field: unknown): unknown {
  const at = key === "" ? "" : ` (field '${key}')`;
  if (field instanceof LuaOpaque && field.text === `function: host.${EMPTY_OBJECT}`) return {};
  if (field instanceof LuaOpaque || field instanceof Uint8Array)
    throw new TypeError(`JSON has no value for ${kindInLua(field)}${at}`);
  if (typeof field === "number" && !Number.isFinite(field)) throw new TypeError(`JSON has no ${field}${at}`);
  return field;
}
