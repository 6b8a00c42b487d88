#!/bin/sh
# Charge the late fees that are due.
# Further arguments go to the command, such as --data FOLDER or --portfolio NAME.
here=$(dirname -- "$0")
# shellcheck source=cron/common.sh
. "$here/common.sh"
run_once late_fees "$program" late-fees --actor service:cron "$@"
