// The exports and imports: any order, any argument, any time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, builtModule, instantiate, moduleBytes, open, stackSize } from "./client.mjs";
import { storeHost, throwing, watched, wrap } from "./hosts.mjs";

const ARGUMENTS = [
  0, 1, -1, 2, 16, 65535, 65536, 65537, 65538, 0x7fffffff, 0x80000000, -0x80000000, 0xffffffff, 0xfffffff4,
];
const EXPORTS = ["memory", "init", "eval", "get_buffer_ptr", "get_buffer_size", "get_memory_stats", "run_gc"];
const IMPORTS = ["set", "get", "delete", "size", "keys"].map(name => `js_ext_table_${name}`);

test("the module exports the seven names of the contract and nothing else", () => {
  const found = WebAssembly.Module.exports(builtModule());
  assert.deepEqual(found.map(({ name }) => name).sort(), [...EXPORTS].sort());
  for (const { name, kind } of found) assert.equal(kind, name === "memory" ? "memory" : "function");
});

test("the module imports the five functions of the contract and nothing else", () => {
  const found = WebAssembly.Module.imports(builtModule());
  assert.deepEqual(found.map(({ name }) => name).sort(), [...IMPORTS].sort());
  for (const { module, kind } of found) assert.deepEqual([module, kind], ["env", "function"]);
});

test("memory is 32 pages at the start", () => {
  assert.equal(instantiate(builtModule()).memory.buffer.byteLength, 32 * PAGE);
});

test("extra import fields are ignored", () => {
  const more = {
    __linear_memory: new WebAssembly.Memory({ initial: 1 }),
    __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: true }, 1024),
    js_ext_table_other: () => 0,
  };
  const lua = instantiate(moduleBytes(), storeHost(), more);
  assert.equal(lua.exports.init(), 0);
  assert.equal(lua.run("return 1 + 1"), "2");
});

test("init called again returns 0 and keeps the state", () => {
  const lua = open();
  lua.run("x = 42");
  assert.equal(lua.exports.init(), 0);
  assert.equal(lua.run("return x"), "42");
});

test("eval before init is an error, and init works after it", () => {
  const lua = instantiate(builtModule());
  for (const length of ARGUMENTS) assert.ok(lua.exports.eval(length) < 0, `eval(${length})`);
  assert.ok(lua.eval("return 1").text.length > 0);
  assert.equal(lua.exports.init(), 0);
  assert.equal(lua.run("return 1"), "1");
});

test("run_gc and get_memory_stats before init do nothing harmful", () => {
  const lua = instantiate(builtModule());
  lua.exports.run_gc();
  assert.deepEqual(lua.stats(), { ioBufferSize: 65536, luaMemoryUsed: 0, wasmPages: 32 });
  assert.equal(lua.exports.init(), 0);
  assert.equal(lua.run("return 1"), "1");
});

test("the buffer has 65536 bytes, lies inside memory and never moves", () => {
  const lua = instantiate(builtModule());
  const at = lua.exports.get_buffer_ptr();
  assert.equal(lua.exports.get_buffer_size(), 65536);
  assert.ok(at >= stackSize() && at + 65536 <= lua.memory.buffer.byteLength);
  lua.exports.init();
  lua.run("local t = {} for i = 1, 300000 do t[i] = {} end");
  lua.exports.run_gc();
  assert.equal(lua.exports.get_buffer_ptr(), at);
  assert.equal(lua.exports.get_buffer_size(), 65536);
});

test("eval of a length above the buffer is an error for every such length", () => {
  const lua = open();
  lua.buffer.fill(0x20);
  for (const length of ARGUMENTS.filter(length => length >>> 0 > 65536)) {
    const { ok, text } = lua.answer(lua.exports.eval(length));
    assert.equal(ok, false, `eval(${length})`);
    assert.match(text, /buffer/);
  }
  assert.equal(lua.run("return 1"), "1");
});

test("calls with too many, too few or odd arguments do not trap", () => {
  const lua = open();
  lua.buffer.fill(0x20);
  for (const argument of [undefined, null, NaN, "7", 1.5, -0.5, {}, []]) {
    lua.exports.eval(argument);
    lua.exports.get_memory_stats(argument);
    lua.exports.init(argument);
    lua.exports.run_gc(argument);
  }
  assert.equal(lua.run("return 1"), "1");
});

