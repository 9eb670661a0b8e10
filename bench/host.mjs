// What it costs that Lua and JavaScript talk to each other, in turns with wasmoon and quickjs-emscripten: nanoseconds for each
// call, the median of the rounds. Arguments: how many rounds (default 7); `cpu` for the time of the processor that the process
// used, all of its threads, where the machine is busy with other things.
import { LuaPersistent } from "../js/dist/index.js";
import { LuaFactory } from "wasmoon";
import { getQuickJS } from "quickjs-emscripten";
import { median } from "./statistics.mjs";

const ROUNDS = Number(process.argv[2] ?? 7);
const LONG = "x".repeat(1024);
const FIELDS = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`field${i}`, i]));
const functions = { add: (a, b) => a + b, size: s => s.length, last: t => t.field9, ready: async x => x };

/** In Lua: `...` is how often. */
const LUA = {
  "host.add(1, 2)": "local add = host.add for i = 1, ... do add(1, 2) end",
  "a string of 1 KB": 'local size, s = host.size, ("x"):rep(1024) for i = 1, ... do size(s) end',
  "a table of 10 fields":
    'local f, t = host.last, {} for i = 0, 9 do t["field" .. i] = i end for i = 1, ... do f(t) end',
  "a wait for a resolved promise": "local ready = host.ready for i = 1, ... do ready(1) end",
};
const COUNTS = [200_000, 50_000, 20_000, 20_000];

async function ours() {
  const lua = await LuaPersistent.open({ host: functions, callLimit: 1e9 });
  await lua.run("function f(a, b) return a + b end");
  const f = lua.get("f");
  return {
    rows: Object.values(LUA).map(code => count => lua.run(code, { args: [count] })),
    call: async count => {
      for (let i = 0; i < count; i++) await f.call(1, 2);
    },
    run: async count => {
      for (let i = 0; i < count; i++) await lua.run("return ...", { args: [1, 2, 3] });
    },
  };
}

async function wasmoon() {
  const lua = await new LuaFactory().createEngine();
  for (const [name, f] of Object.entries(functions)) lua.global.set(name, f);
  lua.doStringSync("function f(a, b) return a + b end");
  const f = lua.global.get("f");
  const theirs = code =>
    code.replaceAll("host.", "").replace("ready(1) end", "ready(1):await() end").replaceAll("...", "COUNT");
  return {
    rows: Object.values(LUA).map(code => count => lua.doString(theirs(code).replaceAll("COUNT", count))),
    call: count => {
      for (let i = 0; i < count; i++) f(1, 2);
    },
    // Its asynchronous doString leaves a thread on the stack, and fails after some 2,000 times.
    run: count => {
      for (let i = 0; i < count; i++) {
        [1, 2, 3].forEach((value, at) => lua.global.set(`arg${at}`, value));
        lua.doStringSync("return arg0, arg1, arg2");
      }
    },
  };
}

/** The same in JavaScript in WebAssembly. A promise there is one of its own, which our side settles. */
async function quickjs() {
  const vm = (await getQuickJS()).newContext();
  const give = (name, f) => vm.newFunction(name, f).consume(made => vm.setProp(vm.global, name, made));
  give("add", (a, b) => vm.newNumber(functions.add(vm.getNumber(a), vm.getNumber(b))));
  give("size", s => vm.newNumber(functions.size(vm.getString(s))));
  give("last", t => vm.newNumber(functions.last(vm.dump(t))));
  give("ready", x => {
    const deferred = vm.newPromise();
    const value = vm.getNumber(x);
    functions.ready(value).then(result => {
      vm.newNumber(result).consume(number => deferred.resolve(number));
      vm.runtime.executePendingJobs();
    });
    return deferred.handle;
  });
  const evaluate = code => vm.unwrapResult(vm.evalCode(code)).dispose();
  evaluate("function f(a, b) { return a + b }");
  const f = vm.getProp(vm.global, "f");
  const loop = (setup, body) => count => evaluate(`{ ${setup}; for (let i = 0; i < ${count}; i++) ${body} }`);
  const waits = async count => {
    const promise = vm.unwrapResult(
      vm.evalCode(`(async () => { for (let i = 0; i < ${count}; i++) await ready(1) })()`),
    );
    const settled = vm.resolvePromise(promise);
    vm.runtime.executePendingJobs();
    vm.unwrapResult(await settled).dispose();
    promise.dispose();
  };
  const numbers = (...values) => values.map(value => vm.newNumber(value));
  return {
    rows: [
      loop("", "add(1, 2)"),
      loop(`const s = ${JSON.stringify(LONG)}`, "size(s)"),
      loop(`const t = ${JSON.stringify(FIELDS)}`, "last(t)"),
      waits,
    ],
    call: count => {
      for (let i = 0; i < count; i++) {
        const args = numbers(1, 2);
        vm.unwrapResult(vm.callFunction(f, vm.undefined, ...args)).dispose();
        args.forEach(arg => arg.dispose());
      }
    },
    run: count => {
      for (let i = 0; i < count; i++) {
        numbers(1, 2, 3).forEach((value, at) => value.consume(each => vm.setProp(vm.global, `arg${at}`, each)));
        evaluate("[arg0, arg1, arg2]");
      }
    },
  };
}

