// A database's server as tests have it: in a temporary folder, at a socket in it, killed and started again as they like.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** Milliseconds in which a server starts, even on a busy machine. */
const PATIENCE = 60_000;

export class Server {
  folder;
  #owner;
  #process = null;

  /** @param {string} name @param {{uid: number, gid: number} | undefined} owner of its files and processes; undefined: this user */
  constructor(name, owner) {
    this.#owner = owner;
    this.folder = mkdtempSync(join(tmpdir(), `lua-${name}-`));
    if (owner) chownSync(this.folder, owner.uid, owner.gid);
  }

  /** Runs a program to its end. */
  async run(program, args) {
    const child = spawn(program, args, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"], ...this.#owner });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", text => (said += text));
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`);
  }

  /**
   * Starts the program, again when it ends at once because of what an earlier one left.
   * @param {() => Promise<void>} isThere rejects until the server answers
   */
  async launch(program, args, isThere) {
    const until = Date.now() + PATIENCE;
    for (;;) {
      if (!this.#process) this.#spawn(program, args);
      const problem = await isThere().then(
        () => null,
        error => error,
      );
      if (!problem) return;
      if (Date.now() > until) throw new Error(`${program} does not start: ${this.#process?.said}`, { cause: problem });
      await setTimeout(20);
    }
  }

  #spawn(program, args) {
    const child = spawn(program, args, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"], ...this.#owner });
    child.said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", text => (child.said = (child.said + text).slice(-2000)));
    child.once("exit", () => (this.#process = null));
    this.#process = child;
  }

  /** Ends all of it at once, as a failure of the machine does. */
  async kill() {
    const child = this.#process;
    if (!child) return;
    child.kill("SIGSTOP");
    for (const pid of childrenOf(child.pid)) process.kill(pid, "SIGKILL");
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Has it do nothing until `go`. */
  pause() {
    this.#signal("SIGSTOP");
  }

  go() {
    this.#signal("SIGCONT");
  }

  #signal(signal) {
    for (const pid of [this.#process.pid, ...childrenOf(this.#process.pid)]) process.kill(pid, signal);
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function childrenOf(parent) {
  const pids = readdirSync("/proc").filter(name => /^\d+$/.test(name));
  return pids.map(Number).filter(pid => parentOf(pid) === parent);
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
