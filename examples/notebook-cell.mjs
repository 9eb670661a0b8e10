// A cell of a notebook: Lua in a Worker that fetches JSON from the page, several addresses at once, and shows a table. The Stop
// button is a signal; it ends a cell that waits as well as one that does not end. `node examples/notebook-cell.mjs` runs two.
import { LuaPersistent } from "../js/dist/index.js";

const CELL = `
local function get(url) return host.json.decode(host.fetch(url)) end
local cities = ...
local jobs = {}
for i, url in ipairs(cities) do jobs[i] = function() return get(url) end end
local rows = { host.all(table.unpack(jobs)) }
table.sort(rows, function(a, b) return a.degrees > b.degrees end)
for _, row in ipairs(rows) do
  local rain = row.rain == host.json.null and "no rain" or row.rain .. " mm"
  print(("%-8s %5.1f  %s"):format(row.city, row.degrees, rain))
end
return #rows
`;

/** What a page may be asked for is the page's to decide. */
const fetchText = LuaPersistent.hostFunction(
  async ({ signal }, url) => {
    if (!/^(data|https):/.test(url)) throw new Error(`'${url}' is not to be fetched from here`);
    const answer = await fetch(url, { signal });
    if (!answer.ok) throw Object.assign(new Error(`the server answered ${answer.status}`), { code: answer.status });
    return answer.text();
  },
  { timeout: 10_000 },
);

const dataUrl = value => `data:application/json,${encodeURIComponent(JSON.stringify(value))}`;
const CITIES = [
  { city: "Oslo", degrees: 11.5, rain: 3 },
  { city: "Cairo", degrees: 35, rain: null },
].map(dataUrl);

export async function main(print) {
  const lua = await LuaPersistent.openWorker({ host: { fetch: fetchText, prompt: () => new Promise(() => {}) } });
  const { output, values } = await lua.run(CELL, { name: "cell 1", args: [CITIES] });
  print(output + `cell 1 gave ${values[0]} rows`);

  const stop = new AbortController();
  const cell = lua.run("print('What is your name?') return host.prompt()", { name: "cell 2", signal: stop.signal });
  setTimeout(() => stop.abort(new Error("stopped by the user")), 20);
  await cell.catch(error => print(`cell 2: ${error.message}`));

  await lua.run("host.fetch('file:///etc/passwd')", { name: "cell 3" }).catch(error => print(error.message));
  await lua.close();
}

if (globalThis.process && import.meta.filename === process.argv[1]) await main(console.log);
