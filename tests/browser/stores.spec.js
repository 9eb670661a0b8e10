// Stores in a real browser: kept over reloads, two tabs, damage, quota, versions, earlier entries, other places to run.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { test, expect } from "./fixtures.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const PAGES = path.join(HERE, "pages");
const NOT_OPENED = "It was not opened, and nothing in it was changed";
const KINDS = { localStorage: "localStorage store", indexedDB: "IndexedDB store" };

/** Opens stores.html as if it lay in web/, in this page or another one of the same browser. */
async function open(page, url = "/stores.html") {
  await page.route("**/stores.html", route => route.fulfill({ path: path.join(PAGES, "stores.html") }));
  await page.goto(url);
  await page.waitForFunction(() => window.stores);
}

const opened = (page, options) => page.evaluate(options => window.stores.open(options), options);
/** `noise(n)`: bytes that do not compress. */
const NOISE = `local function noise(n)
  local parts = {}
  for i = 1, n // 1000 do
    local part = {}
    for k = 1, 1000 do part[k] = math.random(0, 255) end
    parts[i] = string.char(table.unpack(part))
  end
  return table.concat(parts)
end `;
const run = (page, code) => page.evaluate(code => window.stores.run(code), NOISE + code);
const once = (page, options, code) =>
  page.evaluate(([options, code]) => window.stores.once(options, code), [options, code]);
const close = page => page.evaluate(() => window.lua.close());

for (const [store, label] of Object.entries(KINDS)) {
  test(`${store}: what a run stored is there after a reload, and under this name alone`, async ({ page }) => {
    await open(page);
    expect(await opened(page, { store })).toEqual({});
    expect(
      await run(page, 'Memory.n, Memory.t = 1, {big = ("x"):rep(20000), ["\\0\\255"] = 2.5} return Memory.n'),
    ).toEqual([1]);
    await page.reload();
    await page.waitForFunction(() => window.stores);
    expect(await once(page, { store }, 'return Memory.n, #Memory.t.big, Memory.t["\\0\\255"]')).toEqual([
      1, 20000, 2.5,
    ]);
    expect(await once(page, { store, name: "other" }, "return Memory.n == nil")).toEqual([true]);
  });

  test(`${store}: the second tab waits for the first one, and then has what it stored`, async ({ page, context }) => {
    const second = await context.newPage();
    await open(page);
    await open(second);
    await opened(page, { store });
    await second.evaluate(
      store => void window.stores.open({ store, whenBusy: "wait" }).then(() => (window.isOpen = true)),
      store,
    );
    await run(page, "Memory.n = 1");
    expect(await second.evaluate(() => window.isOpen)).toBe(undefined);
    await page.close();
    await second.waitForFunction(() => window.isOpen);
    expect(await run(second, "Memory.n = Memory.n + 1 return Memory.n")).toEqual([2]);
  });

  test(`${store}: the second tab reads only, or is refused`, async ({ page, context }) => {
    const second = await context.newPage();
    await open(page);
    await open(second);
    await opened(page, { store });
    await run(page, "Memory.n = 1");
    expect(await opened(second, { store, whenBusy: "refuse" })).toMatchObject({
      name: "StoreError",
      kind: "busy",
      message: `${label} 'default' is in use by another tab, worker or process. Close that one, or open this read-only`,
    });
    expect(await opened(second, { store, whenBusy: "readOnly" })).toEqual({});
    expect(await run(second, "return Memory.n")).toEqual([1]);
    expect((await run(second, "Memory.n = 2")).message).toContain("the host refused to store key 'n'");
    expect(await run(page, "Memory.n = 3 return Memory.n")).toEqual([3]);
    await close(second);
    await close(page);
    expect(await once(page, { store, whenBusy: "refuse" }, "return Memory.n")).toEqual([3]);
  });

  test(`${store}: erasing empties a store, and waits its turn`, async ({ page }) => {
    await open(page);
    await opened(page, { store });
    await run(page, "Memory.n = 1");
    const erase = options => page.evaluate(options => window.stores.erase(options), options);
    expect((await erase({ store, whenBusy: "refuse" })).kind).toBe("busy");
    await close(page);
    expect(await erase({ store })).toEqual({});
    expect(await once(page, { store }, "return Memory.n == nil")).toEqual([true]);
  });

  test(`${store}: a full quota is an error with what is needed, and nothing is lost`, async ({
    page,
    context,
    baseURL,
  }) => {
    await open(page);
    const session = await context.newCDPSession(page);
    const setQuota = quotaSize => session.send("Storage.overrideQuotaForOrigin", { origin: baseURL, quotaSize });
    if (store === "indexedDB") await setQuota(3_000_000);
    await opened(page, { store });
    await run(page, "Memory.n = 1");
    const error = await run(page, "Memory.big = noise(6000000)");
    expect(error).toMatchObject({ name: "StoreError", kind: "quota", store: `${label} 'default'` });
    expect(error.bytesNeeded).toBeGreaterThan(6_000_000);
    expect(error.message).toBe(
      `${label} 'default' is full: the changes need ${error.bytesNeeded} bytes. They are kept in memory and go with the next commit; delete something first`,
    );
    // There is no more room in localStorage, ever; for IndexedDB there may be.
    if (store === "indexedDB") await setQuota(undefined);
    else await run(page, "Memory.big = noise(1000000)");
    expect(await run(page, "Memory.m = 2 return #Memory.big > 0")).toEqual([true]);
    await close(page);
    expect(await once(page, { store }, "return Memory.n, Memory.m, #Memory.big")).toEqual([
      1,
      2,
      store === "indexedDB" ? 6_000_000 : 1_000_000,
    ]);
  });
}

