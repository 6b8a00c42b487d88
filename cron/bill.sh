#!/bin/sh
# Bill the present month; a second time makes nothing. PERIOD=2026-11 names another.
# Further arguments go to the command, such as --data FOLDER or --portfolio NAME.
here=$(dirname -- "$0")
# shellcheck source=cron/common.sh
. "$here/common.sh"
run_once bill "$program" bill --period "${PERIOD:-$(date +%Y-%m)}" --actor service:cron "$@"
