// Browsers and drivers as processes: each is the first of a group of its own, and its end is that of the whole group.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

const running = new Set();
process.on("exit", () => running.forEach(child => signal(child, "SIGKILL")));
for (const end of ["SIGINT", "SIGTERM"]) process.on(end, () => process.exit(1));

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** @returns {{ failed: Promise<never>, stop: () => Promise<void> }} `failed` rejects when it ends by itself */
export function start(command, args, env = {}, cwd = undefined) {
  const child = spawn(command, args, { detached: true, stdio: "ignore", env: { ...process.env, ...env }, cwd });
  running.add(child);
  let stopping = false;
  const failed = new Promise((_, reject) => {
    child.once("error", error => reject(new Error(`${command} cannot be started: ${error.message}`)));
    child.once("exit", code => stopping || reject(new Error(`${command} ended with code ${code}`)));
  });
  failed.catch(() => {});
  return {
    failed,
    async stop() {
      stopping = true;
      signal(child, "SIGTERM");
      if (child.exitCode === null && child.signalCode === null)
        await Promise.race([once(child, "exit"), setTimeout(5000, null, { ref: false })]);
      signal(child, "SIGKILL");
      running.delete(child);
    },
  };
}

/** What `attempt` gives as soon as it gives something; asked for 30 seconds. */
export async function eventually(what, attempt) {
  for (const end = Date.now() + 30_000; Date.now() < end; await setTimeout(100)) {
    const found = await attempt();
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not answer within 30 seconds`);
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  return port;
}
