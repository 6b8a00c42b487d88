#!/bin/sh
# Take bookings and inquiries from Cocorico; an accepted booking becomes a draft lease. Cut off, the next run goes on.
# Code 0: all done; 3: a part, such as where one stream stands still; 1: nothing; 2: the settings do not say all.
# Further arguments go to the command, such as --data FOLDER, --portfolio NAME or --whole.
here=$(dirname -- "$0")
# shellcheck source=cron/common.sh
. "$here/common.sh"
run_once import-cocorico "$program" bookings import --actor service:cron "$@"
