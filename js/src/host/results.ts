// What a function of the host can return beside a value.

/** Several results: `LuaPersistent.results(a, b)`. */
export class LuaResults {
  readonly values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.values = values;
  }
}
