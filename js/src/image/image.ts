// Images: all of a Lua state and its external tables as bytes. Versioned, checksummed, bound to one lua.wasm.
// The header has 72 bytes in every version. The rest is deflated: the tables, then the memory of the module.
// It knows nothing about the contents of that memory.
import { type Bytes, dataView, viewBytes } from "../bytes/byte-string.ts";
import { checksum64, equal64, hex64, read64, write64 } from "../bytes/checksum.ts";
import { canDeflate, deflate, inflate } from "../bytes/compress.ts";
import { ExternalTables } from "../core/external-tables.ts";
import type { WasmMemory } from "../core/platform.ts";
import { LARGEST_MEMORY, type Limits, PAGE, damaged, writeHash } from "./memory.ts";
import { type HostNotes, decodeTables, encodeTables, tablesSize } from "./tables.ts";

const MAGIC = 0x4961754c; // "LuaI"
const VERSION = 1;
const HEADER_SIZE = 72;
const DEFLATED = 1;

/** Where the fields of the header are. */
const AT = {
  magic: 0,
  version: 4,
  hash: 8,
  packed: 16,
  plain: 24,
  pages: 32,
  flags: 36,
  memoryLimit: 40,
  instructionLimit: 48,
  sum: 56,
  end: 64,
};

export interface Image {
  hash: string;
  limits: Limits;
  tables: ExternalTables;
  /** What the host kept of its own. */
  notes: HostNotes;
  memory: Uint8Array;
}

/**
 * Copies everything, so that Lua can go on at once.
 * @param memory while no export is running
 * @param hash of lua.wasm
 * @param notes what the host keeps of its own
 * @returns makes an image of the copy
 * @throws {Error} the hash is not known
 */
export function takeImage(
  memory: WasmMemory,
  tables: ExternalTables,
  hash: string | null,
  limits: Limits,
  notes: HostNotes,
): () => Promise<Bytes> {
  if (hash === null) {
    throw new Error(
      "an image is bound to the bytes of lua.wasm, and this was opened from a WebAssembly.Module: open it from bytes or a URL, or with the option wasmHash",
    );
  }
  const size = tablesSize(tables, notes);
  const plain = new Uint8Array(size + memory.buffer.byteLength);
  encodeTables(tables, notes, plain.subarray(0, size));
  plain.set(new Uint8Array(memory.buffer), size);
  return () => pack(plain, size, hash, limits);
}

async function pack(
  plain: Bytes,
  tablesSize: number,
  hash: string,
  { memoryLimit = 0, instructionLimit = 0 }: Limits,
): Promise<Bytes> {
  const packed = canDeflate() ? await deflate(plain) : plain;
  const image = new Uint8Array(HEADER_SIZE + packed.length);
  const view = dataView(image);
  view.setUint32(AT.magic, MAGIC, true);
  view.setUint32(AT.version, VERSION, true);
  writeHash(view, hash, AT.hash);
  view.setFloat64(AT.packed, packed.length, true);
  view.setFloat64(AT.plain, plain.length, true);
  view.setUint32(AT.pages, (plain.length - tablesSize) / PAGE, true);
  view.setUint32(AT.flags, packed === plain ? 0 : DEFLATED, true);
  view.setFloat64(AT.memoryLimit, memoryLimit, true);
  view.setFloat64(AT.instructionLimit, instructionLimit, true);
  write64(view, AT.sum, checksum64(packed));
  write64(view, AT.end, checksum64(image.subarray(0, AT.end)));
  image.set(packed, HEADER_SIZE);
  return image;
}

/**
 * @param tableLimit bytes that its tables may have
 * @param tables empty: they get those of the image
 * @throws {Error} saying what is wrong with the bytes
 */
