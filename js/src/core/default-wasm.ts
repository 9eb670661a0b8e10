// Where lua.wasm is when nobody says so: beside the package's modules. Bundlers know this form of an address.

export const defaultWasm = (): URL => new URL("../lua.wasm", import.meta.url);
