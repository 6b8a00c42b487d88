# What the scripts of this folder share: one run at a time, one line of log, the exit code passed on.
# Sourced, not run. PROGRAM names the program, LOCKS the folder of the locks.

set -u
program=${PROGRAM:-marketplace}
locks=${LOCKS:-${TMPDIR:-/tmp}}

# run_once NAME COMMAND…: run it unless a run of that name still lasts; mkdir is the lock, since it is atomic.
run_once() {
    name=$1
    shift
    lock="$locks/marketplace-$name.lock"
    if ! mkdir "$lock" 2>/dev/null; then
        holder=$(cat "$lock/pid" 2>/dev/null || true)
        if [ -n "$holder" ] && kill -0 "$holder" 2>/dev/null; then
            say "$name: skipped, run $holder still lasts"
            return 0
        fi
        rm -rf "$lock"
        mkdir "$lock" || return 1
    fi
    echo $$ >"$lock/pid"
    trap 'rm -rf "$lock"' EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    answer=$("$@" 2>&1)
    code=$?
    say "$name: code $code: $(printf '%s' "$answer" | tr -s '\n ' ' ' | cut -c 1-400 | whole_signs)"
    return "$code"
}

# whole_signs: without the half of a sign that a cut may leave at the end; as it is where there is no iconv.
whole_signs() {
    if command -v iconv >/dev/null; then iconv -c -f UTF-8 -t UTF-8 2>/dev/null; else cat; fi
}

say() {
    printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1"
}
