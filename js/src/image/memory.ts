// The memory of lua.wasm as images and stores have it, and the limits that are in it.
import { write64 } from "../bytes/checksum.ts";
import type { WasmMemory } from "../core/platform.ts";

/** Bytes of a page of memory. */
export const PAGE = 65536;
export const LARGEST_MEMORY: number = 65_536 * PAGE;

/** The limits that lua.wasm got when the state began. */
export interface Limits {
  memoryLimit?: number;
  instructionLimit?: number;
}

/** @param hash 16 hexadecimal digits */
export function writeHash(view: DataView, hash: string, at: number): void {
  write64(view, at, { hi: parseInt(hash.slice(0, 8), 16), lo: parseInt(hash.slice(8), 16) });
}

/** @param target of a fresh instance @throws {Error} it cannot be so large */
export function restoreMemory(target: WasmMemory, { memory }: { memory: Uint8Array }): void {
  const missing = (memory.length - target.buffer.byteLength) / PAGE;
  if (missing < 0) throw damaged("it has less memory than its lua.wasm begins with");
  try {
    if (missing > 0) target.grow(missing);
  } catch (cause) {
    throw new Error(
      `the image needs ${memory.length} bytes of memory, which could not be allocated: ${cause.message}`,
      { cause },
    );
  }
  new Uint8Array(target.buffer).set(memory);
}

export const damaged = (what: string): Error => new Error(`the image is damaged: ${what}`);
