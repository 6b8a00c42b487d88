#!/bin/sh
# Match what waits.
# Further arguments go to the command, such as --data FOLDER or --portfolio NAME.
here=$(dirname -- "$0")
# shellcheck source=cron/common.sh
. "$here/common.sh"
run_once reconcile "$program" reconcile --actor service:cron "$@"
