// lua.wasm where the page is one file: it is in it.

export const defaultWasm = (): Uint8Array =>
  Uint8Array.from(atob(document.getElementById("lua-wasm")!.textContent!), character => character.charCodeAt(0));