export async function decodeImage(
  image: ArrayBuffer | ArrayBufferView,
  tableLimit: number = Infinity,
  tables: ExternalTables = new ExternalTables(),
): Promise<Image> {
  const bytes = imageBytes(image);
  const view = dataView(bytes);
  checkHeader(bytes, view);
  const memorySize = view.getUint32(AT.pages, true) * PAGE;
  if (memorySize > LARGEST_MEMORY) throw damaged("it says it has more memory than there can be");
  const tableBytes = view.getFloat64(AT.plain, true) - memorySize;
  if (tableBytes > tableLimit)
    throw new Error(`the image was not opened: tableLimit is ${tableLimit} bytes, and its tables have ${tableBytes}`);
  const plain = await contents(bytes, view);
  if (memorySize > plain.length) throw damaged("it has less memory than it says");
  return {
    hash: hex64(read64(view, AT.hash)),
    limits: {
      memoryLimit: view.getFloat64(AT.memoryLimit, true) || undefined,
      instructionLimit: view.getFloat64(AT.instructionLimit, true) || undefined,
    },
    ...decodeTables(plain.subarray(0, plain.length - memorySize), tables, damaged),
    memory: plain.subarray(plain.length - memorySize),
  };
}

function checkHeader(bytes: Uint8Array, view: DataView): void {
  if (bytes.length >= 4 && view.getUint32(AT.magic, true) !== MAGIC) {
    throw new Error("these bytes are not an image of a Lua state, or their beginning is damaged");
  }
  if (bytes.length < HEADER_SIZE) throw damaged(`it is cut short, and has ${bytes.length} bytes`);
  if (!equal64(read64(view, AT.end), checksum64(bytes.subarray(0, AT.end)))) {
    throw damaged("its header does not match its checksum");
  }
  // Every later version begins with a header like this one.
  const version = view.getUint32(AT.version, true);
  if (version !== VERSION) {
    throw new Error(
      `the image was made by a newer version of this library: its form is ${version}, and ${VERSION} is known here`,
    );
  }
}

async function contents(bytes: Uint8Array, view: DataView): Promise<Uint8Array> {
  const packed = bytes.subarray(HEADER_SIZE);
  const expected = view.getFloat64(AT.packed, true);
  if (packed.length !== expected) {
    throw damaged(`it has ${bytes.length} bytes, and should have ${HEADER_SIZE + expected}`);
  }
  if (!equal64(read64(view, AT.sum), checksum64(packed))) throw damaged("its contents do not match their checksum");
  const isDeflated = view.getUint32(AT.flags, true) === DEFLATED;
  const length = view.getFloat64(AT.plain, true);
  const plain = isDeflated ? await inflateTo(length, packed) : packed;
  if (plain.length !== length) throw otherLength();
  return plain;
}

async function inflateTo(length: number, packed: Uint8Array): Promise<Uint8Array> {
  const room = { left: Math.max(length, 0) || 0 };
  try {
    return await inflate(packed, room);
  } catch (error) {
    throw room.left < 0 ? otherLength() : error;
  }
}

const otherLength = () => damaged("its contents have another length than it says");

/**
 * They are in the memory of lua.wasm, and cannot be changed.
 * @returns with the limits of the image
 * @throws {Error} other limits were asked for
 */
export function withLimits<Given extends Limits>({ limits }: Image, given: Given): Given {
  for (const [name, limit] of Object.entries(limits) as [keyof Limits, number | undefined][]) {
    const wanted = given[name];
    if (wanted === undefined || wanted === limit) continue;
    throw new Error(`openImage: ${name} is ${wanted}, but the image was made with ${limit ?? "none"}, and keeps that`);
  }
  return { ...given, ...limits };
}

/** @param hash of the lua.wasm that is used @throws {Error} the image is of another one */
export function checkHash(image: Image, hash: string | null) {
  if (hash === image.hash) return;
  if (hash === null) {
    throw new Error(
      "an image is bound to the bytes of lua.wasm: open it with bytes or a URL instead of a WebAssembly.Module, or with the option wasmHash",
    );
  }
  throw new Error(
    `the image was made with another lua.wasm: that had the hash ${image.hash}, and this one has ${hash}`,
  );
}

function imageBytes(image: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(image) || Object.prototype.toString.call(image) === "[object ArrayBuffer]")
    return viewBytes(image);
  throw new TypeError(`openImage takes the bytes of an image, not ${image === null ? "null" : typeof image}`);
}
