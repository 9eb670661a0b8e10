// In a fresh process, one line: milliseconds to compile lua.wasm, and twice for an instance, init and a first eval. It imports
// nothing that would have V8 compile meanwhile.
import { readFileSync } from "node:fs";
import { NOTHING } from "./opening-host.mjs";

const bytes = readFileSync(new URL("../web/lua.wasm", import.meta.url));
const source = new TextEncoder().encode("return 1 + 1");
const times = [performance.now()];
const mark = () => times.push(performance.now());
const run = ({ exports }) => {
  new Uint8Array(exports.memory.buffer, exports.get_buffer_ptr(), source.length).set(source);
  exports.eval(source.length);
  mark();
};
const make = module => {
  const instance = new WebAssembly.Instance(module, NOTHING);
  mark();
  instance.exports.init();
  mark();
  run(instance);
};
const module = await WebAssembly.compile(bytes);
mark();
make(module);
make(module);
console.log(JSON.stringify(times.slice(1).map((time, i) => time - times[i])));
