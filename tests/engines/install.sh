#!/bin/sh
# Installs the browsers that tests run in, as far as they are missing: Chromium, Firefox, and WebKitGTK with its driver and
# a display for it.
set -eu
cd "$(dirname "$0")/../.."

sh tests/browser/install-chromium.sh
has() { command -v "$1" >/dev/null 2>&1; }
missing=
has firefox-esr || has firefox || missing="$missing firefox-esr"
has WebKitWebDriver || missing="$missing webkit2gtk-driver"
has xvfb-run || missing="$missing xvfb"
has xauth || missing="$missing xauth"
[ -z "$missing" ] || sh install.sh "A browser that the tests need" "${missing# }"
