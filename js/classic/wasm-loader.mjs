import "./wasm-loader.js";

export const { loadWasmModule } = globalThis;
