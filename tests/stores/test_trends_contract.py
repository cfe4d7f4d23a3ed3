"""What trends and the list of events ask of every store."""

from __future__ import annotations

from contextlib import closing
from typing import cast

import pytest

from celador.domain.envelope import Band
from celador.domain.event import EventKind
from celador.ports import EventSearch, JournalReader, TrendReader
from tests.stores.support import SECOND, Harness, event, sample
from tests.support.clock import MIDNIGHT

HOUR = 3600 * SECOND


async def test_an_envelope_keeps_edges_and_holes(harness: Harness) -> None:
    store = await harness.open()
    rows = [(0, 10.0), (1, 30.0), (2, None), (3600, 5.0), (3601, 7.0)]
    store.add([sample(at * SECOND, {"ia": value}) for at, value in rows])
    await store.flush()
    await store.close()
    with closing(harness.reader()) as reader:
        trends = cast("TrendReader", reader)
        wide = trends.envelope(1, ("ia",), MIDNIGHT, MIDNIGHT + 3 * HOUR, 2)
        near = trends.envelope(1, ("ia",), MIDNIGHT, MIDNIGHT + 3 * HOUR, 50)
    assert wide.width == 2 * HOUR
    assert [(row.at, row.count) for row in wide.rows] == [(MIDNIGHT, 5)]
    band = wide.rows[0].bands[0]
    assert band is not None
    assert (band.low, band.high, band.count) == (5.0, 30.0, 4)
    assert band.mean == pytest.approx(13.0)
    assert near.width == 0
    assert [row.bands[0] for row in near.rows][1:3] == [Band(30.0, 30.0, 30.0, 1), None]


async def test_events_are_found_by_what_they_say_newest_first(harness: Harness) -> None:
    store = await harness.open()
    store.add([event(n, new=str(n)) for n in range(1, 6)])
    store.add([event(3, device=2)])
    await store.flush()
    await store.close()
    everything = EventSearch(MIDNIGHT, MIDNIGHT + HOUR)
    with closing(harness.reader()) as reader:
        journal = cast("JournalReader", reader)
        first = journal.find_events(everything, 2)
        last = (first[-1].event.at, first[-1].id)
        rest = journal.find_events(everything, 10, last)
        mine = journal.find_events(EventSearch(MIDNIGHT, MIDNIGHT + HOUR, (2,)), 10)
        words = journal.find_events(EventSearch(MIDNIGHT, MIDNIGHT + HOUR, (1,), (), ("BLOQ",)), 10)
        none = journal.find_events(
            EventSearch(MIDNIGHT, MIDNIGHT + HOUR, (), (EventKind.GAP,), ("bloqueo",)), 10
        )
    assert [each.event.at - MIDNIGHT for each in first] == [5, 4]
    assert [each.event.at - MIDNIGHT for each in rest] == [3, 3, 2, 1]
    assert [each.event.device_id for each in mine] == [2]
    assert len(words) == 5
    assert none == []
