// Errors on their way between a page and its worker: as plain data, because structured cloning keeps neither our classes
// nor their fields. Values of Lua travel as the message of lua.wasm. It does not know who sends them.
import { StoreError, type StoreErrorKind } from "../stores/store-error.ts";
import type { LuaValue } from "../values/types.ts";
import { type ErrorDetails, type Limit, LuaError, LuaLimitError } from "../values/errors.ts";
import { ToldError } from "../host/errors.ts";
import type { WorkerAnswer } from "./values.ts";

/** What the page makes of what an error has from Lua. */
export interface ErrorViews {
  /** Of the message `error` of lua.wasm. */
  raisedValue(message: Uint8Array): LuaValue<any>;
  result(answer: WorkerAnswer): unknown;
  /** What a call of a function of the page threw. */
  thrownBy(call: number): { error: unknown } | undefined;
}

/** An error as plain data for postMessage. */
export type PackedError = PackedPlain | PackedLua | PackedStore;

interface PackedPlain {
  type: keyof typeof PLAIN;
  name: string;
  message: string;
  stack?: string;
  cause?: PackedError;
  /** Of a function of the page, whose error it is. */
  call?: number;
}

interface PackedLua {
  type: "LuaError";
  limit?: Limit;
  /** Of a worker, the value is a message of lua.wasm. */
  details: ErrorDetails;
  output: string;
  cause?: PackedError;
  message?: undefined;
}

interface PackedStore extends Omit<PackedPlain, "type"> {
  type: "StoreError";
  kind: StoreErrorKind;
  store: string;
  bytesNeeded?: number;
  result?: WorkerAnswer;
}

/** Others arrive as Error, with their name. */
const PLAIN = { Error, TypeError, RangeError, SyntaxError };
const PLAIN_NAMES = Object.keys(PLAIN);
/** How many causes of causes travel. */
const MOST_CAUSES = 10;

/** Stands for an error that cannot be read, such as one with a getter that throws. */
const UNREADABLE: PackedPlain = { type: "Error", name: "Error", message: "an error that cannot be read was thrown" };

/** Does not fail for any error that a store or a listener may throw. */
export function packError(error: unknown, causes: number = MOST_CAUSES): PackedError {
  try {
    if (error instanceof LuaError) return packLuaError(error, causes);
    const { name: given, message } = Object(error) as Partial<Error>;
    const name = String(given ?? "Error");
    const type = PLAIN_NAMES.includes(name) ? (name as keyof typeof PLAIN) : "Error";
    const packed: PackedPlain = { type, name, message: String(message ?? error) };
    if (!(error instanceof Error)) return packed;
    packed.stack = String(error.stack);
    if (error instanceof ToldError) packed.call = error.call;
    if (error.cause !== undefined && causes > 0) packed.cause = packError(error.cause, causes - 1);
    return error instanceof StoreError ? { ...packed, ...storeFields(error) } : packed;
  } catch {
    return UNREADABLE;
  }
}

function packLuaError(error: LuaError, causes: number): PackedLua {
  const { message, traceback, line, source, value, output } = error;
  const { cause } = error;
  const details = { message, traceback, line, source, value };
  const limit = error instanceof LuaLimitError ? error.limit : undefined;
  return {
    type: "LuaError",
    limit,
    details,
    output,
    cause: cause === undefined ? undefined : packError(cause, causes - 1),
  };
}

function storeFields({
  kind,
  store,
  bytesNeeded,
  result,
}: StoreError): Pick<PackedStore, "type" | "kind" | "store" | "bytesNeeded" | "result"> {
  const values: unknown = result?.values;
  const isOurs = values instanceof Uint8Array;
  const needed = typeof bytesNeeded === "number" ? bytesNeeded : undefined;
  return {
    type: "StoreError",
    kind: String(kind) as StoreErrorKind,
    store: String(store),
    bytesNeeded: needed,
    result: isOurs ? (result as WorkerAnswer | undefined) : undefined,
  };
}

/** @returns the messages of what was raised in Lua, of a packed error and its causes */
export function raisedIn(packed: PackedError | undefined): Uint8Array[] {
  if (!packed) return [];
  const value = packed.type === "LuaError" ? packed.details.value : undefined;
  return [...(value instanceof Uint8Array ? [value] : []), ...raisedIn(packed.cause)];
}

/** @param packed by `packError` @param views of the page; the worker has none, and needs none */
export function unpackError(packed: PackedError, views?: ErrorViews): unknown {
  try {
    return unpack(packed, views);
  } catch (error) {
    return error;
  }
}

function unpack(packed: PackedError, views?: ErrorViews): unknown {
  if (packed.type === "LuaError") return unpackLuaError(packed, views);
  const thrown = "call" in packed ? views?.thrownBy(packed.call!) : undefined;
  if (thrown) return thrown.error;
  const cause = packed.cause && unpackError(packed.cause, views);
  if (packed.type === "StoreError") return unpackStoreError(packed, cause, views);
  const error = new PLAIN[packed.type](packed.message, cause === undefined ? undefined : { cause });
  if (error.name !== packed.name) error.name = packed.name;
  if (packed.stack) error.stack = packed.stack;
  return error;
}

function unpackLuaError({ limit, details: sent, output, cause }: PackedLua, views?: ErrorViews): LuaError {
  const { value } = sent;
  const details = views && value instanceof Uint8Array ? { ...sent, value: views.raisedValue(value) } : sent;
  const reason = cause === undefined ? null : unpackError(cause, views);
  return limit
    ? new LuaLimitError(limit, details.message, details, output, reason)
    : new LuaError(details.message, details, output, reason);
}

function unpackStoreError(
  { kind, store, message, bytesNeeded, result }: PackedStore,
  cause: unknown,
  views?: ErrorViews,
): StoreError {
  const error = new StoreError(kind, store, message.slice(store.length + 1), { cause: cause as Error, bytesNeeded });
  return result && views ? Object.assign(error, { result: views.result(result) }) : error;
}
