"""The server walks an index for a reader, however little it knows of the rows yet."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta

from celador.stores.timescale import TimescaleReader, TimescaleScreenReader
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES
from tests.stores_timescale.test_aggregates import SECOND, deliver, device
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase

DAY = 86_400 * SECOND


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


def test_the_last_hour_of_all_is_sought_in_its_own_chunks(
    timescale_database: HistorianDatabase,
) -> None:
    # A year of days takes the server minutes where it looks at every chunk for every minute.
    device(timescale_database)
    deliver(timescale_database, ((n * DAY + 30 * SECOND, 1, 0, 1, 1.0, 1) for n in range(12)))
    last = MIDNIGHT + 11 * DAY
    asked = {
        "start": timestamp(last - 3600 * SECOND),
        "end": timestamp(last + 60 * SECOND),
        "step": timedelta(minutes=1),
    }
    with closing(TimescaleScreenReader(timescale_database.read)) as reader:
        sql = "EXPLAIN " + QUERIES["first_samples"].format(columns=", ia")
        plan = "\n".join(line for (line,) in reader._all(sql, asked))
        rows = reader.first_samples(last - 3600 * SECOND, last + 60 * SECOND, 60 * SECOND, ("ia",))
    assert len(set(re.findall(r"_hyper_\d+_\d+_chunk", plan))) <= 2, plan
    assert [row.at for row in rows] == [last + 30 * SECOND]
