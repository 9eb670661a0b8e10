// Debian's WebKitGTK, by WebDriver over HTTP, on a display of its own.
import { readdirSync, existsSync } from "node:fs";
import { join } from "node:path";
import { eventually, freePort, start } from "./processes.mjs";

export const name = "WebKitGTK";

/** For measuring the stack: interpreted JavaScript, and of wasm only the first compiler's code, whose frames are the largest. */
export const largestFrames = { env: { JSC_useBaselineJIT: "0", JSC_useDFGJIT: "0", JSC_useOMGJIT: "0" } };

/** Debian keeps it below /usr/lib/<architecture>/, with the version of the interface it was built for. */
function miniBrowser() {
  const folders = folder => readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return folders("/usr/lib")
    .flatMap(({ name: architecture }) =>
      folders(join("/usr/lib", architecture))
        .filter(entry => entry.name.startsWith("webkit2gtk-") || entry.name.startsWith("webkitgtk-"))
        .map(entry => join("/usr/lib", architecture, entry.name, "MiniBrowser")),
    )
    .find(file => existsSync(file));
}

/** On isolated pages Safari has SharedArrayBuffer; WebKitGTK has it when it is told to. */
const AS_SAFARI = { JSC_useSharedArrayBuffer: "1" };

/** @param {{ env?: object }} options variables of the browser's environment @returns {Promise<Browser>} */
export async function launch({ env = {} } = {}) {
  const binary = miniBrowser();
  if (!binary) throw new Error("MiniBrowser is missing: sh tests/engines/install.sh");
  const port = await freePort();
  const driver = start("xvfb-run", ["-a", "WebKitWebDriver", `--port=${port}`], { ...AS_SAFARI, ...env });
  const call = (method, path, body) => request(`http://127.0.0.1:${port}${path}`, method, body);
  try {
    await Promise.race([
      eventually("WebKitWebDriver", () => call("GET", "/status").catch(() => undefined)),
      driver.failed,
    ]);
    const options = { binary, args: ["--automation"] };
    const capabilities = { alwaysMatch: { pageLoadStrategy: "none", "webkitgtk:browserOptions": options } };
    const session = await call("POST", "/session", { capabilities });
    return {
      version: session.capabilities.browserVersion,
      open: url => call("POST", `/session/${session.sessionId}/url`, { url }),
      evaluate: script => call("POST", `/session/${session.sessionId}/execute/sync`, { script, args: [] }),
      close: () => driver.stop(),
    };
  } catch (error) {
    await driver.stop();
    throw error;
  }
}

async function request(url, method, body) {
  const response = await fetch(url, {
    method,
    body: body && JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebDriver: ${value.error}: ${value.message}`);
  return value;
}
