// Deflates and inflates whole byte arrays with the engine's own CompressionStream and DecompressionStream, in the format
// "deflate" (zlib, RFC 1950). It knows nothing about the meaning of the bytes.

import type { Bytes } from "./byte-string.ts";

/** How many more bytes may be inflated: each piece is subtracted. */
export interface Room {
  left: number;
}

/** Whether this engine can: Chrome 80, Firefox 113, Safari 16.4, Node 18 and later. */
export const canDeflate = () => typeof CompressionStream === "function";
export const canInflate = () => typeof DecompressionStream === "function";

/** @throws {Error} an engine that cannot */
export function deflate(bytes: Uint8Array): Promise<Bytes> {
  if (!canDeflate()) return Promise.reject(new Error("this engine cannot compress: it has no CompressionStream"));
  return through(new CompressionStream("deflate"), bytes);
}

/**
 * Bytes that an engine gets at once to inflate, at first and at most. It makes up to a thousand times as many of them, and
 * WebKit makes all of them before the first can be read.
 */
const FIRST_PIECE = 256;
const PIECE = 16384;

/**
 * In pieces, so that bytes which would inflate beyond `room` are given up early.
 * @param bytes from `deflate`
 * @param room how many bytes the result may have; its length is subtracted
 * @throws {Error} damaged or cut bytes, no room, or an engine that cannot; not every engine minds bytes after the end
 */
export async function inflate(bytes: Uint8Array, room: { left: number } = { left: Infinity }): Promise<Bytes> {
  if (!canInflate()) throw new Error("this engine cannot decompress: it has no DecompressionStream");
  try {
    return await through(new DecompressionStream("deflate"), bytes, FIRST_PIECE, room);
  } catch (cause) {
    if (room.left < 0) throw new Error("the compressed bytes become more than there is room for", { cause });
    throw new Error(`the compressed bytes are damaged: ${cause.message}`, { cause });
  }
}

async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
  piece = bytes.length,
  room: Room = { left: Infinity },
): Promise<Bytes> {
  // An error here is one on the reading side, too.
  const written = feed(stream.writable.getWriter(), bytes, piece).catch(() => {});
  const chunks: Bytes[] = [];
  const reader = stream.readable.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    room.left -= step.value.length;
    if (room.left < 0) {
      await reader.cancel();
      throw new RangeError("no room is left");
    }
    chunks.push(step.value);
  }
  await written;
  return joined(chunks);
}

/** The next piece is written when the one before has been read. */
async function feed(
  writer: WritableStreamDefaultWriter<BufferSource>,
  bytes: Uint8Array,
  piece: number,
): Promise<void> {
  for (let at = 0, size = piece; at < bytes.length; at += size, size = Math.min(2 * size, PIECE)) {
    await writer.write(bytes.subarray(at, at + size) as Bytes);
  }
  await writer.close();
}

function joined(chunks: Bytes[]): Bytes {
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
