// The types of values: those that a run gives, those in external tables, and those that can be stored there.
import type { LuaOpaque } from "./opaque.ts";
import type { LuaTable } from "./views.ts";

/** A value that a run gives: see {@link LuaSession.run}. `Table` stands for external tables. */
export type LuaValue<Table = LuaTable> =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Table
  | LuaOpaque
  | LuaArray<Table>
  | LuaRecord<Table>
  | LuaMap<Table>;
export interface LuaArray<Table = LuaTable> extends Array<LuaValue<Table>> {}
export interface LuaRecord<Table = LuaTable> {
  [name: string]: LuaValue<Table>;
}
export interface LuaMap<Table = LuaTable> extends Map<LuaValue<Table>, LuaValue<Table>> {}

/** A value in an external table, read by JavaScript. */
export type LuaTableValue = boolean | number | bigint | string | Uint8Array | LuaTable;
export type LuaTableKey = LuaTableValue;
/** A value that can be stored; plain objects, arrays and Maps by value. `undefined` and `null` are absent, as nil is. */
export type LuaStorable =
  | LuaTableValue
  | null
  | undefined
  | readonly LuaStorable[]
  | ReadonlyMap<LuaTableKey, LuaStorable>
  | { readonly [name: string]: LuaStorable };
/** `V` if all of it can be stored. Interfaces pass, too, though the compiler does not take them for a {@link LuaStorable}. */
export type LuaStored<V> = V extends LuaStorable
  ? V
  : V extends Date
    ? LuaUnstorable<"pass a number or a string, for example date.toISOString()">
    : V extends ReadonlyMap<infer Key, infer Value>
      ? ReadonlyMap<Key & LuaTableKey, LuaStored<Value>>
      : V extends ReadonlySet<unknown>
        ? LuaUnstorable<"pass an array, for example [...set]">
        : V extends symbol | ((...args: any) => unknown) | (abstract new (...args: any) => unknown)
          ? LuaUnstorable<"pass data: a table here holds no functions and no symbols">
          : V extends RegExp | Error | PromiseLike<unknown> | ArrayBuffer | ArrayBufferView
            ? LuaUnstorable<"pass a plain object, an array, a Map, a string or a Uint8Array">
            : { readonly [Name in keyof V]: LuaStored<V[Name]> };
/** The compiler's message for a value that cannot be stored. */
export interface LuaUnstorable<Advice extends string> {
  readonly instead: Advice;
}
