#!/bin/sh
# Builds web/lua.wasm: finds or installs the tools, runs cargo, optimises, validates. Copies web/idb.mjs.
# dist/ is web/ with smaller scripts, for a site.
# Takes no arguments. Environment: CC, a clang >= 19; LUA_WASM_EH=exnref for the newer encoding
# of exceptions (default: legacy, which every supported browser has).
set -eu
cd "$(dirname "$0")"

target=wasm32-unknown-unknown
cargo_out=target/$target/release/lua.wasm
say() { echo "build.sh: $*"; }
fail() { echo "build.sh: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# On Debian, as root, packages are installed; elsewhere the user is told what is missing.
install() {
  reason=$1; shift
  if has apt-get && [ "$(id -u)" = 0 ]; then
    say "installing $*"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >/dev/null
  else
    fail "$reason is missing. On Debian: sudo apt-get install $*"
  fi
}

# A clang >= 19 that knows wasm32, with wasm-ld and libclang of the same version.
find_clang() {
  for candidate in ${CC:-} clang-23 clang-22 clang-21 clang-20 clang-19 clang; do
    has "$candidate" || continue
    version=$("$candidate" -dumpversion | cut -d. -f1)
    [ "$version" -ge 19 ] || continue
    "$candidate" --print-targets 2>/dev/null | grep -q wasm32 || continue
    clang=$candidate
    llvm_bin=$(dirname "$(readlink -f "$(command -v "$candidate")")")
    for linker in "$llvm_bin/wasm-ld" "wasm-ld-$version" wasm-ld; do
      has "$linker" && { wasm_ld=$linker; break; }
    done
    libclang=$(ls -d "$llvm_bin"/../lib/libclang.so* "$llvm_bin"/../lib/libclang*.dylib \
      /usr/lib/*/libclang-"$version".so* 2>/dev/null | head -n 1)
    [ -n "${wasm_ld:-}" ] && [ -n "$libclang" ] && return 0
  done
  return 1
}

# rustup's stable toolchain when it has the target, else Debian's with core built from source.
find_rust() {
  if has rustc && [ -d "$(rustc --print target-libdir --target $target 2>/dev/null)" ]; then
    rust=stable
  elif has rustup && timeout 60 rustup target add $target >/dev/null 2>&1; then
    rust=stable
  elif [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library ]; then
    rust=debian
  else
    return 1
  fi
}

find_clang || {
  install "clang >= 19 with wasm32, wasm-ld and libclang" clang-22 lld-22 libclang-22-dev
  find_clang || fail "clang-22 was installed but cannot be used"
}
has node || fail "Node.js >= 20 is missing: https://nodejs.org"
# The lock npm keeps inside node_modules says whether the packages are those of ours.
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
find_rust || {
  install "the Rust target $target (rustup target add $target)" rustc-web cargo-web rust-web-src
  find_rust || fail "rustc-web was installed but cannot be used"
}

export CC_wasm32_unknown_unknown="$clang"
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$wasm_ld"
export LIBCLANG_PATH="$(dirname "$libclang")"
# For whoever builds the crate for the host: bindgen needs it there too.
mkdir -p target
echo "export LIBCLANG_PATH='$LIBCLANG_PATH'" > target/env.sh
# The one package that pages use, with its licence.
{ echo "/*!"; cat node_modules/idb/LICENSE; echo "*/"; cat node_modules/idb/build/index.js; } > target/idb.mjs
mv target/idb.mjs web/idb.mjs
# No path of this machine in the module.
export CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$PWD=lua$(printf '\037')--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
# One crate type only: cargo leaves link-time optimisation out when a library for tests is built beside.
case $rust in
  stable) cargo rustc --locked --release --target $target --lib --crate-type cdylib ;;
  debian)
    # libm for size, as the rest.
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo rustc --locked --release --target $target \
      --lib --crate-type cdylib \
      -Zbuild-std=core,compiler_builtins -Zbuild-std-features=compiler-builtins-mem \
      --config 'profile.release.package.compiler_builtins.opt-level="s"' ;;
esac

# What Lua's objects need of libc and of us, against the golden list: linked alone, every symbol
# they lack is an error that names it. (With fewer patches they need less.)
if [ ! -f target/lua.undefined ] || [ target/lua.objects -nt target/lua.undefined ]; then
  # shellcheck disable=SC2046
  "$wasm_ld" --no-entry --export-all --no-gc-sections --error-limit=0 -o target/lua.alone.wasm \
    $(cat target/lua.objects) 2>&1 | sed -n 's/.*undefined symbol: //p' | LC_ALL=C sort -u > target/lua.undefined
fi
[ -n "${LUA_PATCHES:-}" ] || diff shim-libc/undefined.txt target/lua.undefined ||
  fail "Lua needs other symbols than shim-libc/undefined.txt lists; if that is right: cp target/lua.undefined shim-libc/undefined.txt"

# Exports that rustc adds are dropped first, so that what only they keep alive goes too.
features="--mvp-features --enable-exception-handling --enable-bulk-memory --enable-sign-ext
  --enable-nontrapping-float-to-int --enable-mutable-globals"
stamp=$(cat "$cargo_out" build.sh pad-try.js lua/exports.json | cksum)
if [ ! -f web/lua.wasm ] || [ "$(cat target/lua.stamp 2>/dev/null)" != "$stamp" ]; then
  bin=node_modules/.bin
  # Inlining little: more makes it larger and no faster; and never `execute`, which must be left and
  # entered again (lua/patches/2-safepoints.patch). The lowest kilobyte is the end of the stack.
  optimise="$features --no-inline=execute --gufa-optimizing --low-memory-unused -O3 --converge --flexible-inline-max-function-size=10 --always-inline-max-function-size=4"
  # shellcheck disable=SC2086
  "$bin/wasm-metadce" $features --graph-file=lua/exports.json "$cargo_out" -g -o target/lua.dce.wasm >/dev/null
  # The same module twice: with names for `validate-wasm.js --sizes`, and without.
  # shellcheck disable=SC2086
  "$bin/wasm-opt" $optimise -g target/lua.dce.wasm -o target/lua.names.wasm
  # shellcheck disable=SC2086
  "$bin/wasm-opt" $optimise --strip-debug --strip-producers --strip-target-features \
    target/lua.dce.wasm -o target/lua.wasm
  node pad-try.js target/lua.names.wasm target/lua.wasm
  mv target/lua.wasm web/lua.wasm
  echo "$stamp" > target/lua.stamp
fi
node validate-wasm.js web/lua.wasm

# Each script by itself, with its names of classes and functions, and its relative imports.
rm -rf dist
smaller="node_modules/.bin/esbuild --minify --keep-names --legal-comments=inline --outbase=web --outdir=dist --log-level=warning"
$smaller web/*.js
$smaller --out-extension:.js=.mjs web/*.mjs web/stores/*.mjs
cp web/*.html web/*.css web/*.d.ts web/*.d.mts web/lua.wasm dist/
