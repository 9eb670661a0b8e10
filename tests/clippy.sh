#!/bin/sh
# Clippy on the crate, for the host with all its tests and for wasm32: any warning fails. What src/ may not use at all
# is forbidden in src/lib.rs. After build.sh.
set -eu
cd "$(dirname "$0")/.."
. target/env.sh

# rustup's as a component; Debian's, as root, as a package.
has_clippy() { cargo clippy --version >/dev/null 2>&1; }
has_clippy || ! command -v rustup >/dev/null 2>&1 || rustup component add clippy
if ! has_clippy; then
  package=rust-clippy
  dpkg -s cargo-web >/dev/null 2>&1 && package=rust-web-clippy
  sh install.sh "cargo clippy (rustup component add clippy)" $package
fi

cargo clippy --quiet --locked --all-targets -- -D warnings
checked=host

target=wasm32-unknown-unknown
if [ -d "$(rustc --print target-libdir --target $target 2>/dev/null)" ]; then
  # The compiler that build.sh took, of the same LLVM as the libclang it found.
  version=$(ls "$LIBCLANG_PATH" | sed -n 's/^libclang-\([0-9]*\)\..*/\1/p' | head -n 1)
  export CC_wasm32_unknown_unknown="${CC:-clang${version:+-$version}}"
  cargo clippy --quiet --locked --release --target $target --lib -- -D warnings
  checked="host and $target"
fi
echo "clippy: no warnings ($checked)"
