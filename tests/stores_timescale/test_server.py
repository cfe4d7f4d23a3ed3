"""The server that the tests run on."""

from __future__ import annotations

import signal

import psycopg
import pytest

from tests.support.postgres_server import (
    DSN_VARIABLE,
    Cluster,
    binaries_of_a_server,
    open_server,
)


def test_a_database_is_empty_and_its_own(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert row.fetchone() == (0,)


def test_a_cluster_comes_back_after_kill_9_with_what_was_committed(
    postgres_cluster: Cluster,
) -> None:
    with psycopg.connect(postgres_cluster.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    postgres_cluster.stop(signal.SIGKILL)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres_cluster.dsn)
    postgres_cluster.start()
    with psycopg.connect(postgres_cluster.dsn) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_server_that_is_named_is_used_unless_it_holds_a_historian(
    postgres_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DSN_VARIABLE, postgres_cluster.dsn)
    server = open_server()
    assert server is not None
    assert (server.dsn, server.cluster) == (postgres_cluster.dsn, None)
    with psycopg.connect(postgres_cluster.dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE celador_read LOGIN")
        connection.execute("ALTER ROLE celador_read IN DATABASE postgres SET jit = off")
    with pytest.raises(RuntimeError, match="with a historian, postgres"):
        open_server()


def test_the_server_that_pip_installs_runs_here_too() -> None:
    binaries = binaries_of_a_server(plain=True)
    assert binaries is not None
    cluster = Cluster(binaries)
    try:
        cluster.start()
        with psycopg.connect(cluster.dsn) as connection:
            assert connection.info.server_version >= 140000
    finally:
        cluster.remove()
    assert not cluster.folder.exists()
