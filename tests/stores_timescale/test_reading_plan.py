"""The server walks an index for a reader, however little it knows of the rows yet."""

from __future__ import annotations

from contextlib import closing

from celador.stores.timescale import TimescaleReader
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES
from tests.stores_timescale.test_aggregates import SECOND, deliver
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase


def test_a_chunk_without_statistics_is_not_sorted_whole(
    historian_database: HistorianDatabase,
) -> None:
    deliver(historian_database, ((n * 10 * SECOND, 1, 0, 1, 1.0, 1) for n in range(12_000)))
    between = (timestamp(MIDNIGHT), timestamp(MIDNIGHT + 200_000 * SECOND))
    with closing(TimescaleReader(historian_database.read)) as reader:
        sql = "EXPLAIN " + QUERIES["samples"].format(columns=", ia")
        plan = [line for (line,) in reader._all(sql, (1, *between, 500))]
    assert any("Index Scan" in line for line in plan)
    assert not any("Sort" in line for line in plan), plan
