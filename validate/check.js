// Checks the bytes of a module against the contract: the rules, and this engine's own verdict.
import { readModule } from "./module.js";
import { Refused } from "./reader.js";
import { exceptionEncoding, violations } from "./rules.js";

/** This engine's own verdict on the code's types. Node 20 does not know exnref, so such modules go unasked. */
function engineViolations(bytes) {
  try {
    new WebAssembly.Module(bytes);
    return [];
  } catch (error) {
    return [`Node refuses the module: ${error.message}`];
  }
}

/**
 * Checks the bytes of a module against the contract, size excepted. Returns every violation as a sentence, the
 * encoding of exceptions ('legacy', 'exnref' or 'none') and the names of the features in use.
 */
export function check(bytes) {
  try {
    const module = readModule(bytes);
    const found = violations(module);
    const exceptions = exceptionEncoding(module);
    if (found.length === 0 && exceptions !== "exnref") found.push(...engineViolations(bytes));
    return { violations: found, exceptions, features: [...module.features.keys()].sort() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { violations: [error.message], exceptions: "none", features: [] };
  }
}
