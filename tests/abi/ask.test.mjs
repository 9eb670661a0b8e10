// Work that no error may leave asks the host all the same, so that a script is stopped soon after it (lua/patches/15).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviced } from './serviced.mjs';

const MEGABYTES = 's = ("x"):rep(1 << 12):rep(1 << 12)';
/** What makes the data, one piece of work that grows with it, and how often at least the host is asked within. */
const WORK = {
  'a hash of a string of 16 MiB': [MEGABYTES, 'local _ = ({})[s]', 60],
  'copies of a string of 16 MiB': [MEGABYTES, 'local _ = s .. "y"', 15],
  'a repetition of a string of 16 MiB': [MEGABYTES, 's:rep(2)', 30],
  'a change to generational mode with 200,000 tables': [
    'collectgarbage("incremental") t = {} for i = 1, 2e5 do t[i] = { i } end', 'collectgarbage("generational")', 10,
  ],
  'a mark of a table of 2,000,000 elements': ['t = {} for i = 1, 2e6 do t[i] = i end', 'collectgarbage()', 10],
};

/** The host counts its questions, and says yes to the one numbered `stopAt`. */
function counting() {
  const host = { asked: 0, stopAt: Infinity };
  host.lua = serviced({ config: 'memory_limit=134217728', interrupt: () => (++host.asked === host.stopAt ? '' : undefined) });
  return host;
}

for (const [name, [prepare, work, least]] of Object.entries(WORK)) {
  test(`${name} asks often, and can be stopped within`, () => {
    const host = counting();
    host.lua.run(prepare);
    host.asked = 0;
    host.lua.run(`${work} done = 1`);
    assert.ok(host.asked >= least, `${host.asked} questions`);

    host.lua.run(`${prepare} done = nil`);
    [host.asked, host.stopAt] = [0, 3];
    const { ok, text } = host.lua.eval(`pcall(function() ${work} end) done = 2`);
    assert.ok(!ok && /^interrupted\nstack traceback:\n/.test(text), text);
    assert.equal(host.asked, 3);
    assert.equal(host.lua.run('return done'), 'nil');
  });
}
