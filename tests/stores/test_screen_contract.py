"""What every store must give to screens: the newest of all, curves, searches."""

from __future__ import annotations

from contextlib import closing

import pytest

from celador.domain.envelope import Band
from celador.domain.errors import StoreError
from celador.domain.event import EventKind
from celador.domain.memory import Memory
from celador.ports import EventSearch, Record
from tests.stores.support import DAY, SECOND, Harness, counters, event, sample
from tests.support.clock import MIDNIGHT


async def write(harness: Harness, records: list[Record]) -> None:
    store = await harness.open()
    store.add(records)
    await store.close()


async def test_the_newest_of_each_device(harness: Harness) -> None:
    rows = [sample(at, {"ia": float(at)}, device=d) for d in (2, 1) for at in (3, 9, 5)]
    await write(harness, [*rows, counters(4), counters(2)])
    with closing(harness.reader()) as reader:
        newest = reader.newest_samples(("ia", "estado"))
        assert [(row.device_id, row.at, row.values) for row in newest] == [
            (1, MIDNIGHT + 9, (9.0, 1)),
            (2, MIDNIGHT + 9, (9.0, 1)),
        ]
        assert [(r.device_id, r.at, r.values) for r in reader.newest_readings(("co_total",))] == [
            (1, MIDNIGHT + 4, (7,))
        ]


async def test_the_first_of_each_stretch_of_each_device(harness: Harness) -> None:
    times = (3, 10, 14, 29, 30)
    rows = [sample(at, {"ia": float(at)}, device=d) for d in (2, 1) for at in times]
    await write(harness, [*rows])
    with closing(harness.reader()) as reader:
        found = reader.first_samples(MIDNIGHT + 4, MIDNIGHT + 30, 10, ("ia", "estado"))
        nothing = reader.first_samples(MIDNIGHT + 40, MIDNIGHT + 40, 10, ("ia",))
    # The stretches begin at 4, 14 and 24; the last ends before 30.
    assert [(row.device_id, row.at - MIDNIGHT, row.values) for row in found] == [
        (device, at, (float(at), 1)) for device in (1, 2) for at in (10, 14, 29)
    ]
    assert not nothing


async def test_a_curve_of_few_samples_is_the_samples(harness: Harness) -> None:
    await write(harness, [sample(at * SECOND, {"ia": float(at)}) for at in range(5)])
    with closing(harness.reader()) as reader:
        curve = reader.envelope(1, ("ia", "vr"), MIDNIGHT + SECOND, MIDNIGHT + 4 * SECOND, 100)
        with pytest.raises(StoreError, match="has no mean"):
            reader.envelope(1, ("dir_oc",), MIDNIGHT, MIDNIGHT + DAY, 100)
    assert curve.width == 0
    assert [(row.at, row.count, row.bands) for row in curve.rows] == [
        (MIDNIGHT + n * SECOND, 1, (Band(n, n, n, 1), None)) for n in (1, 2, 3)
    ]


async def test_a_curve_of_many_samples_keeps_the_extremes_of_each_stretch(
    harness: Harness,
) -> None:
    rows = [sample(at * SECOND, {"ia": float(at % 60), "vr": 7000.0}) for at in range(600)]
    rows[250] = sample(250 * SECOND, {"ia": 1657.0, "vr": None})
    await write(harness, [*rows])
    with closing(harness.reader()) as reader:
        curve = reader.envelope(1, ("ia", "vr"), MIDNIGHT, MIDNIGHT + 600 * SECOND, 10)
    assert curve.width == 60 * SECOND
    assert [(row.at - MIDNIGHT) // SECOND for row in curve.rows] == list(range(0, 600, 60))
    assert {row.count for row in curve.rows} == {60}
    assert curve.rows[0].bands == (Band(0, 29.5, 59, 60), Band(7000, 7000, 7000, 60))
    current, voltage = curve.rows[4].bands
    assert current is not None
    assert (current.low, current.high, current.count) == (0, 1657, 60)
    assert voltage == Band(7000, 7000, 7000, 59)


async def test_events_are_found_by_words_kinds_and_devices_newest_first(harness: Harness) -> None:
    await write(harness, [event(n, device=d) for n, d in ((1, 1), (2, 2), (3, None), (4, 1))])
    whole = EventSearch(MIDNIGHT, MIDNIGHT + DAY)
    with closing(harness.reader()) as reader:

        def instants(search: EventSearch, limit: int = 9) -> list[int]:
            return [each.event.at - MIDNIGHT for each in reader.find_events(search, limit)]

        assert instants(whole) == [4, 3, 2, 1]
        assert instants(EventSearch(MIDNIGHT + 1, MIDNIGHT + 4, (1,))) == [3, 1]
        assert instants(EventSearch(MIDNIGHT, MIDNIGHT + DAY, words=("BLOQUÉO", "lock"))) == [
            *(4, 3, 2, 1)
        ]
        assert instants(EventSearch(MIDNIGHT, MIDNIGHT + DAY, words=("otra",))) == []
        assert instants(EventSearch(MIDNIGHT, MIDNIGHT + DAY, kinds=(EventKind.LINK,))) == []
        first = reader.find_events(whole, 2)
        last = first[-1]
        rest = reader.find_events(whole, 9, (last.event.at, last.id))
    assert [each.event.at - MIDNIGHT for each in (*first, *rest)] == [4, 3, 2, 1]


async def test_what_a_rule_remembers_now(harness: Harness) -> None:
    old = Memory(1, MIDNIGHT, "operaciones", '{"estado":1.0}')
    new = Memory(1, MIDNIGHT + SECOND, "operaciones", '{"estado": "ñ", "b":2.50}')
    other = Memory(2, MIDNIGHT, "alarmas", "[]")
    await write(harness, [old, other])
    with closing(harness.reader()) as reader:
        assert reader.memories("operaciones") == {1: old}
    await write(harness, [new])
    with closing(harness.reader()) as reader:
        assert reader.memories("operaciones") == {1: new}
        assert reader.memories("alarmas") == {2: other}
        assert reader.memories("calidad") == {}
