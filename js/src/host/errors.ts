// Errors of functions of the host: what Lua is told of one, and which one it was when it comes back.

/** What Lua gets of an error (docs/abi.md section 9). */
export interface Told {
  message: string;
  name?: string;
  code?: unknown;
}

/** Decides what scripts are told of an error: its text, or what Lua's error has as `message`, `name` and `code`. */
export type ExposeError = (error: unknown, functionName: string) => string | Told;

/** An error as Lua gets it, kept to be found again. */
interface Raised extends Told {
  host: string;
  error: unknown;
}

/** Of one run that are known again. */
const MOST = 32;

/** A limit that a call of the host reached. */
export class HostLimit extends Error {
  readonly limit = "host" as const;
}

/** An error of the page, in the worker: what Lua is told is decided. */
export class ToldError extends Error {
  readonly told: Told;
  /** Of the call that gave it. */
  readonly call: number;
  /** Of a HostLimit. */
  readonly limit: HostLimit["limit"] | undefined;

  constructor(told: Told, call: number, limit?: HostLimit["limit"]) {
    super(told.message);
    this.name = told.name ?? "Error";
    this.told = told;
    this.call = call;
    this.limit = limit;
  }
}

/** What is known of the errors that functions of the host gave to one run. */
export class RaisedErrors {
  #raised: Raised[] | null = null;

  add(host: string, told: Told, error: unknown): void {
    this.#raised ??= [];
    if (this.#raised.length === MOST) this.#raised.shift();
    this.#raised.push({ ...told, host, error });
  }

  /** @param value what Lua raised @returns the error it was made of */
  find(value: unknown): { error: unknown } | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    const { host, message, name } = value as Record<string, unknown>;
    const isIt = (raised: Raised) => raised.host === host && raised.message === message && raised.name === name;
    return this.#raised?.filter(isIt).pop();
  }
}

/** By default Lua is told everything but the stack. Does not fail, whatever was thrown. */
export function tell(error: unknown, host: string, expose?: ExposeError): Told {
  if (error instanceof ToldError) return error.told;
  try {
    const told = expose ? expose(error, host) : describeError(error);
    if (typeof told === "string") return { message: told, name: "Error" };
    if (typeof told?.message === "string") return told;
    return { message: "an error of which exposeError gave no message", name: "Error" };
  } catch {
    return { message: "an error that cannot be read was thrown", name: "Error" };
  }
}

function describeError(error: unknown): Told {
  if (typeof error !== "object" || error === null) return { message: String(error), name: "Error" };
  const { message, name, code } = error as Record<string, unknown>;
  return {
    message: message === undefined ? String(error) : String(message),
    name: name === undefined ? "Error" : String(name),
    code: /^(string|number|boolean|bigint)$/.test(typeof code) ? code : undefined,
  };
}
