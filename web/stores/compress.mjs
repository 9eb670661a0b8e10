// Deflate and inflate whole byte arrays, by what the engine has: CompressionStream and DecompressionStream in the
// format "deflate" (zlib, RFC 1950). It knows nothing of what the bytes are.

/** Whether this engine can: Chrome 80, Firefox 113, Safari 16.4, Node 18 and later. */
export const canDeflate = () => typeof CompressionStream === "function";
export const canInflate = () => typeof DecompressionStream === "function";

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 * @throws {Error} an engine that cannot
 */
export function deflate(bytes) {
  if (!canDeflate()) return Promise.reject(new Error("this engine cannot compress: it has no CompressionStream"));
  return through(new CompressionStream("deflate"), bytes);
}

/**
 * @param {Uint8Array} bytes what `deflate` gave
 * @returns {Promise<Uint8Array>}
 * @throws {Error} damaged or cut bytes, or an engine that cannot; not every engine minds bytes after the end
 */
export async function inflate(bytes) {
  if (!canInflate()) throw new Error("this engine cannot decompress: it has no DecompressionStream");
  try {
    return await through(new DecompressionStream("deflate"), bytes);
  } catch (cause) {
    throw new Error(`the compressed bytes are damaged: ${cause.message}`, { cause });
  }
}

async function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  // What goes wrong here is told by the reading side, too.
  const written = Promise.allSettled([writer.write(bytes), writer.close()]);
  const chunks = [];
  const reader = stream.readable.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) chunks.push(step.value);
  await written;
  return joined(chunks);
}

function joined(chunks) {
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
