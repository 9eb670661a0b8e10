// A rules engine: JSON in, decisions out. Each rule runs with globals of its own over libraries that it cannot change, within
// limits; one that fails or does not end is reported, and the others run. `node examples/rules-engine.mjs` runs some.
import { LuaPersistent } from "../js/dist/index.js";

const RULES = {
  "free shipping": "local order = ... if order.total >= 50 then return { shipping = 0 } end",
  "many of one kind": `local order = ...
    for _, line in ipairs(order.lines) do
      if line.count > 9 then return { discount = 0.1, because = line.sku } end
    end`,
  "a rule that spoils the library": "string.format = nil",
  "a rule with a typing error": "local order = ... if order.totl > 5 then return {} end",
  "a rule that does not end": "while true do end",
  "a rule that counts on the library": "local order = ... return { note = string.format('%.2f', order.total) }",
};

/** @param order as JSON @returns decisions as JSON, by rule */
export async function decide(lua, rules, order) {
  const decisions = {};
  for (const [name, source] of Object.entries(rules)) {
    try {
      const { values } = await lua.run(source, { name, args: [JSON.parse(order)], env: "fresh", timeout: 100 });
      if (values[0] !== undefined) decisions[name] = values[0];
    } catch (error) {
      decisions[name] = { error: error.message, line: error.line };
    }
  }
  return JSON.stringify(decisions, null, 2);
}

export async function main(print) {
  const lua = await LuaPersistent.open({ memoryLimit: 32 * 1024 * 1024 });
  const order = '{"total":72.5,"lines":[{"sku":"A1","count":12},{"sku":"B7","count":1}],"coupon":null}';
  print(await decide(lua, RULES, order));
  await lua.close();
}

if (globalThis.process && import.meta.filename === process.argv[1]) await main(console.log);
