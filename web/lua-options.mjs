// The options of `open`, `openImage`, `openWorker`, `run` and `runGc`: which there are, and what they can be. It knows what no
// option does. `store`, `name` and `whenBusy` are checked where stores are opened, `wasm` where it is loaded.

const { inPage } = globalThis.LuaPersistent.parts;

const isPositive = (value) => typeof value === "number" && value > 0;
const isCount = (value) => Number.isSafeInteger(value) && value > 0;
const isFunction = (value) => typeof value === "function";
const isBoolean = (value) => typeof value === "boolean";
const anything = () => true;

/** What each option can be: a test, and words for who fails it. */
const OPEN = {
  wasm: [anything],
  store: [anything],
  name: [anything],
  whenBusy: [anything],
  lock: [isBoolean, "true or false"],
  signal: [(value) => value instanceof AbortSignal, "an AbortSignal"],
  rollbackOnError: [isBoolean, "true or false"],
  onOutput: [isFunction, "a function"],
  outputLimit: [isCount, "a positive whole number of characters"],
  memoryLimit: [isCount, "a positive whole number of bytes"],
  tableLimit: [isCount, "a positive whole number of bytes"],
  instructionLimit: [isCount, "a positive whole number of instructions"],
  timeout: [isPositive, "a positive number of milliseconds"],
  interrupt: [isFunction, "a function"],
  warmUp: [isBoolean, "true or false"],
  wasmHash: [(value) => /^[0-9a-f]{16}$/.test(value), "16 hexadecimal digits, as wasmHash of an opened LuaPersistent"],
};

/** Lua cuts names of more bytes, and the line of an error is found by the name. */
const isChunkName = (value) =>
  typeof value === "string" && /^[^\0\r\n]+$/.test(value) && new TextEncoder().encode(value).length < 60;

const RUN = { name: [isChunkName, "a text of 1 to 59 bytes without line breaks"], onOutput: OPEN.onOutput, timeout: OPEN.timeout };

/** Characters of output that a run keeps, unless told otherwise. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/** Bytes in all external tables, unless told otherwise. */
const TABLE_LIMIT = 256 * 1024 * 1024;

/**
 * @param {OpenOptions} [options]
 * @param {string} [method] for messages @param {string[]} [others] options that this method has beside these
 * @returns {OpenOptions} without those that are undefined
 * @throws {TypeError} naming the option
 */
export const readOpenOptions = (options, method = "open", others = []) => ({
  outputLimit: OUTPUT_LIMIT,
  tableLimit: TABLE_LIMIT,
  warmUp: inPage,
  ...read(options, OPEN, { method, place: "the argument", others }),
});

/** @param {{onOutput?: (text: string) => void, timeout?: number}} [options] @throws {TypeError} naming the option */
export const readRunOptions = (options) => read(options, RUN, IN_RUN);

/** The same in a worker, with `signal`. @throws {TypeError} naming the option */
export const readWorkerRunOptions = (options) => read(options, { ...RUN, signal: OPEN.signal }, IN_RUN);

/** @param {{timeout?: number, signal?: AbortSignal}} [options] @throws {TypeError} naming the option */
export const readGcOptions = (options) =>
  read(options, { timeout: OPEN.timeout, signal: OPEN.signal }, { method: "runGc", place: "the argument" });

const IN_RUN = { method: "run", place: "the second argument" };

function read(options = {}, known, { method, place, others = [] }) {
  const names = [...Object.keys(known), ...others];
  if (tagOf(options) !== "Object") {
    throw new TypeError(`${method}: ${place} is ${shown(options)}, and must be an object with options (${names.join(", ")})`);
  }
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (!Object.keys(known).includes(name)) {
      throw new TypeError(`${method}: there is no option '${name}'${meant(name, names)}, only ${names.join(", ")}`);
    }
    const [fits, words] = known[name];
    if (!fits(value)) throw new TypeError(`${method}: ${name} is ${shown(value)}, and must be ${words}`);
  }
  return Object.fromEntries(entries);
}

/** @returns {string} the nearest name, unless none is near */
function meant(name, names) {
  if (name.length > 40) return "";
  const far = (known) => distance(name.toLowerCase(), known.toLowerCase());
  const [nearest] = names.map((known) => [far(known), known]).sort(([a], [b]) => a - b);
  return nearest[0] <= Math.max(1, name.length / 3) ? ` (did you mean ${nearest[1]}?)` : "";
}

/** How many characters must be changed, inserted or deleted to make the one text of the other. */
function distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) next.push(Math.min(row[j] + (from[i] === to[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1));
    row = next;
  }
  return row[to.length];
}

/** `Object` of all that can be options: a Map or a signal in their place would be taken for none. */
const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

function shown(value) {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return `${/^[AEIO]/.test(tagOf(value)) ? "an" : "a"} ${tagOf(value).replace(/^(Array|Object)$/, (name) => name.toLowerCase())}`;
}
