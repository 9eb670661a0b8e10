// Runs users' Lua over HTTP: `POST /run/ann` with a script as the body answers with what it printed and returned. See README.md
// for what this does not protect from. `node examples/http/server.mjs [port] [folder]` serves it on this machine.
import http from "node:http";
import { LuaFunction, LuaOpaque } from "../../js/dist/index.js";
import { Machines, NoRoom } from "./machines.mjs";

/** Bytes of a script. */
const LONGEST = 64 * 1024;
/** Characters of an answer, about. */
const LARGEST = 4 * 1024 * 1024;
/** Milliseconds for a request to arrive. */
const PATIENCE = 10_000;
const CONNECTIONS = 200;
const PATH = /^\/run\/([A-Za-z0-9_-]{1,32})$/;

/** An answer that is not that of a script. */
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {Machines} machines @returns {http.Server} not yet listening */
export function createServer(machines) {
  const options = { requestTimeout: PATIENCE, headersTimeout: PATIENCE, keepAliveTimeout: PATIENCE };
  const server = http.createServer(options, (request, response) => {
    answer(machines, request, response).then(
      ({ status, text }) => send(response, status, text),
      error => send(response, ...failureOf(error)),
    );
  });
  server.maxConnections = CONNECTIONS;
  return server;
}

async function answer(machines, request, response) {
  const [, user] = PATH.exec(request.url) ?? [];
  if (!user) throw new Refusal(404, "there is only /run/<user>");
  if (request.method !== "POST") throw new Refusal(405, "a script is sent by POST");
  const code = await bodyOf(request);
  const gone = new AbortController();
  response.on("close", () => gone.abort(new Error("whoever asked is gone")));
  try {
    const { output, values, exit } = await machines.run(user, code, gone.signal);
    return { status: 200, text: jsonOf({ output, values, exit }) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return { status: statusOf(error), text: jsonOf({ error: described(error) }) };
  }
}

/** @throws {Refusal} it is longer than a script may be, or no text */
async function bodyOf(request) {
  const pieces = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > LONGEST) throw new Refusal(413, `a script has at most ${LONGEST} bytes`);
    pieces.push(piece);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    throw new Refusal(400, "the script is not UTF-8");
  }
}

/** 422: the script's own fault. 503 and 507: ours. */
function statusOf(error) {
  if (error instanceof NoRoom) return error.isFull ? 507 : 503;
  return error.name === "LuaError" || error.name === "LuaLimitError" ? 422 : 500;
}

/** Of an error that is ours, nobody is told more than that. */
function described(error) {
  if (statusOf(error) === 500) return (console.error(error), { message: "the server has a problem" });
  const { message, line, limit, traceback, output } = error;
  return { message, line: line > 0 ? line : undefined, limit, traceback, output };
}

function failureOf(error) {
  const isOurs = !(error instanceof Refusal);
  return [
    isOurs ? 500 : error.status,
    JSON.stringify({ error: isOurs ? described(error) : { message: error.message } }),
  ];
}

function send(response, status, text) {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "X-Content-Type-Options": "nosniff",
    // What is left of a body that is too long is not read.
    ...(status === 413 && { Connection: "close" }),
    ...(status === 503 && { "Retry-After": "1" }),
  });
  response.end(text);
}

/** @throws {Refusal} there are cycles, or too much */
function jsonOf(body) {
  let left = LARGEST;
  // One table can be in another many times over: each time it is written out.
  const limited = (key, value) => {
    left -= 1 + key.length + (typeof value === "string" || value instanceof Uint8Array ? value.length : 0);
    if (left < 0) throw new Error("they are too large");
    return plain(value);
  };
  try {
    return JSON.stringify(body, limited);
  } catch (error) {
    throw new Refusal(422, `the values cannot be JSON: ${error.message.split("\n")[0]}`);
  }
}

/** Lua's values that JSON has not: large integers, bytes, functions. */
function plain(value) {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  return value instanceof LuaFunction || value instanceof LuaOpaque ? value.text : value;
}

if (import.meta.filename === process.argv[1]) {
  const [port = "8080", folder = "lua-users"] = process.argv.slice(2);
  const server = createServer(new Machines(folder));
  server.listen(Number(port), "localhost", () => console.log(`http://localhost:${server.address().port}/run/<user>`));
}
