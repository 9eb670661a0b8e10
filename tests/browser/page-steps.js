// What a person does on index.html, for the tests of the page.
import { expect } from "./fixtures.js";

const output = page => page.getByRole("status", { name: "Output" });
const editor = page => page.getByLabel("Lua code");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const alertOf = page => page.getByRole("alert");
const notice = page => page.locator("#notice");

/** Opens the page and waits until Lua is there. */
async function open(page) {
  await page.goto("/");
  await expect(button(page, "Run")).toBeEnabled();
}

/** Runs `code`, when what ran before is at its end; does not wait for the end of this one. */
async function run(page, code) {
  await expect(button(page, "Run")).toHaveAttribute("aria-disabled", "false");
  await editor(page).fill(code);
  await button(page, "Run").click();
}

/** Runs `code` to its end, and shows what it gave. */
async function runTo(page, code, text) {
  await run(page, code);
  await expect(output(page)).toHaveText(text);
  await expect(button(page, "Run")).toHaveAttribute("aria-disabled", "false");
}

/** How the next questions are answered. @returns {string[]} the questions, as they come */
function answer(page, isYes) {
  const questions = [];
  page.removeAllListeners("dialog");
  page.on("dialog", dialog => {
    questions.push(dialog.message());
    return isYes ? dialog.accept() : dialog.dismiss();
  });
  return questions;
}

export { alertOf, answer, button, editor, notice, open, output, run, runTo };
