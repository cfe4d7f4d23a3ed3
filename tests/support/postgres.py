"""Fixtures: databases on a real PostgreSQL. Loaded for every test by tests/conftest.py.

The server is the one that CELADOR_TEST_DSN names (its user must be a superuser, and no historian of
anybody's on it: the roles get other passwords), or a private cluster of the programs found on the
machine, or of those that pip installed for the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from celador.stores.timescale import schema
from celador.stores.timescale.schema import (
    INGEST_ROLE,
    READ_ROLE,
    WEB_ROLE,
    migrate,
    set_passwords,
)
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


@dataclass(frozen=True)
class HistorianDatabase:
    """A migrated historian, empty, of the test's own.

    Attributes:
        owner: connection string of the owner (a superuser).
        ingest: of the role celador_ingest.
        read: of the role celador_read.
        web: of the role celador_web.
        timescale: True where TimescaleDB is at work.
    """

    owner: str
    ingest: str
    read: str
    web: str
    timescale: bool


_PASSWORD = "only-for-tests"


class Historians:
    """Makes migrated databases, as copies of one template for each kind."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._templates: dict[bool, str] = {}

    def demand(self, *, timescale: bool) -> None:
        """Skip the test where TimescaleDB is asked for and not on offer; to be called outside it.

        A skip is an exception: raised inside an event loop's callback it would not reach pytest.
        """
        if timescale and self._server.timescale is None:
            pytest.skip("the PostgreSQL of this run does not offer TimescaleDB")

    def make(self, *, timescale: bool) -> HistorianDatabase:
        """A fresh database; skips the test where TimescaleDB is asked for and not on offer."""
        self.demand(timescale=timescale)
        owner = self._server.create_database(self._template(timescale=timescale))
        name = conninfo_to_dict(owner)["dbname"]
        with psycopg.connect(owner, autocommit=True) as connection:
            # The rights on a database, unlike those inside it, do not come with its copy.
            connection.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
            connection.execute(f"GRANT TEMPORARY ON DATABASE {name} TO {INGEST_ROLE}")
            if timescale and self._server.cluster is None:
                # The policies run when a test says so, and not beside it.
                connection.execute("SELECT _timescaledb_functions.stop_background_workers()")
        ingest, read, web = (
            make_conninfo(owner, user=role, password=_PASSWORD)
            for role in (INGEST_ROLE, READ_ROLE, WEB_ROLE)
        )
        return HistorianDatabase(owner, ingest, read, web, timescale)

    def remove(self, database: HistorianDatabase) -> None:
        """Drop it, whoever is connected."""
        self._server.drop_database(database.owner)

    def _template(self, *, timescale: bool) -> str:
        if timescale not in self._templates:
            dsn = self._server.create_database()
            with pytest.MonkeyPatch.context() as patch:
                if not timescale:
                    patch.setattr(schema, "OLDEST_EXTENSION", (999,))
                migrate(dsn)
            set_passwords(dsn, dict.fromkeys((INGEST_ROLE, READ_ROLE, WEB_ROLE), _PASSWORD))
            self._templates[timescale] = str(conninfo_to_dict(dsn)["dbname"])
        return self._templates[timescale]


@pytest.fixture(scope="session")
def historians(postgres_server: Server) -> Historians:
    """The maker of historian databases, for tests that need several."""
    return Historians(postgres_server)


@pytest.fixture(params=["timescaledb", "postgresql"])
def historian_database(
    request: pytest.FixtureRequest, historians: Historians
) -> Iterator[HistorianDatabase]:
    """A fresh historian of each kind in turn."""
    database = historians.make(timescale=request.param == "timescaledb")
    yield database
    historians.remove(database)


@pytest.fixture
def timescale_database(historians: Historians) -> Iterator[HistorianDatabase]:
    """A fresh historian with TimescaleDB."""
    database = historians.make(timescale=True)
    yield database
    historians.remove(database)


@pytest.fixture
def plain_database(historians: Historians) -> Iterator[HistorianDatabase]:
    """A fresh historian without TimescaleDB."""
    database = historians.make(timescale=False)
    yield database
    historians.remove(database)