test("localStorage: every character of a small store changed in turn is refused, and all stays as it is", async ({
  page,
}) => {
  await open(page);
  await once(page, { store: "localStorage" }, 'Memory.n = 1 Memory.t = {"x"}');
  const wrong = await page.evaluate(async message => {
    const found = [];
    for (const key of Object.keys(localStorage)) {
      const whole = localStorage.getItem(key);
      for (let at = 0; at < whole.length; at++) {
        const changed = whole.slice(0, at) + String.fromCharCode(whole.charCodeAt(at) ^ 1) + whole.slice(at + 1);
        localStorage.setItem(key, changed);
        const error = await window.stores.open({ store: "localStorage", wasm: window.compiled });
        if (error.message !== message.replace("KEY", key) || localStorage.getItem(key) !== changed)
          found.push([key, at, error]);
      }
      localStorage.setItem(key, whole);
    }
    return found;
  }, `localStorage store 'default' is damaged: entry 'KEY' does not match its checksum. ${NOT_OPENED}`);
  expect(wrong).toEqual([]);
  expect(await once(page, { store: "localStorage" }, "return Memory.n, Memory.t[1]")).toEqual([1, "x"]);
});

/** Runs in the page: all entries of the database but the reserve, which is no record, and a way to put one. */
const withRecords = () => {
  const request = made =>
    new Promise((resolve, reject) => {
      made.onsuccess = () => resolve(made.result);
      made.onerror = () => reject(made.error);
    });
  const inStore = async (mode, use) => {
    const database = await request(indexedDB.open("lua_store/default"));
    const store = database.transaction("records", mode).objectStore("records");
    const result = await use(store);
    database.close();
    return result;
  };
  window.records = {
    all: () =>
      inStore("readonly", async store => {
        const names = (await request(store.getAllKeys())).filter(name => name !== "reserve");
        return Promise.all(names.map(async name => [name, await request(store.get(name))]));
      }),
    put: (name, bytes) => inStore("readwrite", store => request(store.put(bytes, name))),
    remove: name => inStore("readwrite", store => request(store.delete(name))),
  };
};

test("indexedDB: every byte of a small store flipped in turn is refused, and all stays as it is", async ({ page }) => {
  await open(page);
  await once(page, { store: "indexedDB" }, "Memory.n = 1");
  await page.evaluate(withRecords);
  const wrong = await page.evaluate(async message => {
    const found = [];
    for (const [name, whole] of await window.records.all()) {
      for (let at = 0; at < whole.length; at++) {
        const flipped = whole.slice();
        flipped[at] ^= 1;
        await window.records.put(name, flipped);
        const before = JSON.stringify(await window.records.all());
        const error = await window.stores.open({ store: "indexedDB", wasm: window.compiled });
        const [, what] = /^(?:record|page) '([^']+)'/.exec(error.message.slice(message.indexOf("WHAT"))) ?? [];
        // A record in a page is named itself.
        const isNamed = what === name || (name.startsWith("page/") && what);
        if (
          !isNamed ||
          error.message !== message.replace("WHAT", `${/^page/.test(what) ? "page" : "record"} '${what}'`)
        )
          found.push([name, at, error]);
        if (JSON.stringify(await window.records.all()) !== before) found.push([name, at, "changed"]);
      }
      await window.records.put(name, whole);
    }
    return found;
  }, `IndexedDB store 'default' is damaged: WHAT does not match its checksum. ${NOT_OPENED}`);
  expect(wrong).toEqual([]);
  expect(await once(page, { store: "indexedDB" }, "return Memory.n")).toEqual([1]);
});

