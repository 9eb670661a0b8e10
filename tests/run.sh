#!/bin/sh
# Every test, in the order of what they build on: the module and its contract, the crate natively,
# the module in Node, the page in a browser. `npm test` runs this.
set -eu
cd "$(dirname "$0")/.."

sh build.sh
. target/env.sh
sh tests/engines/install.sh
sh tests/servers/install.sh || echo "tests/servers is skipped"
sh tests/lint.sh
sh tests/clippy.sh
cargo test --locked
# A crate of its own, for its allocator fails when told to.
cargo test --locked --manifest-path tests/fault/Cargo.toml --target-dir target
# Node leaves one core free otherwise, which is half of the cores of a small machine.
# The reporter repeats what failed at the end.
find tests -name '*.test.mjs' -print | sort | xargs node --test --test-reporter=spec --test-concurrency="$(node -p 'os.availableParallelism()')"
# The packed package, installed: a short form of `npm run trial`.
node tests/trial/run.mjs --short
# The module and the package in the newest Node: a short form of `npm run runtimes`.
node tests/runtimes/run.mjs --short
# The module and the package in three browsers, in a short form of `npm run browsers`.
node tests/engines/run.mjs --short
node_modules/.bin/playwright test -c tests/browser
