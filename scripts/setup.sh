#!/bin/sh
# Makes .venv and installs the locked dependencies and Celador itself (editable) in it.
#
#   scripts/setup.sh run    what the program needs
#   scripts/setup.sh dev    the same and what the checks and tests need
set -u
cd "$(dirname "$0")/.." || exit 1

venv=.venv
python=$venv/bin/python

fail() {
    echo "setup: $*" >&2
    exit 1
}

# Debian and Ubuntu: python3 without the package python3.x-venv cannot make a usable environment.
ensure_venv_module() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    command -v apt-get >/dev/null 2>&1 ||
        fail "$1 cannot make virtual environments (its module ensurepip is missing); install a complete Python 3.11 or newer, or name one with: make PYTHON=/path/to/python3"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=sudo
    else
        fail "$1 cannot make virtual environments yet; install what it lacks with: sudo apt-get install $package"
    fi
    echo "Installing the system package $package, which $1 needs to make virtual environments ..."
    install_package || { $as_root apt-get update -qq >/dev/null 2>&1 && install_package; }
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "$package could not be installed; install it with: sudo apt-get install $package"
}

install_package() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$package" >/dev/null 2>&1
}

usable() {
    # The environment knows where it was made: one that was moved or copied runs the other place's files.
    "$python" - "$PWD/$venv" >/dev/null 2>&1 <<'PROBE'
import pathlib, sys
import pip
here = pathlib.Path(sys.prefix)
script = (here / "bin" / "pip").read_text(errors="replace").splitlines()[:2]
sys.exit(sys.version_info < (3, 11) or not any(sys.argv[1] in line for line in script))
PROBE
}

pip_install() {
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore \
        "$python" -m pip install -qq --no-deps "$@"
}

case ${1:-} in
run) set -- -r requirements/build.txt -r requirements/run.txt ;;
dev) set -- -r requirements/build.txt -r requirements/dev.txt ;;
*) fail "say what to set up: run or dev" ;;
esac

if ! usable; then
    found=$(sh scripts/find-python.sh) || exit 1
    ensure_venv_module "$found"
    echo "Making .venv with $("$found" -V 2>&1) ..."
    "$found" -m venv --clear "$venv" || fail "$found could not make .venv; remove .venv and try again"
fi

echo "Installing the locked dependencies ..."
pip_install --require-hashes "$@" ||
    fail "the dependencies could not be installed; check the connection to the package index and try again"
pip_install --no-build-isolation --editable . ||
    fail "Celador itself could not be installed; see the lines above"