test("indexedDB: a missing page, and one that is no bytes, are refused; a large record is named", async ({ page }) => {
  await open(page);
  await opened(page, { store: "indexedDB" });
  await run(page, "Memory.n, Memory.big = 1, noise(20000)");
  await close(page);
  await page.evaluate(withRecords);
  const refusal = async () => (await opened(page, { store: "indexedDB" })).message;
  await page.evaluate(() => window.records.put("1/big", "text"));
  expect(await refusal()).toBe(
    `IndexedDB store 'default' is damaged: record '1/big' is a string, not bytes. ${NOT_OPENED}`,
  );
  await page.evaluate(() => window.records.remove("1/big"));
  expect(await refusal()).toBe(
    `IndexedDB store 'default' is damaged: it has 2 records, and should have 3. ${NOT_OPENED}`,
  );
  await page.evaluate(() => window.records.put("page/00000000", "text"));
  expect(await refusal()).toBe(
    `IndexedDB store 'default' is damaged: page 'page/00000000' is not bytes. ${NOT_OPENED}`,
  );
  await page.evaluate(() => window.records.remove("page/00000000"));
  expect(await refusal()).toBe(`IndexedDB store 'default' is damaged: page 'page/00000000' is missing. ${NOT_OPENED}`);
});

/** Writes a store as versions did that had an entry a record. */
const writeEarlier = (page, code) =>
  page.evaluate(async code => {
    const { LuaPersistent } = await import("./lua-persistent.mjs");
    const { memoryStore } = await import("./lua-stores.mjs");
    const records = new Map();
    const lua = await LuaPersistent.open({ store: memoryStore(records) });
    await lua.run(code);
    await lua.close();
    const database = await new Promise(resolve => {
      const request = indexedDB.open("lua_store/default", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("records");
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = database.transaction("records", "readwrite");
    for (const [name, bytes] of records) transaction.objectStore("records").put(bytes, name);
    await new Promise(resolve => (transaction.oncomplete = resolve));
    database.close();
  }, NOISE + code);

const namesIn = async page => (await page.evaluate(() => window.records.all())).map(([name]) => name);

test("indexedDB: a store that an earlier version wrote opens, for reading too, and becomes pages with the first commit", async ({
  page,
  context,
}) => {
  await open(page);
  await writeEarlier(page, "for i = 1, 300 do Memory[i] = i end Memory.big = noise(20000)");
  await page.evaluate(withRecords);
  const sum = "local s = 0 for i = 1, 300 do s = s + Memory[i] end return s, #Memory.big";
  expect(await once(page, { store: "indexedDB" }, sum)).toEqual([45150, 20000]);
  expect((await namesIn(page)).length).toBe(303);
  const second = await context.newPage();
  await open(second);
  await opened(page, { store: "indexedDB" });
  expect(await once(second, { store: "indexedDB", whenBusy: "readOnly" }, sum)).toEqual([45150, 20000]);
  expect((await namesIn(page)).length).toBe(303);
  await run(page, "Memory[1] = 2");
  await close(page);
  expect(await namesIn(page)).toEqual(["1/big", "header", "page/00000000"]);
  expect(await once(page, { store: "indexedDB" }, sum)).toEqual([45151, 20000]);
});

test("indexedDB: a counter's commit puts few bytes beside a large store", async ({ page }) => {
  await open(page);
  await opened(page, { store: "indexedDB" });
  await run(page, "for i = 1, 20000 do Memory[i] = i end");
  await page.evaluate(() => {
    window.written = 0;
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (bytes, key) {
      window.written += bytes.length + key.length;
      return put.call(this, bytes, key);
    };
  });
  for (let i = 0; i < 100; i++) await run(page, "Memory.n = (Memory.n or 0) + 1");
  expect(await page.evaluate(() => window.written)).toBeLessThan(100 * 400);
  await close(page);
  expect(await once(page, { store: "indexedDB" }, "return Memory.n, Memory[20000]")).toEqual([100, 20000]);
});

test("indexedDB: 100,000 new keys are put, and found again, with a hundredth of as many requests", async ({ page }) => {
  await open(page);
  await page.evaluate(() => {
    window.requests = 0;
    const CALLS = [
      ...["put", "get", "getAll", "getAllKeys", "openCursor"].map(name => [IDBObjectStore, name]),
      [IDBCursor, "continue"],
    ];
    for (const [{ prototype }, name] of CALLS) {
      const call = prototype[name];
      prototype[name] = function (...args) {
        window.requests++;
        return call.apply(this, args);
      };
    }
  });
  const requests = () => page.evaluate(() => window.requests);
  await opened(page, { store: "indexedDB" });
  await run(page, "for i = 1, 1e5 do Memory[i] = i end");
  expect(await requests()).toBeLessThan(1000);
  await close(page);
  expect(await once(page, { store: "indexedDB" }, "return ext.size(Memory), Memory[100000]")).toEqual([
    100_000, 100_000,
  ]);
  expect(await requests()).toBeLessThan(2000);
});

test("indexedDB: with the quota reached, deleting all and clear() succeed", async ({ page, context, baseURL }) => {
  await open(page);
  const session = await context.newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: baseURL, quotaSize: 4_000_000 });
  await opened(page, { store: "indexedDB" });
  await run(page, "for i = 1, 20000 do Memory[i] = i end Memory.big = noise(1000000)");
  expect(await run(page, "Memory.more = noise(6000000)")).toMatchObject({ kind: "quota" });
  expect(await run(page, "for k in pairs(Memory) do Memory[k] = nil end return true")).toEqual([true]);
  await close(page);
  expect(await once(page, { store: "indexedDB" }, "return pairs(Memory)(Memory) == nil")).toEqual([true]);
  expect(await page.evaluate(() => window.stores.erase({ store: "indexedDB" }))).toEqual({});
});

test("indexedDB: with the quota reached, single keys can be deleted, and what was deleted stays so", async ({
  page,
  context,
  baseURL,
}) => {
  await open(page);
  const session = await context.newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: baseURL, quotaSize: 4_000_000 });
  await opened(page, { store: "indexedDB" });
  await run(page, "for i = 1, 30 do Memory[i] = noise(100000) end");
  expect(await run(page, "Memory.more = noise(6000000)")).toMatchObject({ kind: "quota" });
  expect(await run(page, "Memory.more = nil return true")).toEqual([true]);
  for (let i = 1; i <= 10; i++) expect(await run(page, `Memory[${i}] = nil return true`)).toEqual([true]);
  await close(page);
  expect(await once(page, { store: "indexedDB" }, "return Memory.more == nil, Memory[10] == nil, #Memory[11]")).toEqual(
    [true, true, 100000],
  );
});

