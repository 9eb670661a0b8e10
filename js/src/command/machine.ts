// One Lua of the command, in this thread or in a worker, with the prelude run: it compiles and calls chunks. Errors of Lua are
// handed on as they are.
import { LuaFunction, LuaPersistent, type OpenOptions } from "../index.ts";
import type { Settings } from "./arguments.ts";
import { CommandError } from "./errors.ts";
import { CHUNK_NAME, LIBRARIES, PRELUDE, STDERR } from "./prelude.ts";

/** `os.exit` was called. */
export class Exit extends Error {
  /** Of the process: 0 to 255. */
  readonly code: number;

  constructor(code: number | bigint) {
    super("exit");
    this.code = Number(BigInt.asUintN(8, BigInt(code)));
  }
}

/** What is used of a LuaPersistent, wherever it is. */
interface Lua {
  readonly readOnly: boolean;
  run(code: string, options: RunOptions): Promise<{ values: unknown[]; exit?: number | bigint }>;
  set(path: string, value: unknown): unknown;
  close(options?: { discard?: boolean }): Promise<void>;
}

interface RunOptions {
  name: string;
  args: unknown[];
  signal?: AbortSignal;
  timeout?: number;
}

export interface MachineOptions extends OpenOptions {
  settings: Settings;
  /** Those that scripts may see. */
  variables: Record<string, string>;
  /** In a worker a run can be stopped by a signal at any time. */
  inWorker: boolean;
}

/** More calls of the host than anyone makes: the limits of the command are its options. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;
/** Of files that are read at once. */
const CALL_BYTES = 1024 ** 3;
/** Of what the command itself runs. */
const OWN = { timeout: 10_000 };

export class Machine {
  readonly #lua: Lua;
  readonly #variables: Record<string, string>;
  readonly #hasStderr: boolean;
  /** Of the prelude, and of what was added to it. */
  #functions!: Promise<Record<string, LuaFunction>>;
  /** Code that gives a table of functions. */
  #additions: string[] = [];

  /** @throws {Error | StoreError} as from `open` */
  static async open({ settings, variables, inWorker, ...options }: MachineOptions): Promise<Machine> {
    const all: OpenOptions = {
      ...options,
      memoryLimit: settings.memory,
      instructionLimit: settings.steps,
      timeout: settings.timeout,
      outputLimit: 1,
      callLimit: UNLIMITED,
      callBytesLimit: CALL_BYTES,
    };
    const onRestart = () => machine.begin();
    const lua: Lua = await (inWorker ? LuaPersistent.openWorker({ ...all, onRestart }) : LuaPersistent.open(all));
    const machine = new Machine(lua, variables, !inWorker);
    machine.begin();
    await machine.#functions.catch(error => machine.#giveUp(error));
    return machine;
  }

  private constructor(lua: Lua, variables: Record<string, string>, hasStderr: boolean) {
    this.#lua = lua;
    this.#variables = variables;
    this.#hasStderr = hasStderr;
  }

  /** What was kept may have broken the libraries. */
  async #giveUp(error: Error): Promise<never> {
    await this.#lua.close({ discard: true });
    throw new CommandError(`Lua cannot be begun: ${error.message}. If a store keeps everything, --forget begins anew`);
  }

  get readOnly(): boolean {
    return this.#lua.readOnly;
  }

  /** Runs the prelude, also in the place of a Lua that was lost. */
  begin(): void {
    this.#functions = this.#prepare();
    this.#functions.catch(() => {});
  }

  async #prepare(): Promise<Record<string, LuaFunction>> {
    await this.#run(LIBRARIES, [], OWN);
    if (this.#hasStderr) await this.#run(STDERR, [], OWN);
    const [execute, library] = await this.#run(PRELUDE, [this.#variables], OWN);
    const functions = { execute, library };
    for (const code of this.#additions) Object.assign(functions, ...(await this.#run(code, [], OWN)));
    return functions as Record<string, LuaFunction>;
  }

  /** @param code that returns a table of functions, which `call` can call then */
  async add(code: string): Promise<void> {
    this.#additions.push(code);
    Object.assign(await this.#functions, ...(await this.#run(code, [], OWN)));
  }

  /** @param name of a function of the prelude, or of what was added @returns its first two results */
  async call(name: string, args: unknown[], options?: Pick<RunOptions, "signal" | "timeout">): Promise<unknown[]> {
    const { [name]: called } = await this.#functions;
    const names = ["called", ...args.map((_, at) => `a${at}`)];
    const result = `called(${names.slice(1).join(", ")})`;
    // Not as a tail call, which tracebacks tell.
    const code = `local ${names.join(", ")} = ... local first, second = ${result} return first, second`;
    return this.#run(code, [called, ...args], options);
  }

  async #run(code: string, args: unknown[], options?: Pick<RunOptions, "signal" | "timeout">): Promise<unknown[]> {
    const { values, exit } = await this.#lua.run(code, { name: CHUNK_NAME, args, ...options });
    if (exit !== undefined) throw new Exit(exit);
    return values;
  }

  async set(path: string, value: unknown): Promise<void> {
    await this.#lua.set(path, value);
  }

  close(): Promise<void> {
    return this.#lua.close();
  }
}
