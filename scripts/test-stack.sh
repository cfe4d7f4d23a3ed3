#!/bin/sh
# Builds the image, starts docker-compose.yml with a Docker engine, and runs tests/stack against it.
# Exit code 3: it could not run here, and the last line says why. Arguments go to pytest.
set -u
cd "$(dirname "$0")/.." || exit 1

say() {
    echo "test-stack: $*"
}

could_not_run() {
    say "could not run: $*"
    exit 3
}

engine=
work=
inside=

# An engine of our own lives in a temporary folder and ends with the test; what runs it goes before.
start_engine() {
    "$@" --host "$DOCKER_HOST" --data-root "$work/data" --exec-root "$work/exec" \
        --pidfile "$work/pid" >"$work/log" 2>&1 &
    engine=$!
    tries=60
    until docker info >/dev/null 2>&1; do
        kill -0 "$engine" 2>/dev/null && [ "$tries" -gt 0 ] || {
            reason=$(grep -v level=info "$work/log" | tail -n 1)
            could_not_run "the Docker engine does not start here (${reason:-it does not answer})"
        }
        tries=$((tries - 1))
        sleep 1
    done
}

end_engine() {
    [ -z "$engine" ] || { kill "$engine" && wait "$engine"; } 2>/dev/null
    engine=
}

# Images are fetched by an engine that makes no network. The stack then runs in a network namespace, so
# that nothing beside it, such as a browser that loads a page, sees this machine's networks change.
own_engine() {
    [ "$(id -u)" -eq 0 ] || could_not_run "no Docker engine answers, and only root can start one"
    for tool in dockerd:docker.io ip:iproute2 unshare:util-linux; do
        command -v "${tool%:*}" >/dev/null 2>&1 ||
            could_not_run "no Docker engine answers, and there is none to start (Debian package ${tool#*:})"
    done
    work=$(mktemp -d)
    trap 'end_engine; rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    export DOCKER_HOST="unix://$work/docker.sock"
    start_engine dockerd --bridge=none --iptables=false
    base_images
    end_engine
    # shellcheck disable=SC2016
    start_engine unshare --net sh -c 'ip link set lo up && exec dockerd "$@"' dockerd
    inside="nsenter --net=/proc/$engine/ns/net"
    say "started a Docker engine for this test"
}

default() {
    sed -n "s/^$1=//p" .env.example
}

pull() {
    docker image inspect "$1" >/dev/null 2>&1 || timeout 600 docker pull --quiet "$1" >/dev/null 2>&1
}

# All base images or none: a half-real stack would be hard to tell from a real one.
base_images() {
    if pull "$(default PYTHON_IMAGE)" && pull "$(default TIMESCALEDB_IMAGE)" &&
        pull "$(default GRAFANA_IMAGE)"; then
        export CELADOR_STACK=images
        image=$(default PYTHON_IMAGE)
    else
        say "no image registry can be reached; Debian's Python and PostgreSQL stand in for the images"
        reason=$(sh tests/stack/standin/build.sh 2>&1) || could_not_run "$reason"
        say "Grafana has no stand-in: its service is left out"
        export CELADOR_STACK=stand-ins
        image=celador-standin-python
    fi
    python=$(docker run --rm --network none "$image" \
        python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') ||
        could_not_run "the engine cannot run containers here"
    sh scripts/wheels.sh build/wheels "$python" || exit 1
}

docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null 2>&1 ||
    could_not_run "there is no Docker Compose (Debian packages docker.io, docker-compose)"
if docker info >/dev/null 2>&1; then base_images; else own_engine; fi
$inside .venv/bin/python -m pytest tests/stack -m stack "$@"
code=$?
# pytest's own 3 is that it broke, which is no reason to let it pass.
[ "$code" -ne 3 ] || code=1
exit "$code"
