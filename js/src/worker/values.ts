// What a worker answers with, on the page's side. An external table is the number of one there, because its view does not leave
// the worker. It knows nothing of workers.

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
export function tableIds(): (id: number) => LuaTableId {
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
