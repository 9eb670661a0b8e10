// lua.wasm in base64, and the worker's script: the build writes them into this module of dist/.
export const WASM: string = "";
export const SCRIPT: string = "";
