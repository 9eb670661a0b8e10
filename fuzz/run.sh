#!/bin/sh
# Fuzzes one target under AddressSanitizer and UndefinedBehaviorSanitizer; the targets `programs`, `hooks` and `heavy`
# are web/lua.wasm, in Node.
# Usage: fuzz/run.sh <target> <minutes> [libFuzzer options]
# Environment: CC, a clang >= 19 with its compiler-rt; FUZZ_CFLAGS, more flags for the C side.
set -eu
cd "$(dirname "$0")"

fail() { echo "fuzz/run.sh: $*" >&2; exit 1; }
targets=$(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | sed 1d | tr '\n' ' ')
[ $# -ge 2 ] || fail "usage: fuzz/run.sh <target> <minutes>; targets: programs hooks heavy $targets"
target=$1 minutes=$2
shift 2
case $target in programs | hooks | heavy) exec node programs.mjs "$target" "$minutes" "$@" ;; esac
[ -f "fuzz_targets/$target.rs" ] || fail "no target $target; targets: programs hooks heavy $targets"

for clang in ${CC:-} clang-23 clang-22 clang-21 clang-20 clang-19 clang; do
  command -v "$clang" >/dev/null 2>&1 && [ "$("$clang" -dumpversion | cut -d. -f1)" -ge 19 ] && break
  clang=
done
[ -n "$clang" ] || fail "clang >= 19 is missing (Debian: clang-22 libclang-rt-22-dev)"
llvm=$(dirname "$(dirname "$(readlink -f "$(command -v "$clang")")")")
triple=$(rustc -vV | sed -n 's/^host: //p')
env_triple=$(echo "$triple" | tr - _)

# The runtime of the sanitizers is clang's, for both languages; coverage as cargo-fuzz asks for it.
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
export RUSTC_BOOTSTRAP=1
export LIBCLANG_PATH="${LIBCLANG_PATH:-$llvm/lib}"
export "CC_$env_triple=$clang"
export "CFLAGS_$env_triple=$sanitizers -fsanitize=fuzzer-no-link -fno-omit-frame-pointer -g -O1 ${FUZZ_CFLAGS:-}"
# A triple names target flags: build scripts stay as they are.
export RUSTFLAGS="-Zsanitizer=address -Zexternal-clangrt -Clinker=$clang -Clink-arg=-fsanitize=address,undefined
  -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
build=${CARGO_TARGET_DIR:-../target/fuzz}
cargo build --quiet --target "$triple" --target-dir "$build" --bin "$target"

# What was found before is kept and tried first.
corpus=$build/corpus/$target
mkdir -p "$corpus" "$build/found"
seeds=
[ -d "seeds/$target" ] && seeds=seeds/$target
dictionary=
[ -f "$target.dict" ] && dictionary=-dict=$target.dict
export ASAN_OPTIONS="allocator_may_return_null=1:detect_leaks=1:detect_stack_use_after_return=0"
export UBSAN_OPTIONS="print_stacktrace=1"
for symbolizer in "$llvm/bin/llvm-symbolizer" "$(command -v llvm-symbolizer || true)"; do
  [ ! -x "$symbolizer" ] || { export ASAN_SYMBOLIZER_PATH="$symbolizer"; break; }
done
# shellcheck disable=SC2086
exec "$build/$triple/debug/$target" -max_total_time=$((minutes * 60)) -print_final_stats=1 -timeout=30 \
  -rss_limit_mb=2048 -malloc_limit_mb=1024 -max_len=4096 -artifact_prefix="$build/found/$target-" \
  $dictionary "$@" "$corpus" $seeds
