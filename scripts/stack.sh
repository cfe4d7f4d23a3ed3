#!/bin/sh
# Starts, stops and shows the stack of docker-compose.yml, with Compose v2 or docker-compose 1.29.
#
#   scripts/stack.sh up | up-demo | down | logs [SERVICE]
set -u
cd "$(dirname "$0")/.." || exit 1

fail() {
    echo "stack: $*" >&2
    exit 1
}

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose "$@"
    else
        docker-compose "$@"
    fi
}

# A setting as Compose sees it: the environment goes before .env.
setting() {
    eval "value=\${$1-}"
    [ -n "$value" ] || value=$(sed -n "s/^$1=//p" .env | tail -n 1)
    echo "$value"
}

# The demonstration has volumes of its own: simulated rows never stand among real ones.
project=$( [ -f .env ] && setting COMPOSE_PROJECT_NAME )
project=${project:-celador}
demo=$project-demo

exists() {
    [ -n "$(docker ps --all --quiet --filter "label=com.docker.compose.project=$1")" ]
}

ready() {
    command -v docker >/dev/null 2>&1 ||
        fail "the command docker is missing; install Docker, on Debian with: sudo apt-get install docker.io docker-compose"
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null 2>&1 ||
        fail "Docker Compose is missing; install it, on Debian with: sudo apt-get install docker-compose"
    docker info >/dev/null 2>&1 ||
        fail "the Docker engine does not answer; start it, or let this user reach it: sudo usermod -aG docker $(id -un)"
    [ -f .env ] || fail "there is no .env yet; run: make env"
}

# What does not begin so is a volume's name to Compose, which then speaks of volumes.
as_path() {
    case $(setting "$1") in
    '' | /* | ./* | ../*) ;;
    *) fail "$1 must begin with / or ./ and is $(setting "$1"); mend it in .env" ;;
    esac
}

# Docker would make a folder where a file is missing, and the monitor would not start.
configuration() {
    as_path CELADOR_CONFIG
    file=$(setting CELADOR_CONFIG)
    [ -z "$file" ] || [ -f "$file" ] || fail "there is no file $file; mend CELADOR_CONFIG in .env"
}

# Docker would make a missing folder as root, and the exporter could not write there.
folders() {
    as_path EXPORTACIONES
    folder=$(setting EXPORTACIONES)
    folder=${folder:-./exportaciones}
    [ -d "$folder" ] && return
    mkdir -p "$folder" || fail "the folder $folder could not be made; choose another in EXPORTACIONES"
    [ "$(id -u)" -ne 0 ] || chown "$(setting EXPORTADOR_UID):$(setting EXPORTADOR_GID)" "$folder"
}

up() {
    configuration
    folders
    compose --project-name "$@" up --detach --build --remove-orphans ||
        fail "not everything started; look with: make logs"
    echo "Grafana: http://$(setting GRAFANA_DIRECCION):$(setting GRAFANA_PUERTO)  user admin, GRAFANA_ADMIN_PASSWORD of .env"
    echo "Pages:   http://$(setting WEB_DIRECCION):$(setting WEB_PUERTO)  users by: docker compose run --rm web users add NAME --role administrator"
    echo "Export:  http://$(setting EXPORTADOR_DIRECCION):$(setting EXPORTADOR_PUERTO)  token CELADOR_EXPORT_TOKEN of .env"
}

ready
case ${1:-} in
up)
    [ -n "$(setting RECONECTADOR_HOST)" ] || [ "$(setting CELADOR_CONFIG)" != ./docker/celador.toml ] ||
        fail "no recloser to watch yet; write its address into .env as RECONECTADOR_HOST, or look first with: make up-demo"
    ! exists "$demo" || fail "the demonstration is running and holds the ports; stop it with: make down"
    up "$project"
    ;;
up-demo)
    ! exists "$project" || fail "the stack is running and holds the ports; stop it with: make down"
    export RECONECTADOR_HOST=simulador RECONECTADOR_PORT=5020 RECONECTADOR_UNIDAD=1
    export RECONECTADOR_TRANSPORTE=tcp RECONECTADOR_ID=1 RECONECTADOR_NOMBRE=simulado
    export RECONECTADOR_LUGAR=simulador MEDICION_CADA_S=1 CELADOR_CONFIG=./docker/celador.toml
    up "$demo" --profile demo
    ;;
down)
    for each in "$project" "$demo"; do
        ! exists "$each" || compose --project-name "$each" --profile demo down --remove-orphans ||
            fail "not everything of $each stopped; look with: docker ps"
    done
    ;;
logs)
    shift
    exists "$project" || project=$demo
    compose --project-name "$project" --profile demo logs --follow --tail 100 "$@"
    ;;
*) fail "say what to do: up, up-demo, down or logs" ;;
esac
