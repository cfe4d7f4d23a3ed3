"""The server that the tests run on."""

from __future__ import annotations

import signal

import psycopg
import pytest

from tests.support.postgres_server import Cluster, binaries_of_a_server


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
