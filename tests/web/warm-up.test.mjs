// Warming up: the engine has compiled for speed before the first run, by an instance that leaves no trace.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const MODULE = JSON.stringify(new URL("../../js/dist/index.js", import.meta.url));
const WAIT = "await new Promise((resolve) => setTimeout(resolve, 700));";

/** What a process says that runs `script`, with V8's report of each function that it compiles; `made` counts instances. */
async function report(script) {
  const source = `
    import { LuaPersistent } from ${MODULE};
    let made = 0;
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (...args) {
      made++;
      return new Instance(...args);
    };
    ${script}`;
  const flags = ["--trace-wasm-compilation-times", "--input-type=module", "--eval"];
  return (await run(process.execPath, [...flags, source], { timeout: 60_000 })).stdout;
}

/** How many functions V8 had compiled with its second compiler before the line that begins with `mark`. */
const compiledBefore = (text, mark) => {
  const end = text.search(new RegExp(`^${mark}`, "m"));
  return text.slice(0, end).match(/ using TurboFan/g)?.length ?? 0;
};

const WAYS = {
  load: options => `const lua = await new LuaPersistent().load(undefined, ${options});`,
  open: options => `const lua = await LuaPersistent.open(${options});`,
};

for (const [way, loading] of Object.entries(WAYS)) {
  test(`${way} with warmUp: what runs often is compiled for speed before anything has run`, async () => {
    const text = await report(
      `${loading("{ warmUp: true }")} ${WAIT} console.log("\\nDONE", made, await lua.eval("return 1 + 1"));`,
    );
    assert.match(text, /^DONE 2 2$/m);
    // V8 11 compiles 57, later ones 11 with more inlined.
    assert.ok(compiledBefore(text, "DONE") > 8, text);
  });

  test(`${way} without it, as by default in Node: nothing is compiled again, and there is one instance`, async () => {
    for (const options of ["{ warmUp: false }", "{}"]) {
      const text = await report(
        `${loading(options)} ${WAIT} console.log("\\nDONE", made, await lua.eval("return 1 + 1"));`,
      );
      assert.match(text, /^DONE 1 2$/m);
      assert.equal(compiledBefore(text, "DONE"), 0, text);
    }
  });
}

test("it is done once, leaves nothing in Lua or in tables, and runs of before and after give the same", async () => {
  const text = await report(`
    const [a, b] = [await LuaPersistent.open({ warmUp: true }), await LuaPersistent.open({ warmUp: true })];
    const state = "local names = {} for name in pairs(_G) do names[#names + 1] = name end table.sort(names) "
      + "return table.concat(names, ' '), #Memory, #ext.names()";
    const before = await a.eval(state);
    ${WAIT}
    const { externalTableCount, externalTableItems } = a.getStats();
    console.log("\\nDONE", made, before === await a.eval(state), before === await b.eval(state), externalTableCount, externalTableItems);`);
  assert.match(text, /^DONE 3 true true 0 0$/m);
});

test("a program in Node that has come to its end does not wait for it", async () => {
  const text = await report(`
    await LuaPersistent.open({ warmUp: true });
    process.on("exit", () => console.log("\\nDONE", made));`);
  assert.match(text, /^DONE 1$/m);
});

test("a worker warms up what it runs", async () => {
  const text = await report(`
    const lua = await LuaPersistent.openWorker({ warmUp: true });
    const busy = setInterval(() => {}, 100);
    ${WAIT}
    clearInterval(busy);
    console.log("\\nDONE", made, await lua.eval("return 1 + 1"));
    await lua.close();`);
  assert.match(text, /^DONE 0 2$/m);
  // V8 11 compiles 57, later ones 11 with more inlined.
  assert.ok(compiledBefore(text, "DONE") > 8, text);
});

test("warmUp is true or false", async () => {
  const { LuaPersistent } = await import("../../js/dist/index.js");
  await assert.rejects(LuaPersistent.open({ warmUp: 1 }), {
    name: "TypeError",
    message: "open: warmUp is 1, and must be true or false",
  });
});
