// Errors on their way between a page and its worker: as plain data, because structured cloning keeps neither our classes
// nor their fields. What Lua raised or gave travels as the message of lua.wasm. It knows nothing of who sends them.
import { raisedValue, typedResult } from "./lua-worker-values.mjs";
import { StoreError } from "./stores/store-error.mjs";

const { LuaError, LuaLimitError } = globalThis.LuaPersistent;

/** Others arrive as Error, with their name. */
const PLAIN = { Error, TypeError, RangeError, SyntaxError };

/**
 * @param {unknown} error whatever was thrown
 * @returns {object} plain data for postMessage
 */
export function packError(error) {
  if (error instanceof LuaError) return packLuaError(error);
  if (!(error instanceof Error)) return { type: "Error", name: error?.name ?? "Error", message: error?.message ?? String(error) };
  const packed = { type: error.name, name: error.name, message: error.message, stack: error.stack };
  if (error.cause !== undefined) packed.cause = packError(error.cause);
  return error instanceof StoreError ? { ...packed, ...storeFields(error) } : packed;
}

function packLuaError({ message, traceback, line, value, output, limit, cause }) {
  // The message ends with that of its cause, and will again.
  const own = cause ? message.slice(0, -`: ${cause.message}`.length) : message;
  const told = { message: own, traceback, line, value };
  return { type: "LuaError", limit, told, output, cause: cause && packError(cause) };
}

const storeFields = ({ kind, store, bytesNeeded, result }) => ({ type: "StoreError", kind, store, bytesNeeded, result });

/** @param {object} packed by `packError` @returns {Error} */
export function unpackError(packed) {
  if (packed.type === "LuaError") return unpackLuaError(packed);
  const cause = packed.cause && unpackError(packed.cause);
  if (packed.type === "StoreError") return unpackStoreError(packed, cause);
  const { [packed.type]: Type = Error } = PLAIN;
  const error = new Type(packed.message, cause && { cause });
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
