"""The server walks an index for a reader, however little it knows of the rows yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg

from celador.stores.timescale import TimescaleReader, TimescaleScreenReader
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES
from celador.stores.timescale.windows import Arguments
from tests.stores_timescale.test_aggregates import SECOND, deliver, device, refresh
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase

DAY = 86_400 * SECOND


class Explained(TimescaleReader):
    """Keeps the plans of what it asked."""

    plans = ""

    def _all(self, query: str, arguments: Arguments = ()) -> list[tuple[Any, ...]]:
        if "mediciones" in query:
            self.plans += "\n".join(line for (line,) in super()._all(f"EXPLAIN {query}", arguments))
        return super()._all(query, arguments)


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


def test_the_first_and_last_rows_are_those_of_the_reclosers_asked_for(
    historian_database: HistorianDatabase,
) -> None:
    days = {1: (10, 11, 12), 2: (3, 30), 3: (20,), 5: (2, 11)}
    for number in (*days, 4):
        device(historian_database, number)
    rows = ((day * DAY, number, 0, 1, 1.0, 1) for number, them in days.items() for day in them)
    deliver(historian_database, rows)
    with closing(TimescaleReader(historian_database.read)) as reader:
        for asked, first, last in (
            *(((1,), 10, 12), ((2,), 3, 30), ((3,), 20, 20), ((1, 3), 10, 20)),
            *(((1, 2, 3), 3, 30), ((5, 1), 2, 12), ((4, 3), 20, 20), ((), 2, 30)),
        ):
            assert reader.span(asked) == (MIDNIGHT + first * DAY, MIDNIGHT + last * DAY), asked
        assert reader.span((4,)) is None


def test_the_first_and_last_rows_are_sought_in_the_first_and_last_chunks(
    timescale_database: HistorianDatabase,
) -> None:
    # A plan over a year of chunks takes a fifth of a second, and a page asks for each recloser.
    for number in (1, 2, 3):
        device(timescale_database, number)
    deliver(timescale_database, ((n * DAY, n % 3 + 1, 0, 1, 1.0, 1) for n in range(60)))
    with psycopg.connect(timescale_database.owner) as owner:
        assert len(owner.execute("SELECT show_chunks('mediciones')").fetchall()) == 60
    with closing(Explained(timescale_database.read)) as reader:
        assert reader.span() == (MIDNIGHT, MIDNIGHT + 59 * DAY)
        found = set(re.findall(r"_hyper_\d+_\d+_chunk", reader.plans))
    assert 2 <= len(found) <= 8, found


def test_a_recloser_alone_is_not_sought_in_every_chunk_where_the_hours_are_summed_up(
    timescale_database: HistorianDatabase,
) -> None:
    days: dict[int, Sequence[int]] = {
        1: range(60),
        2: range(40, 58),
        3: (),
        4: range(2, 9),
        5: (58,),
        6: (3, 57),
    }
    for number in days:
        device(timescale_database, number)
    rows = ((day * DAY, number, 0, 1, 1.0, 1) for number, them in days.items() for day in them)
    deliver(timescale_database, rows)
    with psycopg.connect(timescale_database.owner, autocommit=True) as owner:
        for width in ("1min", "15min", "1h"):
            call = f"CALL refresh_continuous_aggregate('mediciones_{width}', NULL, %s::timestamptz)"
            owner.execute(call, [timestamp(MIDNIGHT + 58 * DAY)])
        chunks = {
            name.rpartition(".")[2]
            for (name,) in owner.execute("SELECT show_chunks('mediciones')::text")
        }
    assert len(chunks) == 60
    for number, them in days.items():
        with closing(Explained(timescale_database.read)) as reader:
            ends = (MIDNIGHT + them[0] * DAY, MIDNIGHT + them[-1] * DAY) if them else None
            assert reader.span((number,)) == ends, number
            found = set(re.findall(r"_hyper_\d+_\d+_chunk", reader.plans)) & chunks
        assert 1 <= len(found) <= 8, (number, found)


def test_a_late_reading_is_found_before_it_is_summed_up(
    timescale_database: HistorianDatabase,
) -> None:
    for number in (1, 2):
        device(timescale_database, number)
    deliver(timescale_database, ((n * DAY, 1, 0, 1, 1.0, 1) for n in range(20)))
    refresh(timescale_database)
    deliver(timescale_database, [(9 * DAY, 2, 0, 1, 1.0, 1)])
    with closing(TimescaleReader(timescale_database.read)) as reader:
        assert reader.span((2,)) == (MIDNIGHT + 9 * DAY,) * 2
