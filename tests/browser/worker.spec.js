// LuaPersistent.openWorker in a browser: stopping with and without shared memory, stores, a strict policy, and ends at any
// moment. `STORE_LONG=1` for 100 ends.
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { serve } from "../../serve.js";
import { test as base, expect } from "./fixtures.js";
import { PATIENCE, close, endAgainAndAgain, kill, leave } from "./kills.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const LONG = process.env.STORE_LONG === "1";

const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";

const test = base.extend({
  /** Opens open.html from a server of its own, which sends `headers` with everything. */
  openWith: async ({ page }, use) => {
    const server = await serve(0);
    await use(async headers => {
      server.prependListener("request", (request, response) => {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      });
      const file = path.join(HERE, "pages/open.html");
      await page.route("**/open.html", route =>
        route.fulfill({ path: file, headers: { "Content-Type": "text/html", ...headers } }),
      );
      await page.goto(`http://localhost:${server.address().port}/open.html`);
    });
    server.closeAllConnections();
    server.close();
  },
});

/** In the page: `stopped(run)` of a run that is stopped soon, and what became of globals and tables. */
const STOPS = () => {
  window.begin = async options => {
    window.lua = await LuaPersistent.openWorker(options);
    await window.lua.run("x, Memory.n = 'global', 1");
  };
  window.stopped = async (code, how) => {
    const stop = new AbortController();
    if (how === "signal") window.setTimeout(() => stop.abort(), 50);
    const options = how === "signal" ? { signal: stop.signal } : { timeout: 50 };
    const error = await window.lua.run(`Memory.n = nil Memory.half = 1 ${code}`, options).catch(error => error);
    const { values } = await window.lua.run("return x or false, Memory.n, Memory.half or false");
    return { name: error.name, limit: error.limit, values, restarts: window.lua.restarts };
  };
};

const RUNAWAYS = {
  "while true do end": "while true do end",
  "string.rep": "while true do string.rep('x', 1 << 20) end",
  "a pattern": "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(40))",
};

for (const [what, code] of Object.entries(RUNAWAYS)) {
  test(`${what}: stopped by timeout and by signal; nothing of it stays; a signal costs the globals`, async ({
    page,
    openExtra,
  }) => {
    await openExtra("open.html");
    await page.evaluate(STOPS);
    await page.evaluate(() => window.begin());
    const stopped = how => page.evaluate(([code, how]) => window.stopped(code, how), [code, how]);
    expect(await stopped("timeout")).toEqual({
      name: "LuaLimitError",
      limit: "time",
      values: ["global", 1, false],
      restarts: 0,
    });
    expect(await stopped("signal")).toEqual({
      name: "AbortError",
      limit: undefined,
      values: [false, 1, false],
      restarts: 1,
    });
  });

  test(`${what}: on an isolated page a signal does not cost the globals`, async ({ page, openWith }) => {
    await openWith(ISOLATION);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await page.evaluate(STOPS);
    await page.evaluate(() => window.begin());
    const stopped = how => page.evaluate(([code, how]) => window.stopped(code, how), [code, how]);
    expect(await stopped("signal")).toEqual({
      name: "AbortError",
      limit: undefined,
      values: ["global", 1, false],
      restarts: 0,
    });
    expect(await stopped("timeout")).toEqual({
      name: "LuaLimitError",
      limit: "time",
      values: ["global", 1, false],
      restarts: 0,
    });
  });
}

test("values, errors and output are those of open", async ({ page, openExtra }) => {
  await openExtra("open.html");
  const told = await page.evaluate(async () => {
    const lua = await LuaPersistent.openWorker();
    const { output, values } = await lua.run("print('hi') return 1, 'grüße', {x = {1, 2.5}}, print");
    const { name, message, line, value } = await lua.run("\nerror({code = 7})").catch(error => error);
    values[3] = values[3].constructor.name;
    return { output, values, error: { name, message, line, value } };
  });
  expect(told.output).toBe("hi\n");
  expect(told.values).toEqual([1, "grüße", { x: [1, 2.5] }, "LuaFunction"]);
  expect(told.error).toMatchObject({ name: "LuaError", value: { code: 7 } });
});

test("output arrives while the script runs, and the page goes on", async ({ page, openExtra }) => {
  await openExtra("open.html");
  const { pieces, ticks } = await page.evaluate(async () => {
    const lua = await LuaPersistent.openWorker();
    const stop = new AbortController();
    const pieces = [];
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    const onOutput = text => {
      pieces.push(text);
      if (pieces.length === 5) stop.abort();
    };
    await lua
      .run("while true do for i = 1, 1e6 do end print('.') io.flush() end", { onOutput, signal: stop.signal })
      .catch(() => {});
    clearInterval(ticking);
    return { pieces, ticks };
  });
  expect(pieces.length).toBeGreaterThanOrEqual(5);
  expect(ticks).toBeGreaterThan(0);
});

