// A page, a worker, a whole browser that ends at a random moment while it writes: the store always opens at the state
// after some whole eval. `STORE_LONG=1` for 100 ends of each kind.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { test, expect } from "./fixtures.js";
import {
  PATIENCE,
  openWriter,
  writeUntil,
  check,
  killBrowser,
  unlessLost,
  LOSS,
  endAgainAndAgain,
  close,
  kill,
  leave,
} from "./kills.js";

const LONG = process.env.STORE_LONG === "1";

async function terminate(page) {
  await page.evaluate(() => window.end());
  await setTimeout(20);
  await page.close();
}

/** What writes, and the ways in which it ends, one after the other. */
const here = options => window.writer.here(options);
const inWorker = options => window.writer.inWorker(options);
const CASES = [
  {
    title: "indexedDB: a page that is closed, killed or left",
    store: "indexedDB",
    begin: here,
    ends: [close, kill, leave],
  },
  {
    title: "localStorage: a page that is closed, killed or left",
    store: "localStorage",
    begin: here,
    ends: [close, kill, leave],
  },
  {
    title: "indexedDB: a worker that is terminated or killed",
    store: "indexedDB",
    begin: inWorker,
    ends: [terminate, kill],
  },
];

for (const { title, store, begin, ends } of CASES) {
  test(`${title} leaves the store at a whole eval, with all that was durable`, async ({ context, baseURL }) => {
    const rounds = LONG ? 100 : ends.length;
    test.setTimeout((rounds + 1) * PATIENCE);
    await endAgainAndAgain(context, baseURL, { rounds, ends, begin, options: { store } });
  });
}

for (const store of ["indexedDB", "localStorage"]) {
  test(`${store}: a browser that is killed leaves the store at a whole eval, or says that it lost it`, async ({
    playwright,
    baseURL,
  }, info) => {
    const rounds = LONG ? 100 : 1;
    test.setTimeout((rounds + 1) * 2 * PATIENCE);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lua-browser-"));
    const launch = () => playwright.chromium.launchPersistentContext(folder, info.project.use.launchOptions);
    const options = { store };
    // Browsers keep the last seconds of localStorage in memory: older is well there, but torn is not.
    const isLate = store === "localStorage";
    const oldest = unit => (isLate ? 0 : unit);
    const within = isLate && LONG ? 8000 : 150;
    let [last, losses] = [0, 0];
    try {
      for (let i = 0; i < rounds; i++) {
        const context = await launch();
        const round = await unlessLost(
          writeUntil(context, baseURL, { begin: here, options, end: killBrowser, within }),
        );
        if (round) expect(round.found).toBeGreaterThanOrEqual(oldest(last));
        else await context.close();
        last = round ? Math.max(round.found, round.durable) : 0;
        losses += round ? 0 : 1;
      }
      const context = await launch();
      const unit = await unlessLost(check(await openWriter(context, baseURL), options));
      if (unit !== null) expect(unit).toBeGreaterThanOrEqual(oldest(last));
      await context.close();
    } finally {
      info.annotations.push({ type: "lost by the browser", description: `${losses} of ${rounds}` });
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}

test("a store that the browser lost is announced once, and then begins empty", async ({
  playwright,
  baseURL,
}, info) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lua-browser-"));
  const launch = () => playwright.chromium.launchPersistentContext(folder, info.project.use.launchOptions);
  const look = async (context, see) => {
    await see(await openWriter(context, baseURL));
    await context.close();
  };
  const options = { store: "indexedDB" };
  try {
    await look(await launch(), page =>
      page.evaluate(options => LuaPersistent.open(options).then(lua => lua.run("Memory.unit = 1")), options),
    );
    const databases = path.join(folder, "Default/IndexedDB");
    const database = fs.readdirSync(databases).find(name => name.endsWith(".leveldb"));
    const manifest = fs.readdirSync(path.join(databases, database)).find(name => name.startsWith("MANIFEST"));
    fs.writeFileSync(path.join(databases, database, manifest), "not a manifest");
    await look(await launch(), async page => {
      await expect(check(page, options)).rejects.toThrow(LOSS);
      expect(await check(page, options)).toBe(0);
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
