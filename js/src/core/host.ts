// The five functions that lua.wasm imports (docs/abi.md section 2), over external tables and host services. It moves
// bytes, and does not know their meaning.
import { copyBytes, keyString } from "../bytes/byte-string.ts";
import { encoder } from "../bytes/utf8.ts";
import type { ExternalTables } from "./external-tables.ts";
import { SERVICES } from "./ids.ts";
import type { WasmMemory } from "./platform.ts";

/**
 * Services of the host beyond tables (docs/abi.md section 7). Among those that it says it has is `request`, which is answered
 * elsewhere. `set` gives 0 when it took the message.
 */
export interface Services {
  get(name: string): Uint8Array | undefined;
  set(name: string, message: Uint8Array): number;
  /** A call of a function of the host: `call ` and more, at `at` in memory. Only for what offers some. */
  call?: (memory: Uint8Array, at: number, length: number) => Uint8Array | undefined;
  /** Of a plain host: asked every few milliseconds while Lua runs. */
  isOver?: () => boolean;
}

/** The services of a plain host: it can stop a collection. */
export class PlainServices implements Services {
  isOver: () => boolean = () => false;

  get(name: string): Uint8Array | undefined {
    if (name === "services") return encoder.encode("request interrupt");
    return name === "interrupt" && this.isOver() ? new Uint8Array(1) : undefined;
  }
  set(): number {
    return -1;
  }
}

/** A fresh view per use, because growth detaches the buffer; out of range it throws. */
export function memoryView(memory: WasmMemory, pointer: number, length: number): Uint8Array {
  return new Uint8Array(memory.buffer, pointer >>> 0, length >>> 0);
}

/** Bytes of a value that is short. */
const SHORT = 24;
/** Bytes of a call before the name: a key that is shorter, and begins with `c`, is another one. */
const CALL_HEAD = 12;

type HostFunction = (table: number, a: number, b: number, c: number, d: number) => number;

const noRequest = (): undefined => undefined;

/**
 * The functions of the import module `env`, none of which may throw into wasm.
 * @param memory known only after instantiation
 * @param request what the host asks for
 */
export function hostFunctions(
  tables: ExternalTables,
  services: Services,
  memory: () => WasmMemory,
  request: () => Uint8Array | undefined = noRequest,
): Record<string, HostFunction> {
  let bytes = new Uint8Array(0);
  /** All of memory. Growth detaches a view, which then has no length; a range beyond the end throws. */
  const within = (pointer: number, length: number) => {
    if (bytes.length === 0) bytes = new Uint8Array(memory().buffer);
    if ((pointer >>> 0) + (length >>> 0) > bytes.length) throw new RangeError("beyond the memory");
    return bytes;
  };
  const keyAt = (pointer: number, length: number) => keyString(within(pointer, length), pointer >>> 0, length >>> 0);
  /** @returns bytes written; -1: no answer */
  const answer = (value: Uint8Array | undefined, out: number, room: number) => {
    if (!value) return -1;
    const length = Math.min(value.length, room >>> 0);
    copyBytes(value, 0, within(out, length), out >>> 0, length);
    return length;
  };
  /**
   * A call is read where it is: as a key it would be made a string first. Nor are `request` and `sweep end`, which every eval asks
   * for, and `results`: no other keys of their lengths begin with the same letter.
   */
  const serviced = (key: number, length: number) => {
    const bytes = within(key, length);
    const at = key >>> 0;
    if (length === 7 && bytes[at] === 0x72) return request();
    if (length === 9 && bytes[at] === 0x73) return services.get("sweep end");
    const isCall = services.call && length >>> 0 > CALL_HEAD && bytes[at] === 0x63 && bytes[at + 4] === 0x20;
    return isCall ? services.call!(bytes, at, length >>> 0) : services.get(keyAt(key, length));
  };
  const entry = (table: number, key: number, length: number) => {
    if (length >>> 0 > tables.longestKey) return undefined;
    const name = keyAt(key, length);
    const value = tables.get(table, name);
    if (value && tables.marker !== null) tables.marker.read(name, value);
    return value;
  };
  const noteRefusal = (error: unknown) => {
    tables.refusal = error as Error;
    return -1;
  };
  return {
    // These two are written out: most calls are theirs, and none of a function that is called for everything.
    js_ext_table_set: (table, key, keyLength, value, valueLength) => {
      try {
        const at = value >>> 0;
        const length = valueLength >>> 0;
        const bytes = within(value, length);
        let copy: Uint8Array;
        // A short one is copied sooner by a loop.
        if (length > SHORT) copy = bytes.slice(at, at + length);
        else {
          copy = new Uint8Array(length);
          for (let i = 0; i < length; i++) copy[i] = bytes[at + i];
        }
        if (table >>> 0 === SERVICES) {
          const isResults = keyLength === 7 && bytes[key >>> 0] === 0x72;
          return services.set(isResults ? "results" : keyAt(key, keyLength), copy);
        }
        tables.admit(keyLength >>> 0);
        tables.set(table >>> 0, keyAt(key, keyLength), copy);
        return 0;
      } catch (error) {
        return noteRefusal(error);
      }
    },
    js_ext_table_get: (table, key, keyLength, out, room) => {
      try {
        return answer(
          table >>> 0 === SERVICES ? serviced(key, keyLength) : entry(table >>> 0, key, keyLength),
          out,
          room,
        );
      } catch {
        return -1;
      }
    },
    js_ext_table_delete: (table, key, keyLength) => {
      try {
        return keyLength >>> 0 <= tables.longestKey && tables.delete(table >>> 0, keyAt(key, keyLength)) ? 0 : -1;
      } catch (error) {
        return noteRefusal(error);
      }
    },
    js_ext_table_size: table => {
      try {
        return tables.size(table >>> 0);
      } catch {
        return 0;
      }
    },
    js_ext_table_keys: (table, out, room) => {
      try {
        const size = tables.size(table >>> 0);
        return size === 0 ? 0 : writeKeys(memoryView(memory(), out, room), size, table >>> 0, tables);
      } catch {
        return 0;
      }
    },
  };
}

/** Bytes in which there is no room for more than the first keys of a table: each takes 5, and there are 256. */
const FEW = 1280;

/** The count of all keys, then as many whole keys as fit; a sweep that marks hears of these. @returns bytes written */
function writeKeys(out: Uint8Array, count: number, id: number, tables: ExternalTables): number {
  if (out.length < 4) return 0;
  const words = new DataView(out.buffer, out.byteOffset, out.length);
  words.setUint32(0, count, true);
  let at = 4;
  for (const key of out.length <= FEW ? tables.firstKeys(id) : tables.keys(id)) {
    if (at + 4 + key.length > out.length) break;
    tables.marker?.listed(key);
    words.setUint32(at, key.length, true);
    at += 4;
    for (let i = 0; i < key.length; i++) out[at++] = key.charCodeAt(i);
  }
  return at;
}

/** @returns a message (docs/abi.md section 9) of these strings */
export function messageOf(strings: Uint8Array[]): Uint8Array {
  const message = new Uint8Array(strings.reduce((size, { length }) => size + 5 + length, 4));
  const words = new DataView(message.buffer);
  words.setUint32(0, strings.length, true);
  let at = 4;
  for (const bytes of strings) {
    message[at] = 4;
    words.setUint32(at + 1, bytes.length, true);
    message.set(bytes, at + 5);
    at += 5 + bytes.length;
  }
  return message;
}