for (const store of ["indexedDB", "localStorage"]) {
  test(`${store}: what a worker stored is there for the next page, for open, and after its worker was ended`, async ({
    page,
    openExtra,
  }) => {
    await openExtra("open.html");
    const count = "Memory.n = (Memory.n or 0) + 1 return Memory.n";
    const begin = store =>
      page.evaluate(async store => void (window.lua = await LuaPersistent.openWorker({ store })), store);
    const run = code => page.evaluate(async code => (await window.lua.run(code)).values[0], code);
    await begin(store);
    expect(await run(count)).toBe(1);
    await page.evaluate(() =>
      window.lua.run("Memory.n = 100 while true do end", { signal: AbortSignal.timeout(50) }).catch(() => {}),
    );
    expect(await run(count)).toBe(2);
    await page.reload();
    await begin(store);
    expect(await run(count)).toBe(3);
    await page.evaluate(() => window.lua.close());
    await page.evaluate(async store => void (window.lua = await LuaPersistent.open({ store })), store);
    expect(await run(count)).toBe(4);
  });
}

test("its store is locked while the worker is there, also while it is restarted, and until it is closed", async ({
  page,
  openExtra,
}) => {
  await openExtra("open.html");
  const kinds = await page.evaluate(async () => {
    const options = { store: "indexedDB", whenBusy: "refuse" };
    const kind = () =>
      LuaPersistent.open(options).then(
        lua => lua.close(),
        ({ kind }) => kind,
      );
    const lua = await LuaPersistent.openWorker(options);
    const found = [await kind()];
    await lua.run("while true do end", { signal: AbortSignal.timeout(50) }).catch(() => {});
    found.push(await kind());
    await lua.terminate();
    return [...found, await kind()];
  });
  expect(kinds).toEqual(["busy", "busy", undefined]);
});

test("an image goes into a worker, and out of it", async ({ page, openExtra }) => {
  await openExtra("open.html");
  const values = await page.evaluate(async () => {
    const here = await LuaPersistent.open();
    await here.run("co = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) co()");
    const worker = await LuaPersistent.openWorker({ image: await here.saveImage() });
    const first = (await worker.run("return co()")).values;
    const back = await LuaPersistent.openImage(await worker.saveImage());
    return [...first, ...(await back.run("return co()")).values];
  });
  expect(values).toEqual([2, 3]);
});

test("a policy of 'self' and 'wasm-unsafe-eval' is enough", async ({ page, openWith }) => {
  await openWith({ "Content-Security-Policy": POLICY });
  const values = await page.evaluate(async () => {
    const lua = await LuaPersistent.openWorker({ store: "indexedDB" });
    await lua.run("Memory.x = ('x'):rep(10000)");
    await lua.run("while true do end", { timeout: 20 }).catch(() => {});
    await lua.run("while true do end", { signal: AbortSignal.timeout(20) }).catch(() => {});
    return (await lua.run("return #Memory.x")).values;
  });
  expect(values).toEqual([10000]);
});

base(
  "a worker whose script does not come is an error that says so, and its store is free",
  async ({ page, openExtra, context }) => {
    await context.route("**/lua-worker.mjs", route =>
      route.fulfill({ status: 200, contentType: "text/html", body: "" }),
    );
    page.removeAllListeners("console");
    await openExtra("open.html");
    const told = await page.evaluate(async () => {
      const { message } = await LuaPersistent.openWorker({ store: "indexedDB" }).catch(error => error);
      await (await LuaPersistent.open({ store: "indexedDB", whenBusy: "refuse" })).close();
      return message;
    });
    expect(told).toMatch(/^the Lua worker ended unexpectedly: its script could not be loaded/);
  },
);

async function terminate(page) {
  await page.evaluate(() => window.end());
  await setTimeout(20);
  await page.close();
}

async function reload(page) {
  await page.reload();
  await page.close();
}

for (const store of ["indexedDB", "localStorage"]) {
  test(`${store}: a worker that is terminated, a page that is closed, reloaded, left or killed leave a whole run`, async ({
    context,
    baseURL,
  }) => {
    const ends = [terminate, reload, close, kill, leave];
    const rounds = LONG ? 100 : ends.length;
    base.setTimeout((rounds + 1) * PATIENCE);
    const begin = options => window.writer.inWorker(options);
    await endAgainAndAgain(context, baseURL, { writer: "worker-writer.html", rounds, ends, begin, options: { store } });
  });
}
