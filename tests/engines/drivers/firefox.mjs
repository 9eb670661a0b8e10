// Firefox, by Marionette: messages over TCP, each its length, a colon and JSON.
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, start } from "./processes.mjs";

export const name = "Firefox";

/** For measuring the stack: interpreted JavaScript, and of wasm only the first compiler's code, whose frames are the largest. */
export const largestFrames = {
  preferences: Object.fromEntries(["ion", "wasm_optimizingjit"].map(part => [`javascript.options.${part}`, false])),
};

/** Debian's name, and everybody else's. */
const PROGRAM = existsSync("/usr/bin/firefox-esr") ? "firefox-esr" : "firefox";

const PREFERENCES = {
  "marionette.port": 0,
  // Scripts may run for long.
  "dom.max_script_run_time": 0,
  "dom.ipc.reportProcessHangs": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "app.update.disabledForTesting": true,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
};

/** @param {{ preferences?: object }} options @returns {Promise<Browser>} */
export async function launch({ preferences = {} } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "lua-firefox-"));
  const lines = Object.entries({ ...PREFERENCES, ...preferences }).map(
    pair => `user_pref(${pair.map(part => JSON.stringify(part)).join(", ")});`,
  );
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const browser = start(PROGRAM, ["--headless", "--marionette", "--no-remote", "--profile", profile], {
    HOME: profile,
  });
  const close = async () => {
    await browser.stop();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const marionette = await Promise.race([connected(profile), browser.failed]);
    const { capabilities } = await marionette("WebDriver:NewSession", { pageLoadStrategy: "none" });
    return {
      version: capabilities.browserVersion,
      open: url => marionette("WebDriver:Navigate", { url }),
      evaluate: async script => (await marionette("WebDriver:ExecuteScript", { script, args: [] })).value,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connected(profile) {
  const port = await eventually("Firefox", () => portIn(join(profile, "MarionetteActivePort")));
  const socket = net.connect(port, "127.0.0.1");
  const messages = messagesOf(socket);
  await messages.next();
  let id = 0;
  return async (command, parameters) => {
    const text = JSON.stringify([0, ++id, command, parameters]);
    socket.write(`${Buffer.byteLength(text)}:${text}`);
    const { value } = await messages.next();
    if (!value) throw new Error("Firefox closed the connection");
    const [, , error, result] = value;
    if (error) throw new Error(`${command}: ${error.message}`);
    return result;
  };
}

function portIn(file) {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

async function* messagesOf(socket) {
  if (socket.connecting) await once(socket, "connect");
  let bytes = Buffer.alloc(0);
  for await (const piece of socket) {
    bytes = Buffer.concat([bytes, piece]);
    for (let colon; (colon = bytes.indexOf(":")) > 0;) {
      const end = colon + 1 + Number(bytes.subarray(0, colon));
      if (bytes.length < end) break;
      yield JSON.parse(bytes.subarray(colon + 1, end));
      bytes = bytes.subarray(end);
    }
  }
}
