"""Fixtures: the simulated day in a historian of each kind, read as Grafana reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pytest

from tests.grafana.boards import Statement
from tests.grafana.day import Day, store
from tests.grafana.macros import Value, View
from tests.support.postgres import HistorianDatabase, Historians

Row = dict[str, Any]
CHOICES: dict[str, Value] = {
    "equipo": "1",
    "fase": ["a", "b", "c"],
    "clase": ["punto", "enlace", "hueco", "sistema"],
    "ventana": "600",
    "banda": "8",
}


@dataclass
class Grafana:
    """Runs the statements of the dashboards as the role that Grafana has.

    Attributes:
        connection: of the role celador_read.
        day: what the historian holds.
        database: the historian.
    """

    connection: psycopg.Connection[Any]
    day: Day
    database: HistorianDatabase

    def ask(
        self, statement: Statement, since: datetime, until: datetime, **choices: Value
    ) -> list[Row]:
        """Rows by column name."""
        return self.run(statement, since, until, **choices)[1]

    def run(
        self, statement: Statement, since: datetime, until: datetime, **choices: Value
    ) -> tuple[list[psycopg.Column], list[Row]]:
        """Columns and rows."""
        view = View(since, until, {**CHOICES, **choices}, statement.points)
        cursor = self.connection.execute(view.expand(statement.sql).encode())
        columns = list(cursor.description or ())
        names = [column.name for column in columns]
        return columns, [dict(zip(names, row, strict=True)) for row in cursor]


def _read(database: HistorianDatabase) -> psycopg.Connection[Any]:
    return psycopg.connect(database.read, autocommit=True)


@pytest.fixture(scope="module", params=["timescaledb", "postgresql"])
def grafana(request: pytest.FixtureRequest, historians: Historians) -> Iterator[Grafana]:
    """The day in a historian of each kind in turn."""
    database = historians.make(timescale=request.param == "timescaledb")
    try:
        day = store(database)
        with _read(database) as connection:
            yield Grafana(connection, day, database)
    finally:
        historians.remove(database)


@pytest.fixture(scope="module", params=["timescaledb", "postgresql"])
def nothing(
    request: pytest.FixtureRequest, historians: Historians
) -> Iterator[psycopg.Connection[Any]]:
    """An empty historian of each kind in turn."""
    database = historians.make(timescale=request.param == "timescaledb")
    try:
        with _read(database) as connection:
            yield connection
    finally:
        historians.remove(database)