test("get_memory_stats with a null or out-of-range pointer writes nothing", () => {
  const lua = open();
  const end = lua.memory.buffer.byteLength;
  const before = Buffer.from(lua.memory.buffer.slice(0));
  for (const at of [0, end - 11, end - 8, end - 4, end - 1, end, end + 1, ...ARGUMENTS.filter(at => at >>> 0 > end)]) {
    lua.exports.get_memory_stats(at);
    // The wasm stack below its resting pointer may change, nothing else.
    const after = Buffer.from(lua.memory.buffer);
    assert.ok(before.subarray(stackSize()).equals(after.subarray(stackSize())), `get_memory_stats(${at}) wrote`);
    assert.ok(before.subarray(0, 1024).equals(after.subarray(0, 1024)), `get_memory_stats(${at}) wrote low`);
  }
});

test("get_memory_stats writes at any alignment, up to the last byte of memory", () => {
  const lua = open();
  const end = lua.memory.buffer.byteLength;
  const truth = lua.stats();
  for (const at of [end - 12, end - 13, end - 14, end - 15, 1, 2, 3, 5])
    assert.deepEqual(lua.stats(at), truth, `at ${at}`);
});

test("get_memory_stats writes twelve bytes and no more", () => {
  const lua = open();
  const at = lua.exports.get_buffer_ptr() + 101;
  const bytes = new Uint8Array(lua.memory.buffer, at - 4, 20).fill(0xee);
  lua.exports.get_memory_stats(at);
  assert.deepEqual([...bytes.subarray(0, 4), ...bytes.subarray(16)], Array(8).fill(0xee));
});

test("wasm_pages is the size of memory, also when it has grown", () => {
  const lua = open();
  assert.equal(lua.stats().wasmPages, lua.memory.buffer.byteLength / PAGE);
  lua.run('s = string.rep("x", 10000000)');
  assert.ok(lua.stats().wasmPages > 32);
  assert.equal(lua.stats().wasmPages, lua.memory.buffer.byteLength / PAGE);
});

test("wasm_pages counts pages that the host has added", () => {
  const lua = open();
  lua.memory.grow(3);
  assert.equal(lua.stats().wasmPages, 35);
  assert.equal(lua.run('return #string.rep("x", 5000000)'), "5000000");
});

test("lua_memory_used grows and shrinks with live data", () => {
  const lua = open();
  lua.run("s = nil");
  const empty = lua.liveBytes();
  lua.run('s = string.rep("x", 100000)');
  const full = lua.liveBytes();
  assert.ok(full - empty >= 100_000 && full - empty < 101_000, `grew by ${full - empty}`);
  lua.run("s = nil");
  const again = lua.liveBytes();
  assert.ok(Math.abs(again - empty) < 1000, `${again} is not near ${empty}`);
});

test('collectgarbage("count") agrees with lua_memory_used', () => {
  const lua = open();
  for (const source of ["", "t = {} for i = 1, 20000 do t[i] = {i} end", "t = nil"]) {
    lua.run(source);
    lua.exports.run_gc();
    // The chunk and its result are the only difference.
    const counted = Number(
      lua.run('collectgarbage("stop") return string.format("%d", collectgarbage("count") * 1024)'),
    );
    assert.ok(Math.abs(lua.stats().luaMemoryUsed - counted) < 4096, `${lua.stats().luaMemoryUsed} and ${counted}`);
    lua.run('collectgarbage("restart")');
  }
});

test("run_gc frees what is unreachable and runs finalizers", () => {
  const lua = open();
  lua.run(
    'collectgarbage("stop") ran = 0 for i = 1, 10 do setmetatable({}, {__gc = function() ran = ran + 1 end}) end',
  );
  lua.exports.run_gc();
  assert.equal(lua.run("return ran"), "10");
});

test("run_gc discards what finalizers print", () => {
  const lua = open();
  lua.run('setmetatable({}, {__gc = function() print("from the finalizer") end})');
  lua.exports.run_gc();
  assert.equal(lua.run("return 1"), "1");
});

/** Runs `source` with a host that calls `inside(lua)` ahead of every import call named `method`. */
function reenter(method, source, inside) {
  let lua;
  let calls = 0;
  const host = watched(storeHost(), name => {
    if (name !== method || !lua) return;
    calls++;
    inside(lua);
  });
  lua = open(host);
  const answer = lua.eval(source);
  return { lua, answer, calls };
}

