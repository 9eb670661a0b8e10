// The files of the official suite that the patches could break, natively, with assertions and a safepoint nearly everywhere.
import assert from 'node:assert/strict';
import test from 'node:test';
import { suiteFolder } from '../suite/download.mjs';
import { patched, runNative } from './native.mjs';

const FILES = ['coroutine', 'errors', 'events', 'locals', 'calls', 'gc', 'cstack', 'db', 'closure', 'nextvar', 'goto', 'vararg', 'pm', 'sort', 'strings'];

const folder = suiteFolder();
const program = patched();

for (const name of FILES) {
  test(`${name}.lua passes natively with the patches`, () => {
    const source = `_soft, _port, _nomsg, arg = true, true, true, {} assert(loadfile("${name}.lua"))("${name}")`;
    const { ok, text } = runNative(program, source, ['short slices'], folder);
    assert.ok(ok, text.slice(-2000));
  });
}
