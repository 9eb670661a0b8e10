#!/bin/sh
# web/lua-exnref.wasm in wasmtime, with its default stack: every recursion there is, and random
# programs, must answer as web/lua.wasm does in Node. wasmtime comes from PyPI. Usage: npm run wasmtime,
# or after build.sh
set -eu
cd "$(dirname "$0")/../.."

if [ ! -x target/wasmtime/bin/pip ]; then
  python3 -c 'import ensurepip' 2>/dev/null || sh install.sh "Python 3 with venv" python3-venv
  python3 -m venv target/wasmtime
fi
target/wasmtime/bin/pip install --quiet --disable-pip-version-check wasmtime==50.0.1

node tests/wasmtime/expected.mjs > target/wasmtime/expected.json
target/wasmtime/bin/python tests/wasmtime/compare.py web/lua-exnref.wasm target/wasmtime/expected.json