const TRIGGERS = {
  set: 'print("before") Memory.x = 1 return Memory.x',
  get: 'print("before") Memory.x = 1 return Memory.x',
  delete: 'print("before") Memory.x = 1 Memory.y = nil return Memory.x',
  size: 'print("before") Memory.x = 1 return Memory.x, #Memory',
  keys: 'print("before") Memory.x = 1 for key in pairs(Memory) do end return Memory.x',
};
const ANSWERS = { size: "before\n1\t0" };

for (const [method, source] of Object.entries(TRIGGERS)) {
  test(`every export called from inside ${method} returns, and the outer eval is undisturbed`, () => {
    const { lua, answer, calls } = reenter(method, source, inner => {
      const nested = inner.eval('x = "nested" print("nested")');
      assert.equal(nested.ok, false);
      assert.match(nested.text, /busy|running|import/);
      for (const length of ARGUMENTS) assert.ok(inner.exports.eval(length) < 0);
      assert.equal(inner.exports.init(), 0);
      inner.exports.run_gc();
      assert.equal(inner.stats().wasmPages, inner.memory.buffer.byteLength / PAGE);
      assert.equal(inner.exports.get_buffer_size(), 65536);
    });
    assert.ok(calls > 0, `${method} was not called`);
    assert.equal(answer.text, ANSWERS[method] ?? "before\n1");
    assert.equal(lua.run("return x"), "nil");
  });

  test(`a host that throws out of ${method} leaves an instance whose calls are errors and never traps`, () => {
    let armed = false;
    const lua = open(throwing(storeHost(), name => armed && name === method));
    armed = true;
    assert.throws(() => lua.eval(source), /the host threw/);
    armed = false;
    for (let round = 0; round < 1000; round++) {
      const { ok, text } = lua.eval("return 1");
      assert.equal(ok, false);
      assert.ok(text.length > 0);
    }
    for (const length of ARGUMENTS) assert.ok(lua.exports.eval(length) < 0);
    lua.exports.init();
    lua.exports.run_gc();
    assert.equal(lua.stats().wasmPages, 32);
    assert.equal(lua.exports.get_buffer_size(), 65536);
  });

  test(`a host that throws out of ${method} inside pcall, a coroutine and a metamethod reaches the caller of eval`, () => {
    let armed = false;
    const lua = open(throwing(storeHost(), name => armed && name === method));
    armed = true;
    const deep = `local t = setmetatable({}, {__index = function() ${source} end})
      return pcall(coroutine.wrap(function() return pcall(function() return t.x end) end))`;
    assert.throws(() => lua.eval(deep), /the host threw/);
    armed = false;
    assert.equal(lua.eval("return 1").ok, false);
  });
}

test("a host that throws whatever it is asked, init included, never makes a call trap", () => {
  const lua = instantiate(builtModule(), throwing(storeHost()));
  const attempt = call => {
    try {
      return call();
    } catch (error) {
      assert.ok(!(error instanceof WebAssembly.RuntimeError), String(error));
      assert.match(error.message, /the host threw/);
    }
  };
  attempt(() => lua.exports.init());
  for (const source of ["return Memory.x", "Memory.x = 1", "return #Memory", "return 1"])
    attempt(() => lua.eval(source));
  attempt(() => lua.exports.run_gc());
  attempt(() => lua.exports.init());
  assert.equal(lua.stats().wasmPages, 32);
});

test("a host function that overflows the engine stack reaches the caller and later calls are errors", () => {
  const endless = () => endless() + 1;
  let armed = false;
  const lua = open(watched(storeHost(), () => armed && endless()));
  armed = true;
  // A RangeError in most engines, an InternalError in Firefox.
  assert.throws(() => lua.eval("return pcall(function() return Memory.x end)"), /stack|recursion/);
  armed = false;
  assert.equal(lua.eval("return 1").ok, false);
});

test("a host that writes into the I/O buffer while a script runs changes nothing", () => {
  let lua;
  const host = wrap(storeHost(), {
    get() {
      lua?.buffer.fill(0x21);
      return -1;
    },
  });
  lua = open(host);
  assert.equal(lua.run('print("a") local x = Memory.x print("b") return x, "end"'), "a\nb\nnil\tend");
  assert.match(lua.fail('local x = Memory.x error("the message")'), /eval:1: the message/);
});

test("get_memory_stats may be called from inside an import with a pointer to anything it owns", () => {
  const { answer } = reenter("get", "return Memory.x", lua => lua.stats(lua.exports.get_buffer_ptr() + 7));
  assert.equal(answer.text, "nil");
});
