#!/bin/sh
# Builds web/lua.wasm and its twin web/lua-exnref.wasm: finds or installs the tools, runs cargo, optimises, validates. Then
# the npm package in js/dist/ and the drop-in scripts in web/, from js/; the page's scripts in web/, from web/page/.
# Takes no arguments. Environment: CC, a clang >= 19.
set -eu
cd "$(dirname "$0")"

target=wasm32-unknown-unknown
cargo_out=target/$target/release/lua.wasm
started=$(date +%s)
say() { echo "build.sh: $*"; }
fail() { echo "build.sh: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

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

add_target() {
  say "adding Rust's target $target (20 MB)"
  timeout 60 rustup target add $target || { say "rustup cannot add it, for the reason above"; return 1; }
}

# rustup's stable toolchain when it has the target, else Debian's with core built from source.
find_rust() {
  if has rustc && [ -d "$(rustc --print target-libdir --target $target 2>/dev/null)" ]; then
    rust=stable
  elif has rustup && add_target; then
    rust=stable
  elif [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library ]; then
    rust=debian
  else
    return 1
  fi
}

# What fetches shows its own errors; what they most often mean is said after.
fetch() {
  what=$1; shift
  "$@" || fail "$what could not be fetched, for the reason above: is there a network?"
}

has node && node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' || fail "Node.js >= 20 is missing: https://nodejs.org"
has npm || fail "npm is missing, which comes with Node.js: https://nodejs.org (Debian: apt-get install npm)"
find_clang || {
  sh install.sh "clang 19 or later, with wasm32, wasm-ld and libclang," \
    "clang-22 lld-22" "clang-21 lld-21" "clang-20 lld-20" "clang-19 lld-19"
  find_clang || fail "clang was installed but cannot be used"
}
find_rust || {
  sh install.sh "cargo with the target $target (https://rustup.rs, then rustup target add $target)" "rustc-web cargo-web rust-web-src"
  find_rust || fail "rustc-web was installed but cannot be used"
}
# rustc links the programs of the build itself with it.
has cc || sh install.sh "a C compiler for this machine (cc)" "gcc libc6-dev"
# The lock npm keeps inside node_modules says whether the packages are those of ours.
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "fetching npm's packages (60 MB)"
  fetch "npm's packages" npm ci --no-audit --no-fund --loglevel=error \
    --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=10000
  touch node_modules/.package-lock.json
fi

export CC_wasm32_unknown_unknown="$clang"
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$wasm_ld"
export LIBCLANG_PATH="$(dirname "$libclang")"
# For whoever builds the crate for the host: bindgen needs it there too.
mkdir -p target
echo "export LIBCLANG_PATH='$LIBCLANG_PATH'" > target/env.sh
# No path of this machine in the module; no addresses that loops carry along, and little inlining: both are larger.
export CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$PWD=lua$(printf '\037')--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo$(printf '\037')-Cllvm-args=-disable-lsr -inline-threshold=25"
[ -f "$cargo_out" ] || {
  say "fetching Rust's packages (10 MB)"
  fetch "Rust's packages" cargo fetch --locked --target $target --target "$(rustc -vV | sed -n 's/^host: //p')"
  say "compiling (half a minute, or more on a busy machine)"
}
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
# they lack is an error that names it. (With fewer patches, or without steps, they need less.)
if [ ! -f target/lua.undefined ] || [ target/lua.objects -nt target/lua.undefined ]; then
  # shellcheck disable=SC2046
  "$wasm_ld" --no-entry --export-all --no-gc-sections --error-limit=0 -o target/lua.alone.wasm \
    $(cat target/lua.objects) 2>&1 | sed -n 's/.*undefined symbol: //p' | LC_ALL=C sort -u > target/lua.undefined
fi
# Before LLVM 22 the compiler itself imports what setjmp becomes, and the linker does not miss it.
jumps='^$'
[ "$version" -ge 22 ] || jumps='^__c_longjmp$\|^__wasm_'
grep -v "$jumps" shim-libc/undefined.txt > target/lua.expected
[ -n "${LUA_PATCHES:-}${LUA_STEPS:-}" ] || diff target/lua.expected target/lua.undefined ||
  fail "Lua needs other symbols than shim-libc/undefined.txt lists; if that is right: cp target/lua.undefined shim-libc/undefined.txt"

# Exports that rustc adds are dropped first, so that what only they keep alive goes too.
features="--mvp-features --enable-exception-handling --enable-bulk-memory --enable-sign-ext
  --enable-nontrapping-float-to-int --enable-mutable-globals"
stamp=$(cat "$cargo_out" build.sh order-functions.js pad-try.js validate/*.js lua/exports.json | cksum)
if [ ! -f web/lua.wasm ] || [ "$(cat target/lua.stamp 2>/dev/null)" != "$stamp" ]; then
  bin=node_modules/.bin
  say "optimising (some ten seconds)"
  # Inlining little: more makes it larger and no faster; and never `execute`, which must be left and
  # entered again (lua/patches/0002-safepoints.patch). The lowest kilobyte is the end of the stack.
  # -Oz and what follows find more behind -O3, and cost no speed.
  optimise="$features --no-inline=execute --gufa-optimizing --low-memory-unused -O3 --converge --flexible-inline-max-function-size=10 --always-inline-max-function-size=4
    -Oz --simplify-locals-nostructure --coalesce-locals --reorder-locals --vacuum"
  # shellcheck disable=SC2086
  "$bin/wasm-metadce" $features --graph-file=lua/exports.json "$cargo_out" -g -o target/lua.dce.wasm >/dev/null
  # As text, where every copy can be made to ask the host when it is long (lua/safepoint.c): those of C and Rust, and of the
  # allocator when a block that grows must move. Blocks that overlap would be copied wrongly, but nothing in the module calls
  # `memmove` or Rust's `copy`. A build without steps has no such function (lua/steps_off.h).
  # shellcheck disable=SC2086
  "$bin/wasm-opt" $optimise -g -S target/lua.dce.wasm -o target/lua.optimised.wat
  if grep -q '^ (func $lua_copybytes ' target/lua.optimised.wat; then
    awk '/^ \(func /{asks = /\$lua_copybytes /} !asks {sub(/\(memory\.copy/, "(call $lua_copybytes")} 1' target/lua.optimised.wat
  else
    cat target/lua.optimised.wat
  fi > target/lua.wat
  # The same module twice: with names for `validate-wasm.js --sizes`, and without. Alignments are hints no engine uses;
  # without them more instructions are equal.
  write="$features --quiet --optimize-level=3 --dealign --generate-stack-ir --optimize-stack-ir target/lua.wat"
  # shellcheck disable=SC2086
  "$bin/wasm-opt" $write -g -o target/lua.names.wasm
  strip="--strip-debug --strip-producers --strip-target-features"
  # shellcheck disable=SC2086
  "$bin/wasm-opt" $write $strip -o target/lua.wasm
  # The twin: the newer encoding of exceptions, for engines that take no other. Code apart the two are equal, so that an
  # image of one goes on in the other.
  # shellcheck disable=SC2086
  "$bin/wasm-opt" $write $strip --enable-reference-types --emit-exnref -o target/lua-exnref.wasm
  node pad-try.js target/lua.names.wasm target/lua.wasm target/lua-exnref.wasm
  node order-functions.js target/lua.wasm target/lua-exnref.wasm target/lua.names.wasm
  mv target/lua.wasm web/lua.wasm
  echo "$stamp" > target/lua.stamp
fi
node validate-wasm.js web/lua.wasm

node js/build.mjs
node web/page/build.mjs
node js/include-page.mjs
node validate-wasm.js web/lua-exnref.wasm --twin-of web/lua.wasm
say "web/lua.wasm is ready, after $(($(date +%s) - started)) s"
