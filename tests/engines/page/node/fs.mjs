// node:fs for a page: reading a file of the repository, which the server has.
import { Buffer } from "/node/buffer.mjs";

function request(url, binary) {
  const ask = new XMLHttpRequest();
  ask.open("GET", url, false);
  if (binary) ask.overrideMimeType("text/plain; charset=x-user-defined");
  ask.send();
  return ask;
}

export function readFileSync(url, encoding) {
  const { status, responseText } = request(url, !encoding);
  if (status !== 200) throw Object.assign(new Error(`ENOENT: no such file, open '${url}'`), { code: "ENOENT" });
  return encoding ? responseText : Buffer.from(responseText, "latin1");
}

export const existsSync = url => request(url).status === 200;
