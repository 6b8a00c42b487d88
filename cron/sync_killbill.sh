#!/bin/sh
# Bring every lease's books here and in Kill Bill together; code 1 where they do not agree afterwards.
# Further arguments go to the command, such as --data FOLDER or --portfolio NAME.
here=$(dirname -- "$0")
# shellcheck source=cron/common.sh
. "$here/common.sh"
run_once sync-killbill "$program" sync killbill --actor service:cron "$@"
