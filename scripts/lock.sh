#!/bin/sh
# Pins what the project needs, with hashes and for every Python and system it supports, in requirements/.
# All files are cut from one resolution, so that a package has the same version in each of them.
# Usage: scripts/lock.sh UV [--upgrade]   (without --upgrade, pins that still fit are kept)
set -eu
uv=$1
shift
cd "$(dirname "$0")/.."
unset UV_INDEX UV_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS || true

mkdir -p requirements
whole=requirements/whole.in.txt
trap 'rm -f "$whole"' EXIT
if [ "${1:-}" = --upgrade ]; then
    rm -f requirements/*.txt
else
    cat requirements/*.txt 2>/dev/null | sed -n 's/^\([A-Za-z0-9].*[^ ]\) *\\$/\1/p' | sort -u >"$whole"
fi

compile() {
    output=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        --no-emit-package marketplace-core --output-file "$output" "$@"
    printf '%s\n' '# Made by `make lock` from pyproject.toml.' | cat - "$output" >"$output.new"
    mv "$output.new" "$output"
}

compile "$whole" pyproject.toml --all-extras \
    --group build --group test --group lint --group bench --group lock
compile requirements/core.txt pyproject.toml --constraint "$whole" --extra testing
compile requirements/build.txt --constraint "$whole" --group build
compile requirements/run.txt pyproject.toml --constraint "$whole" --extra all
compile requirements/test.txt pyproject.toml --constraint "$whole" --all-extras --group test
compile requirements/lint.txt pyproject.toml --constraint "$whole" --all-extras --group test --group lint
compile requirements/bench.txt pyproject.toml --constraint "$whole" --all-extras --group bench
compile requirements/lock.txt --constraint "$whole" --group lock
