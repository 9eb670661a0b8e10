// What a person does on index.html, for the tests of the page.
import { expect } from "./fixtures.js";

const cell = (page, number = 1) => page.getByRole("group", { name: `Cell ${number}`, exact: true });
const runButton = (page, number) => cell(page, number).getByRole("button", { name: "Run", exact: true });
const editor = (page, number) => cell(page, number).getByRole("textbox", { name: /^Lua code/ });
/** What the last run of a cell printed. */
const printed = (page, number) => cell(page, number).locator(".printed:visible");
/** What it returned. */
const values = (page, number) => cell(page, number).locator(".values");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const alertOf = page => page.getByRole("alert");
const notice = page => page.locator("#notice");
/** A row of the tree of what is kept, by its key. */
const kept = (page, key) =>
  page.locator("#tree .row").filter({ has: page.locator(".key").getByText(key, { exact: true }) });

/** Opens the page and waits until Lua and the editor are there. */
async function open(page, path = "/") {
  await page.goto(path);
  await ready(page);
}

async function ready(page) {
  await expect(runButton(page)).toBeEnabled();
  await expect(page.locator(".cm-content").first()).toBeVisible();
}

/** Replaces the text of an editor, which may just have come: while it draws its lines it takes a part of the text for all of it. */
async function write(page, code, number = 1) {
  await expect(async () => {
    await editor(page, number).fill(code);
    expect(await editor(page, number).textContent()).toBe(code.replaceAll("\n", ""));
  }).toPass();
}

/** Runs `code` in the first cell, when what ran before is at its end; does not wait for the end of this one. */
async function run(page, code, number = 1) {
  await expect(runButton(page, number)).toHaveAttribute("aria-disabled", "false");
  await write(page, code, number);
  await runButton(page, number).click();
}

/** Waits for the end of what runs. */
const ended = (page, number = 1) => expect(runButton(page, number)).toHaveAttribute("aria-disabled", "false");

/** Runs `code` to its end, and expects what it returned: values as Lua writes them, with spaces between. */
async function runTo(page, code, text) {
  await run(page, code);
  await expect(values(page)).toHaveText(text, { useInnerText: true });
  await ended(page);
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

/** Chooses an item of the menu Notebook. */
async function choose(page, name) {
  await page.getByText("Notebook", { exact: true }).click();
  await page.locator("#notebook-actions").getByRole("button", { name }).click();
}

export {
  alertOf,
  answer,
  button,
  cell,
  choose,
  editor,
  ended,
  kept,
  notice,
  open,
  printed,
  ready,
  run,
  runButton,
  runTo,
  values,
  write,
};
