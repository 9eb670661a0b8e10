#!/bin/sh
# Installs the databases that tests of shared stores start, as far as they are missing.
set -eu
cd "$(dirname "$0")/../.."

has() { command -v "$1" >/dev/null 2>&1; }
# Debian has one folder for each version of PostgreSQL, in no path.
hasPostgres() { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
hasPostgres || sh install.sh "PostgreSQL" postgresql
has redis-server || has valkey-server || sh install.sh "Redis" redis-server valkey-server
