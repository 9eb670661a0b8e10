// The page in a real browser: Debian's Chromium where it is installed, otherwise Playwright's own.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const PORT = 18917;
const DEBIAN_CHROMIUM = "/usr/bin/chromium";

export default defineConfig({
  testDir: HERE,
  outputDir: path.join(HERE, "../../test-results"),
  forbidOnly: Boolean(process.env.CI),
  reporter: "line",
  timeout: 30_000,
  use: {
    baseURL: `http://localhost:${PORT}`,
    browserName: "chromium",
    // A file that one test had kept is no other test's; page-offline.spec.js has it.
    serviceWorkers: "block",
    launchOptions: {
      executablePath: fs.existsSync(DEBIAN_CHROMIUM) ? DEBIAN_CHROMIUM : undefined,
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
  webServer: {
    command: `node serve.js --port ${PORT}`,
    cwd: path.join(HERE, "../.."),
    url: `http://localhost:${PORT}/`,
  },
});
