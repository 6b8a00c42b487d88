#!/bin/sh
# Runs a command and says on standard error how long it took, whether it worked or not.
# Usage: scripts/timed.sh LABEL COMMAND [ARGUMENT...]
label=$1
shift
begin=$(date +%s)
"$@"
status=$?
end=$(date +%s)
if [ "$status" -eq 0 ]; then word=done; else word="FAILED (exit $status)"; fi
echo "== $label: $word in $((end - begin)) s" >&2
exit "$status"
