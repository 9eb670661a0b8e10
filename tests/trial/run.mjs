#!/usr/bin/env node
// Packs the package, installs it into fresh projects, builds them with what people build with, and takes nine steps in each.
// One line for each: versions, and what passed or what was first wrong. The tarball itself is looked at, too.
// Usage: node tests/trial/run.mjs [--short] [--only PART-OF-A-NAME] [--keep]
//        node tests/trial/run.mjs --browsers: only what was built for pages, in Chromium, Firefox and WebKitGTK
import { parseArgs } from "node:util";
import * as chromium from "../engines/drivers/chromium.mjs";
import * as firefox from "../engines/drivers/firefox.mjs";
import * as webkit from "../engines/drivers/webkit.mjs";
import { check } from "./checks.mjs";
import { ENVIRONMENTS } from "./environments.mjs";
import { workshop } from "./project.mjs";
import { tryIn } from "./trial.mjs";

/** Projects at a time. */
const AT_ONCE = 2;

const boolean = { type: "boolean", default: false };
const { values } = parseArgs({
  options: { short: boolean, browsers: boolean, keep: boolean, only: { type: "string", default: "" } },
});
const isChosen = ({ name, isShort, inNode }) =>
  name.toLowerCase().includes(values.only.toLowerCase()) && (isShort || !values.short) && !(inNode && values.browsers);
const chosen = ENVIRONMENTS.filter(isChosen);
if (chosen.length === 0) throw new Error(`there is no environment with '${values.only}' in its name`);

const answers = [];
const say = answer => (console.log(answer.line), answers.push(answer));

async function tryAll(shop, browsers) {
  if (!values.only && !values.browsers) (await check(shop)).forEach(say);
  const rest = [...chosen];
  const work = async () => {
    for (let next; (next = rest.shift());) await tryIn(next, shop, browsers, say);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const shop = await workshop(values);
const browsers = [];
try {
  for (const { name, launch } of values.browsers ? [chromium, firefox, webkit] : [chromium])
    browsers.push({ name, ...(await launch()) });
  await tryAll(shop, browsers);
  const failed = answers.filter(({ isGood }) => !isGood).length;
  console.log(failed === 0 ? `all ${answers.length} pass` : `${failed} of ${answers.length} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await Promise.all(browsers.map(({ close }) => close()));
  if (values.keep) console.log(`the projects are in ${shop.folder}`);
}