/** Makes a database of ours with another layout. */
const makeDatabase = (page, version, storeName) =>
  page.evaluate(
    ([version, storeName]) =>
      new Promise(resolve => {
        const request = indexedDB.open("lua_store/default", version);
        request.onupgradeneeded = () => request.result.createObjectStore(storeName);
        request.onsuccess = () => resolve(request.result.close());
      }),
    [version, storeName],
  );

test("indexedDB: a newer database, and one of something else, are refused and can be erased", async ({ page }) => {
  await open(page);
  await makeDatabase(page, 2, "new");
  const newer = await opened(page, { store: "indexedDB" });
  expect(newer.kind).toBe("version");
  expect(newer.message).toBe(
    "IndexedDB store 'default' was written by a newer version of this library: " +
      `the layout of its database is newer than 1, which is known here. ${NOT_OPENED}`,
  );
  expect(await page.evaluate(() => window.stores.erase({ store: "indexedDB" }))).toEqual({});
  await makeDatabase(page, 1, "notes");
  const other = await opened(page, { store: "indexedDB" });
  expect(other.message).toBe(
    `IndexedDB store 'default' is damaged: its database has no object store 'records'. ${NOT_OPENED}`,
  );
});

test("indexedDB: a database that is deleted behind our back is not written to in part", async ({ page }) => {
  await open(page);
  await opened(page, { store: "indexedDB" });
  await run(page, "Memory.n = 1");
  await page.evaluate(
    () => new Promise(resolve => (indexedDB.deleteDatabase("lua_store/default").onsuccess = resolve)),
  );
  const error = await run(page, "Memory.m = 2");
  expect(error.message).toMatch(
    /^IndexedDB store 'default' was changed or emptied by someone else since it was opened, so nothing was written/,
  );
  expect(await run(page, "return Memory.n")).toMatchObject({ kind: "failed" });
  await page.reload();
  await page.waitForFunction(() => window.stores);
  expect(await once(page, { store: "indexedDB" }, "return Memory.n == nil, Memory.m == nil")).toEqual([true, true]);
});

