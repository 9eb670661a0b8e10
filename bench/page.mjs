// The page of a session in Firefox or WebKit: opens the engine that its address names, and does what the server answers.
import { openSession } from "./session.mjs";

/** @returns {Promise<{name: string, args: unknown[]}>} the next request, when there is one */
async function say(message) {
  const response = await fetch("/said", { method: "POST", body: JSON.stringify(message) });
  return response.json();
}

async function open() {
  const bytes = new Uint8Array(await (await fetch("/engine.wasm")).arrayBuffer());
  return openSession(globalThis.location.search.slice(1), bytes, undefined, () => performance.now() / 1e3);
}

const failure = error => ({ error: String(error?.message ?? error) });

try {
  const session = await open();
  for (let said = { value: session.opened }; ;) {
    const { name, args } = await say(said);
    try {
      said = { value: session[name](...args) };
    } catch (error) {
      said = failure(error);
    }
  }
} catch (error) {
  await say(failure(error));
}
