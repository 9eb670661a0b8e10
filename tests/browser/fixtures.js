// What every browser test shares: a page that must not log an error, and extra pages served beside web/.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { test as base, expect } from "@playwright/test";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const test = base.extend({
  /** Fails the test when the page throws, logs an error, or violates its content security policy. */
  page: async ({ page }, use) => {
    const errors = [];
    page.on("pageerror", error => errors.push(String(error)));
    page.on("console", message => message.type() === "error" && errors.push(message.text()));
    await use(page);
    expect(errors).toEqual([]);
  },

  /** Opens tests/browser/pages/<name> as if it lay in web/. */
  openExtra: async ({ page }, use) => {
    await use(async name => {
      await page.route(`**/${name}`, route => route.fulfill({ path: path.join(HERE, "pages", name) }));
      await page.goto(`/${name}`);
    });
  },
});

export { test, expect };
