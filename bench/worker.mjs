// A fresh Node process with one engine: node worker.mjs <adapter> <clock> [wasm file]. Requests come as messages.

import { readFileSync } from "node:fs";
import { openSession } from "./session.mjs";

/** Time the main thread has run, in nanoseconds: the kernel's count, good to a few milliseconds. */
const onCpu = () => Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[0]) / 1e9;
const clocks = { wall: () => performance.now() / 1e3, cpu: onCpu };

const [adapter, clock, path] = process.argv.slice(2);
const bytes = path && readFileSync(path);
const session = await openSession(adapter, bytes, path, clocks.wall, clocks[clock]);

const answers = {
  run: ({ source }) => session.run(source),
  rate: ({ source, seconds }) => session.rate(source, seconds),
};
process.on("message", request => {
  try {
    process.send({ answer: answers[request.kind](request) });
  } catch (error) {
    process.send({ error: String(error?.message ?? error) });
  }
});
process.send({ answer: session.opened });
