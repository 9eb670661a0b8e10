// What every browser test shares: a page that must not log an error, and extra pages served beside web/.
"use strict";

const path = require("node:path");
const base = require("@playwright/test");

const test = base.test.extend({
  /** Fails the test when the page throws, logs an error, or violates its content security policy. */
  page: async ({ page }, use) => {
    const errors = [];
    page.on("pageerror", error => errors.push(String(error)));
    page.on("console", message => message.type() === "error" && errors.push(message.text()));
    await use(page);
    base.expect(errors).toEqual([]);
  },

  /** Opens tests/browser/pages/<name> as if it lay in web/. */
  openExtra: async ({ page }, use) => {
    await use(async name => {
      await page.route(`**/${name}`, route => route.fulfill({ path: path.join(__dirname, "pages", name) }));
      await page.goto(`/${name}`);
    });
  },
});

module.exports = { test, expect: base.expect };
