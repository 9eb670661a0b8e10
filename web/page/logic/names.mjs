// Names of notebooks: which one an address means, and which ones this browser keeps. It knows no page.

/** The notebook that an address without a name means. */
export const OWN = "page";
const LONGEST = 80;
const KEY = "lua_page/";
/** Before a name: when that notebook was opened last, as Date.now(). */
const OPENED = "lua_page_opened/";
/** Of what came by links, and of pages around this one. */
const BY_HASH = /^(shared|embed)-[0-9a-f]{16}$/;
/** Milliseconds after which such a one is old. */
const OLD = 30 * 24 * 3600 * 1000;

/** @param {string} name as somebody wrote it @returns {string} one that a store can have; "/" is between the parts of keys */
const tidied = name =>
  name
    .replace(/[/\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, LONGEST);

/** @param {string} search of an address @returns {string} */
export const nameIn = search => tidied(new URLSearchParams(search).get("notebook") ?? "") || OWN;

/** @param {string} name @returns {string} the address, from the page's folder */
export const addressOf = name => (name === OWN ? "./" : `./?notebook=${encodeURIComponent(name)}`);

/** @param {string} name @returns {string} as people read it */
export function titleOf(name) {
  if (name === OWN) return "Your first notebook";
  if (name.startsWith("embed-")) return "A notebook inside of another page";
  return name.startsWith("shared-") ? "A notebook that came by a link" : name;
}

const after = (start, storage) =>
  Array.from({ length: storage.length }, (_, i) => storage.key(i))
    .filter(key => key.startsWith(start))
    .map(key => key.slice(start.length));

/** @param {Storage} storage @returns {string[]} of notebooks whose text is kept */
export const keptNames = storage => after(KEY, storage);

/** @param {Storage} storage @returns {string[]} of notebooks that were opened */
export const openedNames = storage => after(OPENED, storage);

export const openedKey = name => OPENED + name;

/** @param {string} name @returns {boolean} whether nobody gave it that name */
export const isByHash = name => BY_HASH.test(name);

/** @param {{name: string, opened: number | null}} kept @returns {boolean} whether nobody may want it any more */
export const isOld = ({ name, opened }, now = Date.now()) => isByHash(name) && opened !== null && now - opened > OLD;

/** @param {string} wanted @param {string[]} taken @returns {string} a name that nobody has */
export function freeName(wanted, taken) {
  const name = tidied(wanted) || "Notebook";
  if (!taken.includes(name)) return name;
  const [, start, number] = /^(.*?)(?: (\d+))?$/.exec(name);
  for (let i = Number(number ?? 1) + 1; ; i++) if (!taken.includes(`${start} ${i}`)) return `${start} ${i}`;
}
