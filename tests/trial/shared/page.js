// Takes the steps in a page, and again after a reload; tells each to who serves the page, or to the address in `?report=`.
import { afterReload, takeSteps } from "./steps.js";

function report(message) {
  const address = new URLSearchParams(location.search).get("report") ?? "/report";
  return fetch(address, { method: "POST", mode: "no-cors", body: JSON.stringify(message) });
}

const place = { store: "indexedDB", at: step => void report({ at: step }) };

export async function main() {
  const before = sessionStorage.getItem("outcome");
  if (before) return report(await afterReload(place, JSON.parse(before)));
  const outcome = await takeSteps(place);
  if (outcome.error) return report(outcome);
  sessionStorage.setItem("outcome", JSON.stringify(outcome));
  location.reload();
}
