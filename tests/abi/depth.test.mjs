// Lua's own limits fire before the wasm stack, and before the engine's, runs out.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { open, stackSize } from './client.mjs';
import { message, programs } from './depth-programs.mjs';

const SIZE = stackSize();
const PATTERN = 0xa5;
/** The part of the wasm stack that no program may touch. */
const SPARE = SIZE / 4;

/** The lowest address that `source` writes to, of an instance at rest: what is left of the wasm stack. */
function lowWater(lua, source) {
  const stack = () => new Uint8Array(lua.memory.buffer, 0, SIZE);
  stack().fill(PATTERN);
  const answer = lua.eval(source);
  return { answer, spare: stack().findIndex((byte) => byte !== PATTERN) };
}

for (const [name, source] of Object.entries(programs)) {
  test(`recursion ends in an error with wasm stack to spare: ${name}`, (t) => {
    const lua = open();
    const { answer, spare } = lowWater(lua, source);
    t.diagnostic(`${name}: ${spare} of ${SIZE} bytes to spare`);
    assert.equal(answer.ok, false, answer.text);
    assert.match(answer.text.split('\n')[0], message);
    assert.ok(spare >= SPARE, `only ${spare} bytes of wasm stack were left`);
    assert.equal(lua.run('return 1 + 1'), '2');
  });
}

test('the measurement sees a program that goes deeper than another', () => {
  const deep = lowWater(open(), programs['gsub with a function']).spare;
  const shallow = lowWater(open(), 'return 1').spare;
  assert.ok(shallow > 0 && deep > 0 && shallow - deep > 100_000, `${shallow} and ${deep}`);
});

test('every recursion ends in the same error on a third of the default engine stack', async () => {
  const child = fileURLToPath(new URL('depth-child.mjs', import.meta.url));
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--stack-size=328', child], { maxBuffer: 1 << 24 });
  for (const [name, error] of Object.entries(JSON.parse(stdout))) assert.match(error, message, name);
});

test('recursion inside a coroutine ends in an error as on the main thread', () => {
  const lua = open();
  const source = `local co = coroutine.create(function() local function f() return (string.gsub("x", "x", f)) end f() end)
    local ok, m = coroutine.resume(co) error(m, 0)`;
  const { answer, spare } = lowWater(lua, source);
  assert.match(answer.text, /stack overflow/);
  assert.ok(spare >= SPARE, `only ${spare} bytes of wasm stack were left`);
});

test('a parser nesting of 190 levels is accepted', () => {
  assert.equal(open().run(`return ${'('.repeat(190)}1${')'.repeat(190)}`), '1');
});

test('a recursion of 190000 Lua calls is accepted', () => {
  assert.equal(open().run('local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(190000)'), '190000');
});
