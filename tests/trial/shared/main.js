// Takes the steps in Node, in two processes one after the other: the second goes on with what the first left.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { store } from "./store.js";
import { afterReload, takeSteps } from "./steps.js";

const LEFT = "outcome.json";

async function main() {
  const place = { store, at() {} };
  const isSecond = existsSync(LEFT);
  const outcome = await (isSecond ? afterReload(place, JSON.parse(readFileSync(LEFT, "utf8"))) : takeSteps(place));
  writeFileSync(LEFT, JSON.stringify(outcome));
}

main();
