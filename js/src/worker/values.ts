// A worker's answers, on the page's side: messages of lua.wasm become values. An external table is only its number here,
// because its view does not leave the worker. It knows nothing about workers.
import type { RunResult } from "../session/types.ts";
import { decodeError, decodeResults } from "../values/results.ts";
import type { LuaValue } from "../values/types.ts";

/** Stands for an external table. The same one for the same table in one answer. */
export class LuaTableId {
  /** The number that `ext.id` gives. */
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }

  /** @throws {TypeError} rather than that JSON.stringify leaves the contents out silently */
  toJSON(): never {
    throw new TypeError(`external table ${this.id}: its contents are in the worker, return ext.copy(t) from Lua`);
  }
}

/** One for each answer: a view for all of them would keep their tables. */
function tableIds(): (id: number) => LuaTableId {
  const known = new Map<number, LuaTableId>();
  return id => {
    if (!known.has(id)) known.set(id, new LuaTableId(id));
    return known.get(id)!;
  };
}

/** The answer of `run` in the worker: the values are the message `results`. */
export interface WorkerAnswer {
  output: string;
  values: Uint8Array;
  exit?: number | bigint;
}

export const typedResult = (answer: WorkerAnswer): RunResult<LuaValue<LuaTableId>[]> => ({
  ...answer,
  values: decodeResults(answer.values, tableIds()),
});

/** @param message `error` of lua.wasm @returns the error value */
export const raisedValue = (message: Uint8Array): LuaValue<LuaTableId> => decodeError(message, tableIds()).value;
