#!/bin/sh
# The long form of the kill tests of programs: `npm run durable -- KILLS`, of browsers; of processes five times as many.
set -eu
cd "$(dirname "$0")/../.."

kills=${1:-100}
sh build.sh
KILLS=$((5 * kills)) node --test tests/durable/kill.test.mjs
sh tests/browser/install-chromium.sh
KILLS=$kills node_modules/.bin/playwright test -c tests/browser durable.spec.js
