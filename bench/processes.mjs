// Sessions in processes of their own: native Lua, and Node with one of the other engines.
// A session is `{opened, run(source), rate(source, seconds), close()}`; see session.mjs for what these give.

import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const WORKER = fileURLToPath(new URL("worker.mjs", import.meta.url));

/** No request takes longer: fengari needs about 20 times native's 0.2 s. */
const PATIENCE_MS = 300_000;

/** The next message of `child`, or an error when it ends or is silent instead. */
async function reply(child, emitter, event) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), PATIENCE_MS);
  const { signal } = waiting;
  try {
    const ended = once(child, "exit", { signal }).then(([code]) => {
      throw new Error(`the process ended with ${code}`);
    });
    const [message] = await Promise.race([once(emitter, event, { signal }), ended]);
    return message;
  } catch (cause) {
    if (cause.name !== "AbortError") throw cause;
    child.kill("SIGKILL");
    throw new Error(`no answer within ${PATIENCE_MS / 1000} s`, { cause });
  } finally {
    clearTimeout(timer);
    waiting.abort();
  }
}

async function close(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** @param {string} program of buildNative() @param {"wall" | "cpu"} clock */
export async function openNative(program, clock) {
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const ask = async (request, source) => {
    child.stdin.write(`${request} ${Buffer.byteLength(source)}\n${source}`);
    return split(await reply(child, lines, "line"));
  };
  const split = line => [Number(line.slice(0, line.indexOf(" "))), line.slice(line.indexOf(" ") + 1)];
  const [first] = split(await reply(child, lines, "line"));
  return {
    opened: { library: 0, first },
    async run(source) {
      const [seconds, result] = await ask(`run ${clock}`, source);
      return { seconds, result };
    },
    rate: async (source, seconds) => (await ask(`rate ${clock} ${seconds}`, source))[0],
    close: () => close(child),
  };
}

/**
 * @param {string} adapter a name in engines.mjs
 * @param {string | undefined} wasm its file
 * @param {"wall" | "cpu"} clock
 * @param {string} [execPath] another Node than this one
 */
export async function openNode(adapter, wasm, clock, execPath = process.execPath) {
  const child = fork(WORKER, [adapter, clock, ...(wasm ? [wasm] : [])], { execPath });
  const answer = async () => {
    const message = await reply(child, child, "message");
    if ("error" in message) throw new Error(message.error);
    return message.answer;
  };
  const ask = request => {
    child.send(request);
    return answer();
  };
  return {
    opened: await answer(),
    run: source => ask({ kind: "run", source }),
    rate: (source, seconds) => ask({ kind: "rate", source, seconds }),
    close: () => close(child),
  };
}
