#!/bin/sh
# Write a backup into BACKUPS (default: backups), and keep the last KEEP (default: 7).
# Further arguments go to the command, such as --data FOLDER or --portfolio NAME.
here=$(dirname -- "$0")
# shellcheck source=cron/common.sh
. "$here/common.sh"
folder=${BACKUPS:-backups}
mkdir -p "$folder" || exit 1
run_once backup "$program" backup "$folder/books-$(date -u +%Y%m%dT%H%M%SZ).backup" "$@" || exit $?
# Names sort by time; only files of these names are counted and removed.
count=$(find "$folder" -maxdepth 1 -name "books-*.backup" | wc -l)
find "$folder" -maxdepth 1 -name "books-*.backup" | sort | head -n "$((count > ${KEEP:-7} ? count - ${KEEP:-7} : 0))" |
    while IFS= read -r old; do rm -f -- "$old"; done