/** JavaScript's own await, of the same function. */
async function awaits(count) {
  for (let i = 0; i < count; i++) await functions.ready(1);
}

/** Milliseconds. */
function now() {
  if (process.argv[3] !== "cpu") return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function nanoseconds(work, count) {
  const from = now();
  await work(count);
  return ((now() - from) * 1e6) / count;
}

const engines = { ours: await ours(), wasmoon: await wasmoon(), quickjs: await quickjs() };
const names = [...Object.keys(LUA), "call of a Lua function", "run with 3 arguments"];
const counts = [...COUNTS, 20_000, 10_000];
const workOf = ({ rows, call, run }) => [...rows, call, run];
const times = names.map(() => Object.fromEntries([...Object.keys(engines), "own"].map(name => [name, []])));

for (let round = 0; round <= ROUNDS; round++) {
  for (const [row, count] of counts.entries()) {
    for (const [name, engine] of Object.entries(engines)) {
      const time = await nanoseconds(workOf(engine)[row], name === "ours" ? count : Math.ceil(count / 4));
      // The first round warms up.
      if (round > 0) times[row][name].push(time);
    }
    if (round > 0) times[row].own.push(await nanoseconds(awaits, 100_000));
  }
}

/** How many times as fast as wasmoon: the median of the rounds' own ratios, for a busy machine is slow to both. */
const toWasmoon = row => median(times[row].ours.map((time, round) => times[row].wasmoon[round] / time));
const shown = time => Math.round(time).toLocaleString("en").padStart(9);
console.log(`${"ns each, median of".padEnd(22)} ${String(ROUNDS).padEnd(8)} ours   wasmoon   quickjs  to wasmoon`);
for (const [row, name] of names.entries()) {
  const { ours, wasmoon, quickjs } = Object.fromEntries(
    Object.entries(times[row]).map(([engine, list]) => [engine, median(list)]),
  );
  console.log(`${name.padEnd(30)}${shown(ours)} ${shown(wasmoon)} ${shown(quickjs)}  ${toWasmoon(row).toFixed(1)}`);
}
const [add, , , wait, call] = times.map(({ ours }) => median(ours));
const own = median(times[3].own);
const goal = (what, isReached) => console.log(`${isReached ? "reached    " : "not reached"} ${what}`);
console.log();
goal(`1,500,000 calls of add a second: ${Math.round(1e9 / add).toLocaleString("en")}`, add <= 1e9 / 1_500_000);
goal(`3 times wasmoon in add: ${toWasmoon(0).toFixed(1)}`, toWasmoon(0) >= 3);
goal(`a wait at most 5 us beyond JavaScript's own await: ${((wait - own) / 1000).toFixed(2)}`, wait - own <= 5000);
goal(`a call of a Lua function under 2 us: ${(call / 1000).toFixed(2)}`, call < 2000);
goal(`a run with 3 arguments not slower than in wasmoon: ${toWasmoon(5).toFixed(1)} times as fast`, toWasmoon(5) >= 1);
