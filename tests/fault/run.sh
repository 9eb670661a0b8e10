#!/bin/sh
# Fault injection with every k, natively and on web/lua.wasm; takes some minutes and prints its figures. After build.sh.
# Usage: npm run fault
set -eu
cd "$(dirname "$0")/../.."
. target/env.sh

LUA_LONG=1 cargo test --quiet --locked --manifest-path tests/fault/Cargo.toml --target-dir target
node tests/fault/run.mjs --all
