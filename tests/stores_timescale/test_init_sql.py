"""db/init/init.sql: made from the migrations, and good for a server's first start."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from celador.stores.timescale import check, migrate
from celador.stores.timescale.init_sql import init_sql
from tests.support.postgres_server import Cluster, binaries_of_a_server

SCRIPT = Path(__file__).parents[2] / "db/init/init.sql"
SHAPE = """
SELECT c.relname::text, c.relkind::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
    a.attnotnull, a.attidentity::text, c.relacl::text
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '%yoyo%'
ORDER BY 1, a.attnum
"""
ROLES = ("celador_ingest", "celador_read", "celador_web")


def test_the_script_that_is_committed_comes_from_the_migrations() -> None:
    assert SCRIPT.read_text("utf-8") == init_sql(), "run: make init-sql"


def run(dsn: str, **environment: str) -> str:
    binaries = binaries_of_a_server()
    found = shutil.which("psql") or (binaries and binaries / "psql")
    if not found:
        pytest.skip("no psql to run the script with")
    command = [found, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", SCRIPT, dsn]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


# Roles belong to the whole server, so these tests have one of their own.


def test_a_first_start_leaves_what_the_migrations_leave_and_they_go_on_from_there(
    postgres_cluster: Cluster, tmp_path: Path
) -> None:
    dsn = postgres_cluster.dsn
    secret = tmp_path / "read"
    secret.write_text("leer'lo\n", "utf-8")
    printed = run(
        dsn,
        CELADOR_INGEST_PASSWORD="agre'gar",
        CELADOR_READ_PASSWORD_FILE=str(secret),
        CELADOR_WEB_PASSWORD="pe'dir",
        CELADOR_TIME_ZONE="Europe/Madrid",
    )
    assert "agre" not in printed + postgres_cluster.log()
    assert "leer" not in printed + postgres_cluster.log()
    for role, password in zip(ROLES, ("agre'gar", "leer'lo", "pe'dir"), strict=True):
        psycopg.connect(make_conninfo(dsn, user=role, password=password)).close()
    assert check(dsn).pending == ()
    assert migrate(dsn) == []
    with psycopg.connect(dsn, autocommit=True) as connection:
        zone = connection.execute("SELECT zona_horaria FROM instalacion").fetchone()
        connection.execute("CREATE DATABASE migrated")
    assert zone == ("Europe/Madrid",)
    migrated = make_conninfo(dsn, dbname="migrated")
    migrate(migrated, time_zone="Europe/Madrid")
    assert shape(dsn) == shape(migrated)


def shape(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(SHAPE).fetchall()


def test_a_role_without_a_password_is_named_and_stays_outside(postgres_cluster: Cluster) -> None:
    printed = run(postgres_cluster.dsn)
    assert "Falta CELADOR_INGEST_PASSWORD" in printed
    assert "Falta CELADOR_READ_PASSWORD" in printed
    for role in ROLES:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(make_conninfo(postgres_cluster.dsn, user=role, password="x"))
