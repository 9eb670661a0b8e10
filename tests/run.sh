#!/bin/sh
# Every test, in the order of what they build on: the module and its contract, the crate natively,
# the module in Node, the page in a browser. `npm test` runs this.
set -eu
cd "$(dirname "$0")/.."

sh build.sh
. target/env.sh
sh tests/browser/install-chromium.sh
cargo test --locked
find tests -name '*.test.mjs' -print | sort | xargs node --test
node_modules/.bin/playwright test -c tests/browser
