// The message with which a worker opens Lua, and its answer.

export interface Opening {
  settings: object;
  /** Of the store. */
  label: string;
  image?: ArrayBuffer | ArrayBufferView;
  /** The number of the run that is to stop, written by the page; null where memory cannot be shared. */
  flag?: Int32Array | null;
}

export interface Opened {
  readOnly: boolean;
  wasmHash: string | null;
  /** Those that an image brought. */
  limits: object;
}
