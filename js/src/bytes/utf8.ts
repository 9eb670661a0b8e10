// Text as UTF-8, with three ways to treat bytes that are not UTF-8.

export const encoder = new TextEncoder();

/** Bytes that are not UTF-8 become U+FFFD. */
export const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes that are not UTF-8 are an error. */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @returns bytes, as a copy, when they are not UTF-8 */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.slice();
  }
}
