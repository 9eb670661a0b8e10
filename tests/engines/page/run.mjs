// The page that runs one test file, ?file=, and tells the server of each test as it begins and ends.
import { runAll } from "/node/test.mjs";
import { needed } from "./needs-node.mjs";

const events = [];

/** Tells the server, and waits until it knows: a test that hangs or crashes the browser has been named by then. */
async function tell(event) {
  events.push(event);
  if (event.kind === "end") return; // With the next one.
  const response = await fetch("/report", { method: "POST", body: JSON.stringify(events.splice(0)) });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
}

async function run(file) {
  await tell({ kind: "load" });
  try {
    await import(`/${file}`);
    await runAll(tell, query.get("without"));
  } catch (error) {
    const status = needed.size > 0 ? "node" : "FAIL";
    await tell({ kind: "end", name: "the file", status, detail: [...needed].join(", ") || `${error}\n${error.stack}` });
  }
  await tell({ kind: "done" });
}

/** What the tests of Node put there themselves, or expect not to be there. */
const ABSENT = ["localStorage", "indexedDB", "isSecureContext"];

const query = new URLSearchParams(location.search);
const file = query.get("file");
if (!file.startsWith("tests/engines/")) {
  for (const name of ABSENT) delete globalThis[name];
  // Theirs to set, as in Node.
  Object.defineProperty(globalThis, "crossOriginIsolated", {
    value: crossOriginIsolated,
    writable: true,
    configurable: true,
  });
}
run(file);
