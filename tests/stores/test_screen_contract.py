"""What every store must give to screens: the newest of all, searches, memories."""

from __future__ import annotations

from contextlib import closing

from celador.domain.event import EventKind
from celador.domain.memory import Memory
from celador.ports import EventSearch
from tests.stores.support import DAY, SECOND, Harness, counters, event, sample, write
from tests.support.clock import MIDNIGHT


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


async def test_a_list_of_events_goes_on_between_two_of_one_instant(harness: Harness) -> None:
    await write(harness, [event(n, device=d) for n, d in ((1, 1), (3, 1), (3, 2), (5, 1))])
    whole = EventSearch(MIDNIGHT, MIDNIGHT + DAY)
    with closing(harness.reader()) as reader:
        first = reader.find_events(whole, 2)
        rest = reader.find_events(whole, 9, (first[-1].event.at, first[-1].id))
    assert [each.event.at - MIDNIGHT for each in first] == [5, 3]
    assert [each.event.at - MIDNIGHT for each in rest] == [3, 1]
    assert first[-1].event.device_id != rest[0].event.device_id


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
