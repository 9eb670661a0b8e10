#!/bin/sh
# The layout of everything (prettier, rustfmt), and what eslint sees: any finding fails. `npm run lint`; after npm ci.
set -eu
cd "$(dirname "$0")/.."

# rustup's as a component; Debian's, as root, as a package.
has_rustfmt() { rustfmt --version >/dev/null 2>&1; }
has_rustfmt || ! command -v rustup >/dev/null 2>&1 || rustup component add rustfmt
if ! has_rustfmt; then
  package=rustfmt
  dpkg -s cargo-web >/dev/null 2>&1 && package=rustfmt-web
  sh install.sh "rustfmt (rustup component add rustfmt)" $package
fi

# Each is to say what it finds, whatever the others find.
failed=
find build.rs build src tests fuzz -name target -prune -o -name '*.rs' -print | xargs rustfmt --check --edition 2021 || failed=" rustfmt"
node_modules/.bin/prettier --check --log-level warn . || failed="$failed prettier"
node_modules/.bin/eslint . || failed="$failed eslint"
if [ -n "$failed" ]; then
  echo "lint: findings of$failed; layout is put right by cargo fmt and node_modules/.bin/prettier --write ." >&2
  exit 1
fi
echo "lint: nothing found (rustfmt, prettier, eslint)"
