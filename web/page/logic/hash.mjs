// Hashes as short text. It knows no page.

/** @param {Uint8Array} bytes @returns {string} */
export const hexOf = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");

/**
 * The beginning of SHA-256: enough that nobody finds other bytes with the same.
 * @param {Uint8Array} bytes
 * @returns {Promise<string | null>} 16 digits; null where the browser has no hashes, on pages that are served by plain http
 */
export async function digestOf(bytes) {
  const digest = await crypto.subtle?.digest("SHA-256", bytes);
  return digest ? hexOf(new Uint8Array(digest, 0, 8)) : null;
}
