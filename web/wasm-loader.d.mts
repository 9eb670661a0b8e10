// Types of wasm-loader.mjs.
export * from "./wasm-loader.js";
