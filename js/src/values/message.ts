// Values as messages for lua.wasm (docs/abi.md section 9): what results.ts reads, the other way. Without recursion. It knows
// external tables by their ids, and functions by what Lua knows them by.
import { BACK_REFERENCE, STRING, TABLE } from "../core/ids.ts";
import { LONE_SURROGATE, type Refs, kindOf } from "./codec.ts";
import { describe, instead } from "./describe.ts";
import { fieldsOf, showStep } from "./graph.ts";
import { MessageBytes } from "./message-bytes.ts";
import { TOKEN_KEY } from "./message-scan.ts";

/** What of JavaScript stands for something that Lua has. */
export interface Known extends Pick<Refs, "idOf"> {
  /** Of a function: the reference that it is held by, or its name among those of the host. */
  functionOf(value: unknown): number | string | undefined;
  /** Of an object that is exposed: its token. */
  tokenOf?(value: unknown): string | undefined;
}

/** Arrays that are longer may have more gaps than elements. */
const LONG_ARRAY = 100_000;
/** Steps shown of a long path. */
const SHOWN = 10;

/** A table being written. */
interface Open {
  /** Keys and values by turns. */
  fields: unknown[];
  at: number;
  isArray: boolean;
  /** Where its number of pairs is, and that. */
  countAt: number;
  count: number;
}

const tooLongForAll = () => new Error("too long");

/** Writes one message after another; the bytes of one are good until the next begins. */
export class MessageWriter extends MessageBytes {
  readonly #known: Known;
  #seen: Map<unknown, number> | null = null;
  /** What null is: nil, unless the function of this name stands for it. */
  nullName: string | null = null;
  /** Whether the message has tokens of exposed objects. */
  hasTokens = false;

  constructor(known: Known, limit: number = Infinity, tooLong: (limit: number) => Error = tooLongForAll) {
    super(limit, tooLong);
    this.#known = known;
  }

  override begin(count: number, tag?: number): this {
    this.#seen = null;
    this.hasTokens = false;
    return super.begin(count, tag);
  }

  /**
   * Any value: as `LuaTable.set` takes them, and functions that Lua knows.
   * @param where it is, for messages
   * @param number of it there; 0: none
   * @throws {TypeError} naming the field that cannot be converted
   */
  value(value: unknown, where: string, number: number = 0): this {
    const table = this.#one(value);
    if (table === null) return this;
    const place = number === 0 ? where : `${where} ${number}`;
    if (table === false) throw refused(value, place);
    this.#fields(table, place);
    return this;
  }

  /** Writes a value, of a table its head. @returns the table, null for anything else, false for what cannot be written */
  #one(value: unknown): Open | null | false {
    switch (typeof value) {
      case "number":
        this.number(value);
        return null;
      case "string":
        return this.#string(value);
      case "boolean":
        this.boolean(value);
        return null;
      case "undefined":
        this.nil();
        return null;
      case "bigint":
        return this.bigint(value) ? null : false;
      case "function":
        return this.#function(value);
      case "object":
        return value === null ? this.#null() : this.#object(value);
    }
    return false;
  }

  #null(): null {
    if (this.nullName === null) this.nil();
    else this.named(this.nullName);
    return null;
  }

  #string(value: string): null | false {
    if (this.shortText(STRING, value)) return null;
    if (LONE_SURROGATE.test(value)) return false;
    this.text(value);
    return null;
  }

  #function(value: unknown): null | false {
    const known = this.#known.functionOf(value);
    if (known === undefined) return false;
    if (typeof known === "number") this.held(known);
    else this.named(known);
    return null;
  }

  #object(value: object): Open | null | false {
    const seen = this.#seen?.get(value);
    if (seen !== undefined) {
      this.tagged(BACK_REFERENCE, seen);
      return null;
    }
    const token = this.#known.tokenOf?.(value);
    if (token !== undefined) return this.#token(value, token);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== Array.prototype) {
      if (ArrayBuffer.isView(value) && kindOf(value) === "Uint8Array") {
        const bytes = value as Uint8Array;
        this.tagged(STRING, bytes.length);
        this.encoded(bytes);
        return null;
      }
      const id = this.#known.idOf(value);
      if (id !== undefined) {
        this.tagged(TABLE, id);
        return null;
      }
      if (this.#function(value) === null) return null;
    }
    const fields = listOf(value, prototype);
    return fields === undefined ? false : this.#fieldsOf(value, fields);
  }

  #token(value: object, token: string): Open {
    this.hasTokens = true;
    return this.#fieldsOf(value, [TOKEN_KEY, token]);
  }

  #fieldsOf(value: object, fields: unknown[]): Open {
    this.#seen ??= new Map();
    this.#seen.set(value, this.#seen.size);
    return { fields, at: 0, isArray: Array.isArray(value), countAt: this.table(), count: 0 };
  }

  #fields(table: Open, where: string): void {
    const open = [table];
    while (open.length > 0) {
      const { fields, at, countAt, count } = (table = open[open.length - 1]);
      if (at === fields.length) {
        this.pairs(countAt, count);
        open.pop();
        continue;
      }
      table.at += 2;
      const value = fields[at + 1];
      if (value === undefined || (value === null && this.nullName === null)) continue;
      table.count++;
      if (!this.#key(fields[at])) throw badKey(fields[at], pathOf(open, where, this.#known));
      const inner = this.#one(value);
      if (inner === false) throw refused(value, pathOf(open, where, this.#known));
      if (inner !== null) open.push(inner);
    }
  }

  /** @returns whether it can be one */
  #key(key: unknown): boolean {
    if (Number.isNaN(key) || key === undefined || key === null || typeof key === "function") return false;
    if (typeof key === "object" && this.#known.idOf(key) === undefined && kindOf(key) !== "Uint8Array") return false;
    return this.#one(key) === null;
  }
}

/** @returns keys and values by turns; undefined for what is not plain */
function listOf(value: object, prototype: unknown): unknown[] | undefined {
  const list: unknown[] = [];
  if (prototype === Array.prototype && (value as unknown[]).length < LONG_ARRAY) {
    const array = value as unknown[];
    for (let at = 0; at < array.length; at++) list.push(at + 1, array[at]);
    return list;
  }
  if (prototype === Object.prototype && Object.getOwnPropertySymbols(value).length === 0) {
    const object = value as Record<string, unknown>;
    if (kindOf(value) !== "Object") return undefined;
    for (const name of Object.keys(object)) list.push(name, object[name]);
    return list;
  }
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  for (const [key, field] of fields) list.push(key, field);
  return list;
}

function refused(value: unknown, where: string): TypeError {
  const advice = typeof value === "function" ? "a function of the option host, or a LuaFunction" : instead(value);
  return new TypeError(`cannot pass ${describe(value)} to Lua (${where}): pass ${advice}`);
}

const badKey = (key: unknown, where: string): TypeError =>
  new TypeError(`cannot use ${describe(key)} as a key in Lua (${where})`);

/** The way to the field that the innermost open table is at. */
function pathOf(open: Open[], where: string, refs: Pick<Refs, "idOf">): string {
  const steps = open.map(({ fields, at, isArray }) => showStep(isArray, fields[at - 2], refs));
  return steps.length > SHOWN ? `${where}...${steps.slice(-SHOWN).join("")}` : where + steps.join("");
}
