// Text as UTF-8, in the three ways in which what is not UTF-8 can be met.

export const encoder = new TextEncoder();

/** What is not UTF-8 becomes U+FFFD. */
export const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is not UTF-8 is an error. */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @returns bytes, as a copy, when they are not UTF-8 */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.slice();
  }
}
