#!/bin/sh
# Starts PostgreSQL as the official image does, as far as the stack relies on it (README.md).
set -eu

[ "$(id -u)" -ne 0 ] || { echo "stand-in: start this container as the user postgres" >&2; exit 1; }

first_start() {
    [ -n "${POSTGRES_PASSWORD:-}" ] || { echo "stand-in: POSTGRES_PASSWORD is not set" >&2; exit 1; }
    passwords=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$passwords"
    # Unquoted on purpose: the variable holds several arguments.
    # shellcheck disable=SC2086
    initdb --username="$POSTGRES_USER" --pwfile="$passwords" ${POSTGRES_INITDB_ARGS:-}
    rm "$passwords"
    printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"

    export PGPASSWORD="$POSTGRES_PASSWORD"
    pg_ctl --wait --options="-c listen_addresses=''" start
    createdb --username="$POSTGRES_USER" --no-password "$POSTGRES_DB"
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
        *.sh) (. "$script") ;;
        *.sql)
            psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password \
                --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --file="$script"
            ;;
        esac
    done
    pg_ctl --wait --mode=fast stop
    unset PGPASSWORD
}

[ -s "$PGDATA/PG_VERSION" ] || first_start
exec "$@" -c listen_addresses='*'
