#!/bin/sh
# The module with the newer encoding of exceptions in wasmtime, with its default stack: every recursion there is, and random
# programs, must answer as web/lua.wasm does in Node. wasmtime comes from PyPI. Usage: npm run wasmtime
set -eu
cd "$(dirname "$0")/../.."

[ -x target/wasmtime/bin/python ] || python3 -m venv target/wasmtime
target/wasmtime/bin/pip install --quiet --disable-pip-version-check wasmtime==50.0.1

# Built beside the one that everything else uses, which is made again from what is there.
LUA_WASM_EH=exnref sh build.sh
cp web/lua.wasm target/lua.exnref.wasm
sh build.sh
node tests/wasmtime/expected.mjs > target/wasmtime/expected.json
target/wasmtime/bin/python tests/wasmtime/compare.py target/lua.exnref.wasm target/wasmtime/expected.json
