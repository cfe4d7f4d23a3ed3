#!/bin/sh
# Builds the stand-ins for the base images (README.md): celador-standin-python and -postgres.
set -eu
cd "$(dirname "$0")"

fail() {
    echo "$*" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

lay_out() {
    command -v mmdebstrap >/dev/null 2>&1 || fail "mmdebstrap is missing (Debian package mmdebstrap)"
    [ "$(id -u)" -eq 0 ] || fail "stand-ins can only be built as root"
    . /etc/os-release
    [ "${ID:-}" = debian ] || fail "stand-ins can only be built on Debian"

    # This machine's own mirrors, without what others have added to them.
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Origin: Debian' 'Identifier: Packages' 'Component: main' | sort -u >"$work/sources.list"
    [ -s "$work/sources.list" ] || fail "apt knows no Debian mirror; run: apt-get update"

    mmdebstrap --quiet --variant=essential --include=python3,python3-venv,postgresql \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=*/libLLVM*' \
        "$VERSION_CODENAME" "$work/root.tar" "$work/sources.list" </dev/null >"$work/log" 2>&1 ||
        { tail -n 20 "$work/log" >&2; fail "Debian could not be laid out with mmdebstrap"; }
    docker import "$work/root.tar" celador-standin-python >/dev/null
}

docker image inspect celador-standin-python >/dev/null 2>&1 || lay_out
docker build --quiet --network none --tag celador-standin-postgres --build-arg DEBIAN=celador-standin-python . \
    >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "the database's stand-in could not be built"; }
