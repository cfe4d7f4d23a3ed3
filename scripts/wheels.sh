#!/bin/sh
# Fetches the packages of the Docker image with this machine's pip, its index, proxy and certificates.
#
#   scripts/wheels.sh [FOLDER [PYTHON]]     PYTHON is the image's version, 3.13 unless said
set -u
cd "$(dirname "$0")/.." || exit 1

folder=${1:-docker/wheels}
version=${2:-3.13}
tag=cp$(echo "$version" | tr -d .)
machine=$(uname -m)
[ "$machine" != arm64 ] || machine=aarch64 # what Linux calls it

# Every C library up to that of Debian 12, on which the image stands; pip implies none of them.
set --
for minor in 5 12 17 24 26 27 28 31 34 35 36; do
    set -- "$@" --platform "manylinux_2_${minor}_$machine"
done

mkdir -p "$folder" && rm -f "$folder"/*.whl
.venv/bin/python -m pip download -qq --no-deps --require-hashes --only-binary=:all: \
    --implementation cp --python-version "$version" --abi "$tag" --abi abi3 --abi none \
    --platform "manylinux2014_$machine" --platform "manylinux2010_$machine" \
    --platform "manylinux1_$machine" "$@" \
    --dest "$folder" -r requirements/build.txt -r requirements/run.txt ||
    { echo "wheels: the packages could not be fetched; check the connection to the package index" >&2; exit 1; }
echo "wheels: $(find "$folder" -name '*.whl' | wc -l | tr -d ' ') files in $folder, for Python $version"
