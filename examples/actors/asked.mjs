// A process of this machine that is asked by messages, killed, and started again. It does not know what it is asked.
import { fork } from "node:child_process";
import { once } from "node:events";

export class AskedProcess {
  #script;
  #args;
  #child = null;
  /** What resolves those that wait for an answer, by their numbers. */
  #asked = new Map();
  #count = 0;

  /** @param {URL} script says something when it is ready, and answers `{ id, … }` with the same id @param {string[]} args */
  constructor(script, args) {
    this.#script = script;
    this.#args = args;
  }

  /** Whether it can be asked. */
  get isThere() {
    return this.#child !== null;
  }

  async start() {
    const child = fork(this.#script, this.#args);
    const [ready] = await Promise.race([once(child, "message"), once(child, "exit")]);
    if (typeof ready !== "object") throw new Error(`${this.#script} ended with ${ready} before it was ready`);
    child.on("message", answer => this.#answer(answer.id, answer));
    child.once("exit", () => {
      if (this.#child === child) this.#child = null;
      for (const id of this.#asked.keys()) this.#answer(id, { error: "the process has ended" });
    });
    this.#child = child;
  }

  #answer(id, answer) {
    this.#asked.get(id)?.(answer);
    this.#asked.delete(id);
  }

  /** @returns {Promise<object>} its answer; one with `error` when it ends before */
  ask(question) {
    const id = ++this.#count;
    return new Promise(resolve => {
      this.#asked.set(id, resolve);
      this.#child.send({ ...question, id }, () => {});
    });
  }

  /** Ends it at once, whatever it does. */
  async kill() {
    const child = this.#child;
    this.#child = null;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}
