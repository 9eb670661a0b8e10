// Calls over messages, in both directions: the same code at both ends of a worker. It knows nothing of what is called.
import { packError, unpackError } from "./lua-worker-errors.mjs";

/**
 * One end of a worker.
 * @typedef {object} Port
 * @property {(message: object, transfer?: Transferable[]) => void} post
 * @property {(receive: (message: object) => void) => void} listen
 */

/** What a method answers with when buffers of it are to be moved, not copied. */
export class Moved {
  /** @param {unknown} value @param {Transferable[]} transfer */
  constructor(value, transfer) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** One end of the wire: calls the methods of the other end, and has methods that the other end calls. */
export class Channel {
  #port;
  #methods;
  /** Those that wait for an answer. @type {Map<number, {resolve: Function, reject: Function}>} */
  #calls = new Map();
  #count = 0;
  /** Why there will be no more answers. @type {unknown} */
  #end;

  /** @param {Port} port @param {Record<string, (...args: any[]) => unknown>} methods for the other end */
  constructor(port, methods) {
    this.#port = port;
    this.#methods = methods;
    port.listen((message) => this.#receive(message));
  }

  /**
   * @param {string} method of the other end
   * @param {unknown[]} [args] what structured cloning can copy
   * @param {Transferable[]} [transfer] those in `args` that are moved
   * @returns {Promise<any>} what it answers, or rejected with what it threw
   */
  call(method, args = [], transfer = []) {
    if (this.#end) return Promise.reject(this.#end);
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      try {
        this.#port.post({ id, method, args }, transfer);
      } catch (error) {
        this.#calls.delete(id);
        reject(error);
      }
    });
  }

  /** A call without an answer. */
  tell(method, ...args) {
    this.#port.post({ method, args });
  }

  /** Rejects all calls, the later ones too. @param {unknown} error */
  end(error) {
    this.#end ??= error;
    for (const { reject } of this.#calls.values()) reject(this.#end);
    this.#calls.clear();
  }

  #receive(message) {
    if (this.#end) return;
    if (message.method === undefined) this.#settle(message);
    else if (message.id === undefined) this.#methods[message.method](...message.args);
    else void this.#answer(message);
  }

  #settle({ id, value, error }) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) call.reject(unpackError(error));
    else call.resolve(value);
  }

  /** There is always an answer. */
  #fail(id, error) {
    const packed = packError(error);
    try {
      this.#port.post({ id, error: packed });
    } catch {
      this.#port.post({ id, error: packError(new Error(`${packed.message ?? "an error"} (more of it cannot be sent)`)) });
    }
  }

  async #answer({ id, method, args }) {
    try {
      const answer = await this.#methods[method](...args);
      const { value, transfer } = answer instanceof Moved ? answer : new Moved(answer, []);
      this.#port.post({ id, value }, transfer);
    } catch (error) {
      this.#fail(id, error);
    }
  }
}
