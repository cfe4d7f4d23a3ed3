#!/bin/sh
# Prints the Python to build .venv with; fails with one sentence when there is none.
# A Python that can make virtual environments at once is preferred to one that first needs a
# package (Debian and Ubuntu keep ensurepip apart from python3).
set -u

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
can_venv='import ensurepip, venv'

incomplete=
for name in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    path=$(command -v "$name" 2>/dev/null) || continue
    # Launchers of version managers are found but may start nothing: only running tells.
    "$path" -c "$new_enough" >/dev/null 2>&1 || continue
    if "$path" -c "$can_venv" >/dev/null 2>&1; then
        echo "$path"
        exit 0
    fi
    [ -n "$incomplete" ] || incomplete=$path
done

if [ -n "$incomplete" ]; then
    echo "$incomplete"
    exit 0
fi

if [ -n "${PYTHON:-}" ]; then
    echo "PYTHON=$PYTHON is not a Python 3.11 or newer; name one that is, or leave PYTHON unset." >&2
elif [ "$(uname -s)" = Darwin ]; then
    echo "Celador needs Python 3.11 or newer and none was found; install one with: brew install python@3.13" >&2
else
    echo "Celador needs Python 3.11 or newer and none was found; install one, on Debian 12 or Ubuntu 24.04 and newer with: sudo apt-get install python3 python3-venv (Ubuntu 22.04: python3.11 python3.11-venv)" >&2
fi
exit 1
