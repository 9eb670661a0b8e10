#!/bin/sh
# Installs Debian's packages where that can be done, as root; elsewhere says what to install, and fails.
# Usage: sh install.sh <what is missing> <packages> [<other packages that do as well>]...
set -eu

missing=$1
shift
say() { echo "install.sh: $*"; }
fail() { echo "install.sh: $*" >&2; exit 1; }

command -v apt-get >/dev/null 2>&1 ||
  fail "$missing is missing. Install it (Debian calls it $1) and run the same command again"
[ "$(id -u)" = 0 ] ||
  fail "$missing is missing. Run: sudo apt-get update && sudo apt-get install --no-install-recommends $1"

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
# Another apt-get may be at work, for test files run side by side.
apt() { DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null 2>>"$errors"; }

# The lists of packages are fetched once, and only when those that are here do not serve.
updated=
update() {
  [ -z "$updated" ] || return 1
  updated=yes
  say "fetching the lists of packages (some 14 MB)"
  apt -q update || true
}

# The first of the choices that apt knows and can install.
choose() {
  for packages in "$@"; do
    # shellcheck disable=SC2086
    apt -s install $packages >/dev/null && return 0
  done
  return 1
}

explain() {
  if grep -Eq 'ould not (resolve|connect)|Temporary failure|nable to connect|onnection (failed|timed out)|unreachable' "$errors"; then
    fail "$missing is missing, and Debian's servers cannot be reached to install it: is there a network?"
  fi
  sort -u "$errors" >&2
  fail "$missing is missing, and apt-get cannot install $1, for the reason above"
}

started=$(date +%s)
choose "$@" || { update && choose "$@"; } || explain "$1"
# shellcheck disable=SC2086
megabytes=$(apt -qq --print-uris install $packages | awk '/^.http/ { bytes += $3 } END { printf "%.0f", bytes / 1e6 }')
say "installing $packages: $megabytes MB to fetch, then a minute, or several on a busy machine"
# shellcheck disable=SC2086
apt -q install $packages || { update && apt -q install $packages; } || explain "$packages"
say "installed $packages in $(($(date +%s) - started)) s"
