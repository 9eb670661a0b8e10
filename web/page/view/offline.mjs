// The page without a network: what keeps its files, and what is said when there is a newer version of them.
import { element, make } from "./dom.mjs";

/** @param {() => void} save is called before the page is loaded anew */
export async function connectOffline(save) {
  const { serviceWorker } = navigator;
  const registration = await serviceWorker?.register("page-service.js", { updateViaCache: "none" }).catch(() => null);
  if (!registration) return;
  const tellNewer = () => serviceWorker.controller && registration.waiting && offer(registration.waiting, save);
  tellNewer();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", tellNewer);
  });
}

function offer(waiting, save) {
  const act = () => {
    save();
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    waiting.postMessage("take over");
  };
  const button = make("button", { type: "button", click: act }, "Load it");
  // Beside the notices, which go with the next run.
  element("newer")?.remove();
  element("error").before(
    make("p", { id: "newer", className: "panel", role: "status" }, "There is a newer version of this page. ", button),
  );
}
