// Calls over messages, in both directions: the same code at both ends of a worker. It knows no method.
import type { Packed } from "../stores/packed-changes.ts";
import { type ErrorViews, type PackedError, packError, unpackError } from "./errors.ts";

/** One end of a worker. */
export interface Port {
  post(message: object, transfer?: Transferable[]): void;
  listen(receive: (message: any) => void): void;
}

/** The methods that the other end can call. */
export type Methods = Record<string, (...args: any[]) => unknown>;

interface Message {
  /** Without one, no answer is wanted. */
  id?: number;
  /** Without one, it is an answer. */
  method?: string;
  args?: unknown[];
  value?: unknown;
  error?: PackedError;
  /** Answers that were held back, and go before it. */
  before?: Message[];
}

interface Call {
  resolve(value: any): void;
  reject(error: unknown): void;
}

/** An answer whose buffers are to be moved, not copied. */
export class Moved {
  readonly value: unknown;
  readonly transfer: Transferable[];

  constructor(value: unknown, transfer: Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** An answer without a value for which nobody waits at once: it may go with a later message. */
export const HELD: unique symbol = Symbol();

/** When everything has been done that is to be done now. Browsers have nothing like it: there each message goes by itself. */
const soon: (task: () => void) => void =
  (globalThis as { setImmediate?: (task: () => void) => void }).setImmediate ?? (task => task());

/** One end of the wire: calls the methods of the other end, and has methods that the other end calls. */
export class Channel {
  readonly #port: Port;
  readonly #methods: Methods;
  readonly #views: ErrorViews | undefined;
  /** The calls that wait for an answer. */
  #calls = new Map<number, Call>();
  #count = 0;
  readonly #begins: ((id: number) => void) | undefined;
  readonly #fails: ((error: PackedError) => void) | undefined;
  /** Of the other end, those that have their answer already. */
  readonly #answered = new Set<number>();
  #held: Message[] = [];
  /** Why there will be no more answers. */
  #end: unknown;

  /**
   * @param methods for the other end
   * @param views of errors that come from there
   * @param begins called with the number of a call from there before it is answered
   * @param fails called with an error before that is sent as an answer
   */
  constructor(
    port: Port,
    methods: Methods,
    views?: ErrorViews,
    begins?: (id: number) => void,
    fails?: (error: PackedError) => void,
  ) {
    this.#port = port;
    this.#begins = begins;
    this.#fails = fails;
    this.#views = views;
    this.#methods = methods;
    port.listen(message => this.#receive(message));
  }

  /** The number of the next call. */
  get next(): number {
    return this.#count + 1;
  }

  /**
   * @param method of the other end
   * @param args values that structured cloning can copy
   * @param transfer those in `args` that are moved
   * @param isInTurn whether it waits there for everything before it, so that answers that were held back may go with it
   * @returns its answer; rejected with its error
   */
  call(method: string, args: unknown[] = [], transfer: Transferable[] = [], isInTurn = false): Promise<any> {
    if (this.#end) return Promise.reject(this.#end);
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      try {
        this.#post({ id, method, args }, transfer, isInTurn);
      } catch (error) {
        this.#calls.delete(id);
        reject(error);
      }
    });
  }

  /** A call without an answer. */
  send(method: string, ...args: unknown[]): void {
    this.#post({ method, args });
  }

  #post(message: Message, transfer: Transferable[] = [], takesHeld = false): void {
    if (this.#held.length > 0) {
      if (takesHeld) message.before = this.#held.splice(0);
      else this.#release();
    }
    this.#port.post(message, transfer);
  }

  #hold(message: Message): void {
    if (this.#held.push(message) === 1) soon(() => this.#release());
  }

  #release(): void {
    for (const message of this.#held.splice(0)) this.#port.post(message);
  }

  /** Rejects all calls, the later ones too. */
  end(error: unknown) {
    this.#end ??= error;
    for (const { reject } of this.#calls.values()) reject(this.#end);
    this.#calls.clear();
  }

  #receive(message: Message): void {
    if (this.#end) return;
    for (const each of message.before ?? []) this.#receive(each);
    if (message.method === undefined) this.#settle(message);
    else if (message.id === undefined) this.#methods[message.method](...message.args!);
    else void this.#answer(message);
  }

  /** A call's answer came in another way. */
  settle(id: number, value: unknown): void {
    this.#settle({ id, value });
  }

  /** The other end has the answer to this call of its already: none is sent. */
  wasAnswered(id: number): void {
    this.#answered.add(id);
  }

  #settle({ id, value, error }: Message): void {
    const call = this.#calls.get(id!);
    // It was ended meanwhile.
    if (!call) return;
    this.#calls.delete(id!);
    if (error) call.reject(unpackError(error, this.#views));
    else call.resolve(value);
  }

  /** There is always an answer. */
  #fail(id: number, error: unknown): void {
    const packed = packError(error);
    this.#fails?.(packed);
    try {
      this.#post({ id, error: packed });
    } catch {
      this.#post({ id, error: packError(new Error(`${packed.message ?? "an error"} (more of it cannot be sent)`)) });
    }
  }

  async #answer({ id, method, args }: Message): Promise<void> {
    try {
      this.#begins?.(id!);
      const answer = await this.#methods[method!](...args!);
      if (this.#answered.delete(id!)) return;
      if (answer === HELD) return this.#hold({ id });
      const { value, transfer } = answer instanceof Moved ? answer : new Moved(answer, []);
      this.#post({ id, value }, transfer);
    } catch (error) {
      if (!this.#answered.delete(id!)) this.#fail(id!, error);
    }
  }
}

/** The buffers of packed changes, to be moved. */
export const buffersOf = ({ sizes, bytes }: Packed): ArrayBuffer[] => [sizes.buffer, bytes.buffer];
