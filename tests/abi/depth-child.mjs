// Runs every program of depth-programs.mjs and prints, as JSON, how each failed: for an engine with a smaller stack.
import { open } from './client.mjs';
import { programs } from './depth-programs.mjs';

const results = {};
for (const [name, source] of Object.entries(programs)) {
  try {
    const { ok, text } = open().eval(source);
    results[name] = ok ? `no error: ${text.slice(0, 100)}` : text.split('\n')[0];
  } catch (error) {
    results[name] = `threw ${error}`;
  }
}
console.log(JSON.stringify(results));
