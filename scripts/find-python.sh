#!/bin/sh
# Prints the first Python that can make the project's virtual environment, or says what is missing.
# Usage: scripts/find-python.sh [PREFERRED]
usable() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for candidate in "$@" python3 python3.13 python3.12 python3.11 python3.14 python; do
    if usable "$candidate"; then
        command -v "$candidate"
        exit 0
    fi
done

{
    echo "No usable Python: the project needs Python 3.11 or later with the modules venv and ensurepip."
    for candidate in "$@" python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null 2>&1; then
            echo "  $(command -v "$candidate"): $("$candidate" --version 2>&1 | tail -n 1)"
        fi
    done
    echo "Install one (on Debian and Ubuntu: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3.12"
} >&2
exit 1
