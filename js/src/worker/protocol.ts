// The message with which a worker opens Lua, and its answer.

export interface Opening {
  settings: object;
  /** Of the store. */
  label: string;
  image?: ArrayBuffer | ArrayBufferView;
  /** Of the functions of the page. */
  functions: string[];
  /**
   * The numbers of runs that are to stop, written by the page at `slot`, and at BEGUN the number of the call that was begun last, written
   * by the worker; null where memory cannot be shared.
   */
  flag?: Int32Array | null;
}

/** Runs that can be told to stop at the same time. */
export const SLOTS = 256;
export const BEGUN = SLOTS;
/** Where the number of a run is. */
export const slot = (run: number): number => run % SLOTS;

export interface Opened {
  readOnly: boolean;
  wasmHash: string | null;
  isOlder: boolean;
  /** Those that an image brought. */
  limits: object;
}
