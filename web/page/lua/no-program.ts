// In the place of programs that a store keeps beside its tables: this page keeps tables only.
import type { LoadedWasm } from "../../../js/src/core/loaded-wasm.ts";

export class KeptProgram {}

export const readProgram = (): never => {
  throw new Error("the page keeps no programs");
};

export const checkKnown = (wasm: LoadedWasm): LoadedWasm => wasm;
