#!/bin/sh
# Bring properties, units, occupancies and tickets in step with Condo. Cut off, the next run goes on at its page.
# Code 0: all done; 3: a part, such as where one stream stands still; 1: nothing; 2: the settings do not say all.
# Further arguments go to the command, such as --data FOLDER, --portfolio NAME, --only properties or --whole.
here=$(dirname -- "$0")
# shellcheck source=cron/common.sh
. "$here/common.sh"
run_once sync-condo "$program" sync condo --actor service:cron "$@"
