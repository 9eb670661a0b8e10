// Errors on their way between a page and its worker: as plain data, because structured cloning keeps neither our classes
// nor their fields. What Lua raised or gave travels as the message of lua.wasm. It knows nothing of who sends them.
import { raisedValue, typedResult } from "./lua-worker-values.mjs";
import { StoreError } from "./stores/store-error.mjs";

const { LuaError, LuaLimitError } = globalThis.LuaPersistent;

/** Others arrive as Error, with their name. */
const PLAIN = { __proto__: null, Error, TypeError, RangeError, SyntaxError };
/** Causes of causes that travel. */
const MOST_CAUSES = 10;

/** Instead of what has a getter, or a cause, that is too strange. */
const UNREADABLE = { type: "Error", name: "Error", message: "an error that cannot be read was thrown" };

/**
 * Does not fail, whatever a store or a listener threw.
 * @param {unknown} error
 * @returns {object} plain data for postMessage
 */
export function packError(error, causes = MOST_CAUSES) {
  try {
    if (error instanceof LuaError) return packLuaError(error, causes);
    const name = String(error?.name ?? "Error");
    const packed = { type: name in PLAIN ? name : "Error", name, message: String(error?.message ?? error) };
    if (!(error instanceof Error)) return packed;
    packed.stack = String(error.stack);
    if (error.cause !== undefined && causes > 0) packed.cause = packError(error.cause, causes - 1);
    return error instanceof StoreError ? { ...packed, ...storeFields(error) } : packed;
  } catch {
    return UNREADABLE;
  }
}

function packLuaError({ message, traceback, line, source, value, output, limit, cause }, causes) {
  // The message ends with that of its cause, and will again.
  const own = cause ? message.slice(0, -`: ${cause.message}`.length) : message;
  const told = { message: own, traceback, line, source, value };
  return { type: "LuaError", limit, told, output, cause: cause && packError(cause, causes - 1) };
}

function storeFields({ kind, store, bytesNeeded, result }) {
  const isOurs = result?.values instanceof Uint8Array;
  const needed = typeof bytesNeeded === "number" ? bytesNeeded : undefined;
  return { type: "StoreError", kind: String(kind), store: String(store), bytesNeeded: needed, result: isOurs ? result : undefined };
}

/** @param {object} packed by `packError` @returns {Error} */
export function unpackError(packed) {
  try {
    return unpack(packed);
  } catch (error) {
    return error;
  }
}

function unpack(packed) {
  if (packed.type === "LuaError") return unpackLuaError(packed);
  const cause = packed.cause && unpackError(packed.cause);
  if (packed.type === "StoreError") return unpackStoreError(packed, cause);
  const error = new PLAIN[packed.type](packed.message, cause && { cause });
  if (error.name !== packed.name) error.name = packed.name;
  if (packed.stack) error.stack = packed.stack;
  return error;
}

function unpackLuaError({ limit, told: sent, output, cause }) {
  const told = sent.value instanceof Uint8Array ? { ...sent, value: raisedValue(sent.value) } : sent;
  const details = [told.message, told, output, cause && unpackError(cause)];
  return limit ? new LuaLimitError(limit, ...details) : new LuaError(...details);
}

function unpackStoreError({ kind, store, message, bytesNeeded, result }, cause) {
  const error = new StoreError(kind, store, message.slice(store.length + 1), { cause, bytesNeeded });
  return result ? Object.assign(error, { result: typedResult(result) }) : error;
}