test("indexedDB: site data that is cleared is not written to in part", async ({ page, context, baseURL }) => {
  await open(page);
  await opened(page, { store: "indexedDB" });
  await run(page, "Memory.n = 1");
  const session = await context.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin: baseURL, storageTypes: "indexeddb" });
  let error = await run(page, "Memory.m = 2");
  // The connection may be closed in the midst of the commit, and not before it: then the next one sees what happened.
  if (error.message.endsWith("could not commit: The connection was closed.")) error = await run(page, "return 1");
  expect(error.message).toMatch(/was changed or emptied by someone else/);
  await page.reload();
  await page.waitForFunction(() => window.stores);
  expect(await once(page, { store: "indexedDB" }, "return Memory.n == nil, Memory.m == nil")).toEqual([true, true]);
});

test("indexedDB: a page that keeps the old layout open holds up the new one, which says so", async ({ page }) => {
  await open(page);
  await page.evaluate(() =>
    new Promise(resolve => {
      const request = indexedDB.open("lua_store/default", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("records");
      // It does not listen to versionchange.
      request.onsuccess = () => resolve((window.kept = request.result));
    }).then(() => {}),
  );
  const error = await page.evaluate(() => window.stores.erase({ store: "indexedDB", whenBusy: "refuse" }));
  expect(error.kind).toBe("busy");
  await page.evaluate(() => window.kept.close());
  expect(await once(page, { store: "indexedDB" }, "Memory.n = 1 return Memory.n")).toEqual([1]);
});

test("indexedDB works in a worker, and shares its store with pages", async ({ page }) => {
  await page.route("**/worker.mjs", route =>
    route.fulfill({
      contentType: "text/javascript",
      body: `import { LuaPersistent } from "./lua-persistent.mjs";
      const lua = await LuaPersistent.open({ store: "indexedDB" });
      const { values } = await lua.run("Memory.n = (Memory.n or 0) + 1 return Memory.n");
      await lua.close();
      postMessage(values);`,
    }),
  );
  await open(page);
  await once(page, { store: "indexedDB" }, "Memory.n = 41");
  const values = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker("worker.mjs", { type: "module" });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      }),
  );
  expect(values).toEqual([42]);
  expect(await once(page, { store: "indexedDB" }, "return Memory.n")).toEqual([42]);
});

test("localStorage: what an earlier page saved is what a new store begins with", async ({ page, openExtra }) => {
  await openExtra("old-host.html");
  await page.waitForFunction(() => window.lua?.ready);
  await page.evaluate(() => {
    window.lua.eval('Memory.name, Memory.list = "old", ext.table() Memory.list[1] = 2.5');
    window.lua.save();
  });
  const saved = await page.evaluate(() => localStorage.getItem("lua_snapshot_default"));
  await open(page);
  expect(
    await once(page, { store: "localStorage" }, 'Memory.name = Memory.name .. "er" return Memory.name, Memory.list[1]'),
  ).toEqual(["older", 2.5]);
  expect(await once(page, { store: "localStorage" }, "return Memory.name")).toEqual(["older"]);
  expect(await page.evaluate(() => localStorage.getItem("lua_snapshot_default"))).toBe(saved);
});

test("a page that is not secure is refused with the way out", async ({ page }) => {
  const web = path.join(HERE, "../../web");
  await page.route("http://insecure.test/**", route =>
    route.fulfill({ path: path.join(web, new URL(route.request().url()).pathname) }),
  );
  await open(page, "http://insecure.test/stores.html");
  for (const [store, label] of Object.entries(KINDS)) {
    expect((await opened(page, { store })).message).toBe(
      `${label} 'default' cannot be locked against other tabs: this page is not secure, so there are no Web Locks: ` +
        "serve it by https or from localhost; or say lock: false if no other tab uses it",
    );
    expect(await once(page, { store, lock: false }, "Memory.n = 1 return Memory.n")).toEqual([1]);
  }
});
