// `npm start`, as the README says it: ends well when the page is served, with all its scripts and a lua.wasm that works.
// On any free port, and the server ends with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** The address that `npm start` prints at last; everything else it says is passed on. */
async function addressOf(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    const [address] = /^http:\/\/localhost:\d+$/.exec(line) ?? [];
    if (address) return address;
  }
  throw new Error("npm start ended without serving the page");
}

async function served(address, path) {
  const response = await fetch(new URL(path, address));
  if (!response.ok) throw new Error(`${path} is not served: ${response.status} ${response.statusText}`);
  return response;
}

async function check(address) {
  const page = await (await served(address, "/")).text();
  const linked = Array.from(page.matchAll(/(?:src|href)="([^":]+)"/g), ([, path]) => path);
  for (const path of linked) await served(address, path);
  const { LuaPersistent } = await import("../js/dist/index.js"); // which is built by now
  const lua = await new LuaPersistent().load(await (await served(address, "/lua.wasm")).arrayBuffer());
  const answer = lua.eval("Memory.answer = 6 * 7 return pcall(error, Memory.answer)");
  if (answer !== "false\t42") throw new Error(`lua.wasm answers ${JSON.stringify(answer)}`);
}

// In a group of its own, which ends as one: npm passes no signals on.
const child = spawn("npm", ["start", "--", "--port", "0"], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
try {
  await check(await addressOf(child));
  console.log("npm start: the page is served, and its lua.wasm works");
} finally {
  if (child.exitCode === null) {
    const ended = once(child, "exit");
    process.kill(-child.pid);
    await ended;
  }
}
