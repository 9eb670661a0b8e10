#!/bin/sh
# web/lua-exnref.wasm in wasmtime, with its default stack: every recursion there is, and random
# programs, must answer as web/lua.wasm does in Node. wasmtime comes from PyPI. Usage: npm run wasmtime
set -eu
cd "$(dirname "$0")/../.."

[ -x target/wasmtime/bin/python ] || python3 -m venv target/wasmtime
target/wasmtime/bin/pip install --quiet --disable-pip-version-check wasmtime==50.0.1

sh build.sh
node tests/wasmtime/expected.mjs > target/wasmtime/expected.json
target/wasmtime/bin/python tests/wasmtime/compare.py web/lua-exnref.wasm target/wasmtime/expected.json
