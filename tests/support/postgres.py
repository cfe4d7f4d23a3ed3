"""Fixtures: databases on a real PostgreSQL. Loaded for every test by tests/conftest.py.

The server is the one that CELADOR_TEST_DSN names (its user must be a superuser), or a private
cluster of the programs found on the machine, or of those that pip installed for the tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres_server import Cluster, Server, binaries_of_a_server, open_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The server of this run; its roles and databases are shared by all tests."""
    server = open_server()
    if server is None:
        pytest.skip("no PostgreSQL: set CELADOR_TEST_DSN, or install a server")
    try:
        yield server
    finally:
        server.drop_all()
        if server.cluster is not None:
            server.cluster.remove()


@pytest.fixture
def postgres_cluster() -> Iterator[Cluster]:
    """A running server of the test's own, which it may stop, kill and start again."""
    binaries = binaries_of_a_server()
    if binaries is None:
        pytest.skip("no PostgreSQL programs on this machine or in this environment")
    cluster = Cluster(binaries)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def empty_database(postgres_server: Server) -> Iterator[str]:
    """Connection string of an empty database."""
    dsn = postgres_server.create_database()
    yield dsn
    postgres_server.drop_database(dsn)
