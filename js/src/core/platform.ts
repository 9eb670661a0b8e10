// Types of objects that engines have beside ECMAScript. Where neither the library "dom" nor the types of Node declare
// them, these have the least that is used here.

export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : object;
export type WasmMemory = typeof globalThis extends { WebAssembly: { Memory: { prototype: infer T } } }
  ? T
  : { readonly buffer: ArrayBuffer; grow(pages: number): number };
export type UrlObject = typeof globalThis extends { URL: { prototype: infer T } } ? T : { readonly href: string };
export type ResponseObject = typeof globalThis extends { Response: { prototype: infer T } }
  ? T
  : { arrayBuffer(): Promise<ArrayBuffer> };
export type BlobObject = typeof globalThis extends { Blob: { prototype: infer T } }
  ? T
  : { arrayBuffer(): Promise<ArrayBuffer> };
export type StorageObject = typeof globalThis extends { Storage: { prototype: infer T } } ? T : object;
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer T } }
  ? T
  : { readonly aborted: boolean; readonly reason: any; throwIfAborted(): void };
