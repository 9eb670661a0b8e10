// The page in a real browser: Debian's Chromium where it is installed, otherwise Playwright's own.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { defineConfig } = require("@playwright/test");

const PORT = 18917;
const DEBIAN_CHROMIUM = "/usr/bin/chromium";

module.exports = defineConfig({
  testDir: __dirname,
  outputDir: path.join(__dirname, "../../test-results"),
  forbidOnly: Boolean(process.env.CI),
  reporter: "line",
  timeout: 30_000,
  use: {
    baseURL: `http://localhost:${PORT}`,
    browserName: "chromium",
    launchOptions: {
      executablePath: fs.existsSync(DEBIAN_CHROMIUM) ? DEBIAN_CHROMIUM : undefined,
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
  webServer: {
    command: `node serve.js --port ${PORT}`,
    cwd: path.join(__dirname, "../.."),
    url: `http://localhost:${PORT}/`,
  },
});
