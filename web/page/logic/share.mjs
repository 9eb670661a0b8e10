// A notebook in the fragment of a link: compressed, without a server. It knows no page.
import { digestOf } from "./hash.mjs";
import { cellsOfFile } from "./lua-file.mjs";
import { notebookOf, notebookText, readNotebook } from "./notebook.mjs";

const START = "#n=";
/** Before cells as a person writes them: percent-encoded, with lines `-- %%` between them. */
const PLAIN = "#lua=";
/** Characters that a link may unfold to. */
const LONGEST = 4 * 2 ** 20;

const through = (bytes, stream) => new Response(new Blob([bytes]).stream().pipeThrough(stream));

function base64url(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const fromBase64url = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));

/**
 * @param {Notebook} notebook @param {Snapshot} [memory] goes with it
 * @returns {Promise<string>} a fragment, with `#`
 */
export async function fragmentOf({ cells, active }, memory) {
  const text = JSON.stringify({ ...JSON.parse(notebookText({ cells, active })), memory });
  const packed = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw")).arrayBuffer();
  return START + base64url(new Uint8Array(packed));
}

/**
 * @param {string} fragment of `fragmentOf`, or of a link that a person wrote
 * @returns {Promise<{notebook: Notebook, memory?: object, name: string}>} name: the same for the same link
 * @throws {Error} the link is cut short or damaged
 */
export async function readFragment(fragment) {
  try {
    if (fragment.startsWith(PLAIN)) return await readPlain(decodeURIComponent(fragment.slice(PLAIN.length)));
    const packed = fromBase64url(fragment.slice(START.length));
    const text = await limited(through(packed, new DecompressionStream("deflate-raw")));
    const { memory } = JSON.parse(text);
    return { notebook: readNotebook(text), memory, name: `shared-${await nameOf(packed)}` };
  } catch (cause) {
    throw new Error(`the notebook in this link cannot be read: ${cause.message}`, { cause });
  }
}

async function readPlain(text) {
  const name = `shared-${await nameOf(new TextEncoder().encode(text))}`;
  return { notebook: notebookOf(cellsOfFile(text)), memory: undefined, name };
}

async function limited({ body }) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (text.length > LONGEST) throw new Error("it is too large");
  }
}

/** Whoever made another link of the same name would get at its Memory: where the browser can, the name is not to be forged. */
const nameOf = async bytes => (await digestOf(bytes)) ?? plainNameOf(bytes);

/** FNV-1a, for pages that are served by plain http. */
function plainNameOf(bytes) {
  let [hash, other] = [0x811c9dc5, 0xcbf29ce4];
  for (const byte of bytes) {
    hash = Math.imul(hash ^ byte, 0x01000193);
    other = Math.imul(other ^ byte, 0x01000197);
  }
  return [hash, other].map(half => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
