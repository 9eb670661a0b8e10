// LuaPersistent.open in a browser: what a page downloads, stores, streaming compilation, Web Locks.
import { fileURLToPath } from "node:url";
import { test, expect } from "./fixtures.js";

const OPEN_PAGE = fileURLToPath(new URL("pages/open.html", import.meta.url));

/** The same page in another tab. */
async function openSecond(context) {
  const second = await context.newPage();
  await second.route("**/open.html", route => route.fulfill({ path: OPEN_PAGE }));
  await second.goto("/open.html");
  return second;
}

test("a page that opens nothing downloads the script alone", async ({ page, openExtra }) => {
  const files = [];
  page.on("request", request => files.push(new URL(request.url()).pathname));
  await openExtra("open.html");
  await page.evaluate(() => new LuaPersistent().load());
  expect(files.filter(file => !file.startsWith("data:"))).toEqual(["/open.html", "/lua-persistent.js", "/lua.wasm"]);
  await page.evaluate(async () => (await LuaPersistent.open()).close());
  expect(files.filter(file => file.endsWith(".mjs"))).toEqual(["/lua-open.mjs"]);
});

test("a page warms the interpreter up in idle time, in an instance of its own, unless an option says no", async ({
  page,
  openExtra,
}) => {
  await page.addInitScript(() => {
    const { instantiate } = WebAssembly;
    window.made = 0;
    WebAssembly.instantiate = (...args) => (window.made++, instantiate(...args));
  });
  for (const [options, expected] of [
    [{ warmUp: false }, 1],
    [{}, 2],
  ]) {
    await openExtra("open.html");
    const made = page.evaluate(async options => {
      const loaded = await new LuaPersistent().load(undefined, options);
      await new Promise(resolve => setTimeout(resolve, 1000));
      return [window.made, loaded.eval("return x, #Memory"), (await LuaPersistent.open()).eval("return x")];
    }, options);
    expect(await made).toEqual([expected, "nil\t0", "nil"]);
  }
});

for (const store of ["localStorage", "indexedDB"]) {
  test(`${store}: what a run stored is there after a reload`, async ({ page, openExtra }) => {
    await openExtra("open.html");
    const count = store =>
      page.evaluate(async store => {
        window.lua = await LuaPersistent.open({ store });
        return (await window.lua.run("Memory.n = (Memory.n or 0) + 1 return Memory.n")).values[0];
      }, store);
    expect(await count(store)).toBe(1);
    await page.reload();
    expect(await count(store)).toBe(2);
  });
}

test("two tabs on one store: the second is refused, reads, or waits for its turn", async ({
  page,
  openExtra,
  context,
}) => {
  await openExtra("open.html");
  await page.evaluate(async () => {
    window.lua = await LuaPersistent.open({ store: "indexedDB" });
    await window.lua.run("Memory.n = 1");
  });
  const second = await openSecond(context);
  const outcome = await second.evaluate(async () => {
    const refused = await LuaPersistent.open({ store: "indexedDB", whenBusy: "refuse" }).catch(({ kind, message }) => [
      kind,
      message,
    ]);
    const reader = await LuaPersistent.open({ store: "indexedDB", whenBusy: "readOnly" });
    const read = (await reader.run("return Memory.n")).values[0];
    const written = await reader.run("Memory.n = 2").catch(({ message }) => message);
    await reader.close();
    window.waiting = LuaPersistent.open({ store: "indexedDB" });
    return { refused, read, written };
  });
  expect(outcome.refused[0]).toBe("busy");
  expect(outcome.refused[1]).toContain("IndexedDB store 'default' is in use by another tab");
  expect(outcome.read).toBe(1);
  expect(outcome.written).toContain("the host refused to store key 'n'");
  await page.evaluate(async () => {
    await window.lua.run("Memory.n = 3");
    await window.lua.close();
  });
  expect(await second.evaluate(async () => (await (await window.waiting).run("return Memory.n")).values[0])).toBe(3);
});

test("two tabs on one program: the second is refused, reads and nothing goes on in it, or goes on when the first is closed", async ({
  page,
  openExtra,
  context,
}) => {
  await openExtra("open.html");
  await page.evaluate(async () => {
    const host = { wait: () => new Promise(() => {}) };
    window.lua = await LuaPersistent.open({ store: "indexedDB", persist: "everything", host });
    window.lua.run("x = 1 Memory.x = 1 got = host.wait()").catch(() => {});
    await window.lua.run("");
  });
  const second = await openSecond(context);
  const outcome = await second.evaluate(async () => {
    let calls = 0;
    const host = { wait: async () => ++calls };
    const options = { store: "indexedDB", persist: "everything", host };
    const { kind } = await LuaPersistent.open({ ...options, whenBusy: "refuse" }).catch(error => error);
    const reader = await LuaPersistent.open({ ...options, whenBusy: "readOnly" });
    const read = (await reader.run("x = x + 1 return x, Memory.x, got")).values;
    await reader.close();
    window.waiting = LuaPersistent.open(options);
    return { kind, read, calls };
  });
  expect(outcome).toEqual({ kind: "busy", read: [2, 1, undefined], calls: 0 });
  await page.evaluate(async () => {
    await window.lua.run("x = 3");
    await window.lua.close();
  });
  const found = await second.evaluate(async () => {
    const lua = await window.waiting;
    while ((await lua.run("return got")).values[0] === undefined) await new Promise(resolve => setTimeout(resolve, 5));
    return (await lua.run("return x, Memory.x, got")).values;
  });
  expect(found).toEqual([3, 1, 1]);
});

for (const how of ["open", "openWorker"]) {
  test(`${how}: a program goes back, and after a reload it is where it went`, async ({ page, openExtra }) => {
    await openExtra("open.html");
    const back = await page.evaluate(async how => {
      const lua = await LuaPersistent[how]({ store: "indexedDB", persist: "everything" });
      await lua.history({ keep: 5 });
      for (let i = 1; i < 4; i++) await lua.run(`x = ${i} Memory.x = ${i}`);
      const { n } = (await lua.history())[1];
      await lua.rewind(n);
      return (await lua.run("return x, Memory.x")).values;
    }, how);
    expect(back).toEqual([1, 1]);
    await page.reload();
    const again = await page.evaluate(async how => {
      const lua = await LuaPersistent[how]({ store: "indexedDB", persist: "everything" });
      return (await lua.run("return x, Memory.x")).values;
    }, how);
    expect(again).toEqual([1, 1]);
  });
}

test("output arrives while the script runs", async ({ page, openExtra }) => {
  await openExtra("open.html");
  const lengths = await page.evaluate(async () => {
    const pieces = [];
    const lua = await LuaPersistent.open({ onOutput: text => pieces.push(text.length) });
    await lua.run("for i = 1, 10000 do print(i) end");
    return pieces;
  });
  expect(lengths.length).toBeGreaterThan(5);
});
