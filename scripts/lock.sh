#!/bin/sh
# Writes requirements/*.txt from pyproject.toml: exact versions and hashes for every Python and
# system that Celador supports. Keeps the versions that stand unless told otherwise:
#
#   scripts/lock.sh [--upgrade | --upgrade-package NAME]
set -u
cd "$(dirname "$0")/.." || exit 1

uv=.venv/bin/uv
[ -x "$uv" ] || uv=$(command -v uv) || {
    echo "lock: uv is needed to write the lock files; install it with: .venv/bin/pip install uv" >&2
    exit 1
}

# Nothing of the maintainer's machine (index, mirror, path) may stand in the files.
compile() {
    output=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links \
        --custom-compile-command 'make lock' --output-file "$output" "$@" ||
        { echo "lock: $output could not be written; see the lines above" >&2; exit 1; }
}

backend='import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
compile requirements/dev.txt pyproject.toml --group dev "$@"
compile requirements/run.txt pyproject.toml --constraints requirements/dev.txt --no-annotate "$@"
.venv/bin/python -c "$backend" |
    compile requirements/build.txt - --constraints requirements/dev.txt --no-annotate "$@"
