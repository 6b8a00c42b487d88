#!/bin/sh
# Installs Debian's mariadb-server where it is missing and we may, for tests of the portal's adapter; starts nothing.
# Usage: scripts/mariadb.sh   (0: it is there; 1: it is not, and why not is said)
set -eu
PATH=$PATH:/usr/sbin:/usr/local/sbin
there() { command -v mariadbd >/dev/null || command -v mysqld >/dev/null; }

if there; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "MariaDB is not installed, and there is no apt-get: install the package mariadb-server" >&2
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    echo "MariaDB is not installed, and only root may: sudo apt-get install mariadb-server" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
install() { apt-get install --yes --quiet --no-install-recommends mariadb-server >/dev/null 2>&1; }
install || { apt-get update --quiet >/dev/null 2>&1 && install; } || true
if ! there; then
    echo "MariaDB is not installed, and apt-get cannot: see what apt-get install mariadb-server says" >&2
    exit 1
fi
