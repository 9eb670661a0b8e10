#!/usr/bin/env node
// Prints what each recursion leaves of the engine's stack in Chromium, in a page and in a worker.
// Usage: node tests/browser/depth-table.mjs [--only PART]
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { deepData, programs } from '../abi/depth-programs.mjs';
import pages from './depth-pages.js';
import config from './playwright.config.js';
import server from '../../serve.js';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const names = Object.keys({ ...programs, ...deepData }).filter((name) => name.includes(values.only));
const percent = (part) => `${(100 * part).toFixed(0)} %`;

async function measured(browser, run, url) {
  const page = await browser.newPage();
  await pages.openPage(page, url);
  return (await page.evaluate(run, { names: [], measured: names })).left;
}

const serving = await server.serve(0);
const url = `http://localhost:${serving.address().port}/empty.html`;
const { launchOptions } = config.use;
const browser = await chromium.launch({ ...launchOptions, args: [...launchOptions.args, pages.FLAGS] });
const columns = {};
for (const [where, run] of Object.entries(pages.RUN)) columns[where] = await measured(browser, run, url);
await browser.close();
serving.close();
serving.closeAllConnections();
console.log(`| recursion | Chromium: ${Object.keys(columns).join(' | ')} |\n|---|${'---:|'.repeat(Object.keys(columns).length)}`);
for (const name of names) console.log(`| ${name} | ${Object.values(columns).map((left) => percent(left[name])).join(' | ')} |`);
const least = Object.entries(columns).map(([where, left]) => `${percent(Math.min(...Object.values(left)))} in ${where}`);
console.log(`${names.length} recursions in Chromium. Least left of the engine stack: ${least.join(', ')}`);
