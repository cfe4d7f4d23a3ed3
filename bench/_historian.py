"""An empty historian for the benches that need one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celador.stores.timescale import migrate

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.support.postgres_server import open_server


@contextmanager
def historian(dsn: str | None) -> Iterator[str]:
    """Connection string of an empty, migrated database: the one given, or of a private server."""
    server = None if dsn else open_server()
    if server is not None:
        dsn = server.create_database()
    assert dsn, "no PostgreSQL: give --dsn"
    try:
        migrate(dsn)
        yield dsn
    finally:
        if server is not None:
            server.drop_all()
            if server.cluster is not None:
                server.cluster.remove()
