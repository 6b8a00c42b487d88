#!/bin/sh
# Tell events to those who asked, and what else of jobs to tell waits.
# Further arguments go to the command, such as --data FOLDER or --portfolio NAME.
here=$(dirname -- "$0")
# shellcheck source=cron/common.sh
. "$here/common.sh"
run_once deliver sh -c '"$0" jobs enqueue deliver "$@" && "$0" worker --once --only deliver "$@"' "$program" "$@"
