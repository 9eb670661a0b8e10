// Text as UTF-8, with three ways to treat bytes that are not UTF-8.

export const encoder = new TextEncoder();

/** Bytes that are not UTF-8 become U+FFFD. */
export const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes that are not UTF-8 are an error. */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Up to this length a loop is faster than the decoder. */
const SHORT = 24;

/** @returns undefined when one is not ASCII */
function shortText(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] > 127) return undefined;
    text += String.fromCharCode(bytes[at]);
  }
  return text;
}

/** @returns bytes, as a copy, when they are not UTF-8 */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  const short = bytes.length <= SHORT ? shortText(bytes) : undefined;
  if (short !== undefined) return short;
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.slice();
  }
}
