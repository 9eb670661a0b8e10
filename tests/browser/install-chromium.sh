#!/bin/sh
# Installs a Chromium for the browser tests, unless Debian's is there already.
set -eu
cd "$(dirname "$0")/../.."

[ ! -x /usr/bin/chromium ] || exit 0
# What Ubuntu calls by that name is a snap.
if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && . /etc/os-release && [ "$ID" = debian ]; then
  sh install.sh "Chromium" chromium
else
  echo "install-chromium.sh: fetching Playwright's Chromium (some 170 MB), unless it is there"
  npx playwright install chromium
fi
