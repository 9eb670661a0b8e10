// One lua.wasm after another over the same external tables: makes instances, calls the exports, and keeps an instance that
// failed from running again. It knows nothing about the scripts.
import { encoder, lenient } from "../bytes/utf8.ts";
import { inPage } from "./environment.ts";
import type { ExternalTables } from "./external-tables.ts";
import { type Services, hostFunctions, memoryView, messageOf } from "./host.ts";
import type { WasmModule } from "./platform.ts";
import { type LuaExports, type WasmSource, compile, withWasm } from "./wasm.ts";

/** The chunk name of code that `eval` runs. */
export const EVAL = "eval";

/** What came of an eval. */
export interface Answer {
  isError: boolean;
  /** That it left in the buffer. It is there until the next eval. */
  readonly text: string;
}

class Left implements Answer {
  readonly isError: boolean;
  readonly #exports: LuaExports;
  readonly #size: number;

  /** @param result of `eval` */
  constructor(exports: LuaExports, result: number) {
    this.#exports = exports;
    this.isError = result < 0;
    this.#size = this.isError ? -result - 1 : result;
  }

  get text(): string {
    const { memory, get_buffer_ptr } = this.#exports;
    return lenient.decode(memoryView(memory, get_buffer_ptr(), this.#size));
  }
}

/** lua.wasm over external tables, one instance after another. */
export class LuaInstance {
  /** Of lua.wasm; null before the first instance. */
  exports: LuaExports | null = null;
  /** Compiled; instances are made of it. */
  module: WasmModule | null = null;
  readonly tables: ExternalTables;
  readonly services: Services;
  /** Called when Lua has run. */
  onCall: (() => void) | null = null;
  /** The answer to `request`. */
  #request: Uint8Array | undefined;
  #failure: Error | null = null;

  constructor(tables: ExternalTables, services: Services) {
    this.tables = tables;
    this.services = services;
  }

  /** Why nothing can run (any more). */
  get failure(): Error | null {
    return this.#failure ?? (this.exports ? null : new Error("Lua is not loaded: await load() first"));
  }

  set failure(why: Error | null) {
    this.#failure = why;
  }

  /** @returns the exports of a new instance, without a Lua state and not in use yet */
  instantiate(source: WasmSource | Promise<WasmSource>): Promise<LuaExports> {
    let exports: LuaExports;
    const env = hostFunctions(
      this.tables,
      this.services,
      () => exports.memory,
      () => this.#request,
    );
    return withWasm(source, async found => {
      const module = (this.module = await compile(found));
      // Pages had a limit for modules of which an instance is made at once.
      const made = inPage ? await WebAssembly.instantiate(module, { env }) : new WebAssembly.Instance(module, { env });
      return (exports = made.exports as unknown as LuaExports);
    });
  }

  /** Makes a fresh Lua state. */
  async load(source: WasmSource | Promise<WasmSource>): Promise<void> {
    this.start(await this.instantiate(source));
  }

  /** @param exports of an instance without a Lua state, which gets one and is used from now on */
  start(exports: LuaExports): void {
    if (exports.init() !== 0) throw new Error("lua.wasm could not be initialised: not enough memory");
    this.use(exports);
  }

  /** @param exports of an instance with a Lua state */
  use(exports: LuaExports): void {
    this.exports = exports;
    this.failure = null;
  }

  /** @param chunk its name */
  run(code: string, chunk: string = EVAL): Answer {
    const source = encoder.encode(code);
    const isRequest = chunk !== EVAL || source.length > this.#room;
    return this.request(
      isRequest ? messageOf([encoder.encode("run"), source, encoder.encode(`=${chunk}`)]) : undefined,
      code,
    );
  }

  get #room(): number {
    return this.exports ? this.exports.get_buffer_size() >>> 0 : 0;
  }

  /**
   * @param message the request; undefined: the source is run
   * @param source what a lua.wasm that asks for no requests is to run, under the name `eval`
   * @returns the text that is left in the buffer: of an error; of results only when it is asked for
   */
  request(message: Uint8Array | undefined, source: string = ""): Answer {
    if (this.failure) throw this.failure;
    this.#request = message;
    return this.#eval(this.#write(source));
  }

  /** @returns the length of the source in the buffer; 0 when it does not fit */
  #write(source: string): number {
    const room = source.length > 0 ? this.#room : 0;
    if (source.length > room || room === 0) return 0;
    const { memory, get_buffer_ptr } = this.exports!;
    const { read, written } = encoder.encodeInto(source, memoryView(memory, get_buffer_ptr(), room));
    return read === source.length ? written : 0;
  }

  #eval(length: number): Answer {
    const exports = this.exports!;
    return new Left(
      exports,
      this.#call(() => exports.eval(length)),
    );
  }

  /** Why the host refused to store something, if that was the error. @param message of an error of the last run */
  reasonOf(message: string): ExternalTables["refusal"] {
    return message.includes("the host refused to ") ? this.tables.refusal : null;
  }

  /** Collects garbage, of Lua and of external tables. */
  collect(): void {
    if (this.failure) throw this.failure;
    this.#call(() => this.exports!.run_gc());
  }

  #call<T>(call: () => T): T {
    this.tables.refusal = null;
    try {
      return call();
    } catch (cause) {
      this.failure = new Error(
        `this Lua instance failed (${cause}) and is unusable: call load() again; the external tables are kept`,
        { cause },
      );
      throw this.failure;
    } finally {
      this.#request = undefined;
      if (this.onCall !== null) this.onCall();
    }
  }
}

/** @returns bytes that Lua holds */
export function luaBytes({ memory, get_buffer_ptr, get_memory_stats }: LuaExports): number {
  const at = get_buffer_ptr() >>> 0;
  get_memory_stats(at);
  return new DataView(memory.buffer).getUint32(at + 4, true);
}
