// The service worker: keeps the page's files of one version, so that it opens without a network, and together with nothing of
// another version. FILES, which the build writes, are names and hashes; what is not among them it leaves alone.

/** Of the files, by their names from the page's folder; the page itself is "./". @type {Record<string, string>} */
const files = FILES;
/** Large, and needed by few: kept when they were loaded once. */
const later = new Set(LATER);

const { scope } = self.registration;
const OURS = `lua-page ${scope} `;
const CACHE = OURS + VERSION;
/** Where the page is worked on: there the server's files count, and those kept only without it. */
const isDeveloped = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(self.location.hostname);

/** @returns {string | null} null: it is not one of the page's files */
function nameOf({ method, url }) {
  const path = url.replace(/[?#].*/, "");
  if (method !== "GET" || !path.startsWith(scope)) return null;
  const name = path.slice(scope.length).replace(/^(index\.html)?$/, "./");
  return Object.hasOwn(files, name) || later.has(name) ? name : null;
}

/** All files, or none: a server whose files are being replaced is asked again later. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  const requests = Object.entries(files).map(
    ([name, integrity]) => new Request(name, { integrity, cache: "no-cache" }),
  );
  await cache.addAll(requests);
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter(name => name.startsWith(OURS) && name !== CACHE).map(name => caches.delete(name)));
}

async function answer(request, name) {
  const fresh = isDeveloped ? await fetch(request).catch(() => null) : null;
  if (fresh) return fresh;
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? load(request, name, cache);
}

async function load(request, name, cache) {
  const response = await fetch(request);
  if (response.ok) await cache.put(name, response.clone());
  return response;
}

self.addEventListener("install", event => event.waitUntil(keepAll()));
self.addEventListener("activate", event => event.waitUntil(dropOthers()));
self.addEventListener("message", ({ data }) => data === "take over" && self.skipWaiting());
self.addEventListener("fetch", event => {
  const name = nameOf(event.request);
  if (name !== null) event.respondWith(answer(event.request, name));
});
