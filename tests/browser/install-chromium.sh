#!/bin/sh
# Installs a Chromium for the browser tests, unless Debian's is there already.
set -eu

if [ -x /usr/bin/chromium ]; then
  exit 0
fi
if [ -f /etc/debian_version ] && [ "$(id -u)" = 0 ] && . /etc/os-release && [ "$ID" = debian ]; then
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
else
  npx playwright install chromium
fi
