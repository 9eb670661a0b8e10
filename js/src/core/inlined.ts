// What a program has in its own files and others find beside the package's modules: `lua-persistent/inline` puts it here.

interface Inlined {
  /** The bytes of lua.wasm. */
  wasm?: () => Uint8Array;
  /** The worker's script. */
  script?: string;
}

export const inlined: Inlined = {};
