// serve.js: MIME types, paths that lead outside, and the port.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../serve.js";

const script = fileURLToPath(new URL("../../serve.js", import.meta.url));
let server, port;

before(async () => {
  server = await serve(0);
  ({ port } = server.address());
});
after(() => {
  server.close();
  server.closeAllConnections();
});

/** Sends `path` as it is: fetch would tidy it up first. */
async function request(path, method = "GET") {
  const [response] = await once(http.request({ host: "localhost", port, path, method }).end(), "response");
  let text = "";
  for await (const piece of response) text += piece;
  return { status: response.statusCode, type: response.headers["content-type"], text };
}

/** Runs serve.js until it ends. */
async function run(...args) {
  const child = spawn(process.execPath, [script, ...args]);
  let text = "";
  child.stderr.on("data", piece => (text += piece));
  const [code] = await once(child, "close");
  return { code, text };
}

test("files have their MIME types", async () => {
  assert.match((await request("/")).type, /^text\/html/);
  assert.match((await request("/index.html?x=1")).type, /^text\/html/);
  assert.match((await request("/lua-persistent.js")).type, /^text\/javascript/);
  assert.match((await request("/lua-persistent.mjs")).type, /^text\/javascript/);
  assert.match((await request("/page.css")).type, /^text\/css/);
  assert.equal((await request("/lua.wasm")).type, "application/wasm");
});

test("nothing outside web/ is served", async () => {
  for (const path of ["/../serve.js", "/%2e%2e/serve.js", "/..%2fserve.js", "/x/../../serve.js", "//../serve.js"]) {
    assert.equal((await request(path)).status, 404, path);
  }
});

test("paths that are none are not found, and the server goes on", async () => {
  for (const path of ["/no-such-file", "/%", "/%00", "/index.html/", "*"]) {
    assert.equal((await request(path)).status, 404, path);
  }
  assert.equal((await request("/")).status, 200);
});

test("HEAD has no body; other methods are refused", async () => {
  assert.deepEqual(await request("/", "HEAD"), { status: 200, type: "text/html; charset=utf-8", text: "" });
  assert.equal((await request("/", "POST")).status, 405);
});

test("node serve.js prints its address", async () => {
  const child = spawn(process.execPath, [script, "--port", "0"]);
  const [line] = await once(child.stdout, "data");
  child.kill();
  assert.match(String(line), /^http:\/\/localhost:\d+\n$/);
});

test("a port that is taken is one sentence", async () => {
  const { code, text } = await run("--port", String(port));
  assert.equal(code, 1);
  assert.equal(text, `port ${port} is taken: choose another with node serve.js --port N\n`);
});

test("arguments that make no sense show the usage", async () => {
  for (const args of [["--port"], ["--port", "x"], ["--port", "70000"], ["8000"]]) {
    assert.match((await run(...args)).text, /^usage: /);
  }
});
