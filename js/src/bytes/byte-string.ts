// Byte strings: one character for each byte, so that bytes can be the key of a Map and the input of btoa. It knows nothing
// about the meaning of the bytes.

export function byteString(bytes: Uint8Array): string {
  // In pieces, because a call with too many arguments overflows the stack.
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192) as unknown as number[]);
  }
  return text;
}

/** @param text a byte string */
export function bytesOf(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Bytes in memory that no other thread has, as a Blob and a file take them. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const toBase64 = (bytes: Uint8Array): string => btoa(byteString(bytes));

/** @returns a byte string; undefined unless `text` is exactly what btoa makes */
export function fromBase64(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const bytes = atob(text);
    return btoa(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Recently used keys by hash. Comparing bytes with a known string is faster than making a new one. */
const recentKeys: string[] = /* @__PURE__ */ new Array(8192).fill("");
const LONGEST_RECENT_KEY = 64;

/** @returns the same as `byteString(bytes.subarray(at, at + length))` */
export function keyString(bytes: Uint8Array, at: number, length: number): string {
  if (length > LONGEST_RECENT_KEY) return byteString(bytes.subarray(at, at + length));
  let hash = length;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + bytes[at + i]) | 0;
  const slot = Math.imul(hash, 0x9e3779b1) >>> 19;
  // Two places for each hash, so that two keys that meet do not drive each other out.
  if (spells(recentKeys[slot], bytes, at, length)) return recentKeys[slot];
  if (spells(recentKeys[slot ^ 1], bytes, at, length)) return recentKeys[slot ^ 1];
  recentKeys[slot ^ 1] = recentKeys[slot];
  return (recentKeys[slot] = byteString(bytes.subarray(at, at + length)));
}

/** @returns whether the byte string `text` has exactly these bytes */
function spells(text: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}

/** Copies `length` bytes: a view of a part takes longer than a short loop. */
export function copyBytes(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number, length: number): void {
  if (length === from.length) to.set(from, toAt);
  else if (length > 24) to.set(from.subarray(fromAt, fromAt + length), toAt);
  else for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i];
}

/** The bytes of any view or buffer, not a copy. */
export const viewBytes = (source: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);

/** The little-endian number of 32 bits, without a sign, in four bytes. */
export const u32At = (bytes: Uint8Array, at: number): number =>
  (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;

export const dataView = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
