"""What every store must do, whatever it is made of."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.domain.device import Device
from celador.domain.errors import StoreError
from celador.domain.event import Event, EventKind, Origin
from celador.domain.operation import Operation, Result, Span
from celador.domain.outage import Outage
from celador.domain.quantities import BY_NAME, CODE_NAMES, MEASUREMENT_NAMES
from celador.domain.sample import Quality, Sample, SwitchState
from celador.ports import Record, SampleQuery, SampleRow
from tests.stores.support import DAY, DEVICES, SECOND, Harness, counters, event, instants, sample
from tests.stores.test_operations import OPERATION, OUTAGE, operations, outages
from tests.support.clock import MIDNIGHT

ALL_COLUMNS = (*MEASUREMENT_NAMES, "estado", "calidad")


def query(columns: tuple[str, ...], **changes: object) -> SampleQuery:
    whole = SampleQuery(MIDNIGHT, MIDNIGHT + DAY, columns)
    return replace(whole, **changes)  # type: ignore[arg-type]  # the fields' own types differ


def read(harness: Harness, asked: SampleQuery) -> list[SampleRow]:
    with closing(harness.reader()) as reader:
        return list(reader.samples(asked))


async def write(harness: Harness, records: Sequence[Record]) -> None:
    store = await harness.open()
    store.add(records)
    await store.close()


# --- what is written comes back -----------------------------------------------------------------

finite = st.floats(allow_nan=False, allow_infinity=False)
some_values = st.fixed_dictionaries(
    {},
    optional={
        name: st.none()
        | (st.integers(-(2**40), 2**40) if BY_NAME[name].integer else finite | st.just(0))
        for name in MEASUREMENT_NAMES
    },
)
samples = st.builds(
    Sample,
    device_id=st.sampled_from([1, 2]),
    at=st.integers(MIDNIGHT, MIDNIGHT + DAY - 1),
    values=some_values,
    state=st.none() | st.sampled_from(SwitchState),
    quality=st.integers(0, 31).map(Quality),
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
instant = st.integers(MIDNIGHT, MIDNIGHT + DAY - 1)
events = st.builds(
    Event,
    device_id=st.sampled_from([None, 1, 2]),
    at=instant,
    since=st.none() | instant,
    kind=st.sampled_from(EventKind),
    point=words,
    old=st.none() | words,
    new=st.none() | words,
    text_es=words,
    text_en=words,
    origin=st.sampled_from(Origin),
)
records = st.lists(st.lists(samples | events, max_size=8), max_size=4)


@given(batches=records)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_sequence_of_records_comes_back_as_it_was_written(
    harness: Harness, batches: list[list[Record]]
) -> None:
    harness.fresh()
    batches = harness.storable(batches)

    async def store_them() -> None:
        store = await harness.open()
        for batch in batches:
            store.add(batch)
            await store.flush()
        await store.close()

    asyncio.run(store_them())
    first: dict[tuple[int, int], Sample] = {}
    seen: list[Event] = []
    for record in (record for batch in batches for record in batch):
        if isinstance(record, Sample):
            first.setdefault((record.device_id, record.at), record)
        elif isinstance(record, Event):
            seen.append(record)
    expected = [
        SampleRow(
            device,
            at,
            (*map(s.values.get, MEASUREMENT_NAMES), s.state, int(s.quality)),
            1,
        )
        for (device, at), s in sorted(first.items())
    ]
    with closing(harness.reader()) as reader:
        assert list(reader.samples(query(ALL_COLUMNS))) == expected
        stored_events = list(reader.events(MIDNIGHT, MIDNIGHT + DAY))
    assert stored_events == sorted(seen, key=lambda e: e.at)


async def test_a_missing_value_is_none_and_a_zero_is_zero(harness: Harness) -> None:
    await write(harness, [sample(0, {"ia": None, "ib": 0.0, "sec_abc": 0}, state=None)])
    [row] = read(harness, query(("ia", "ib", "ic", "sec_abc", "estado", "calidad")))
    assert row.values == (None, 0.0, None, 0, None, 0)


async def test_a_value_that_is_not_a_number_is_not_stored_as_one(harness: Harness) -> None:
    await write(harness, [sample(0, {"ia": float("nan")})])
    [row] = read(harness, query(("ia",)))
    assert row.values == (None,)


# --- durability, order, listeners ---------------------------------------------------------------


async def test_what_the_listener_hears_of_can_be_read_already(harness: Harness) -> None:
    heard: list[int] = []
    found: list[int] = []

    def listen(records: Sequence[Record]) -> None:
        heard.extend(instants(records))
        with closing(harness.reader()) as reader:
            found.append(reader.count(query(())))
        assert threading.current_thread() is threading.main_thread()

    store = await harness.open(listen)
    for at in range(10):
        store.add([sample(at)])
        await store.flush()
        assert found[-1] >= len(heard) == at + 1
    await store.close()


async def test_records_become_durable_in_the_order_given(harness: Harness) -> None:
    heard: list[Record] = []
    given_records: list[Record] = [sample(5), event(7), counters(5), sample(1), event(2), sample(9)]
    store = await harness.open(heard.extend)
    for record in given_records:
        store.add([record])
    await store.close()
    assert heard == given_records


async def test_flush_of_nothing_returns_and_closing_twice_is_safe(harness: Harness) -> None:
    store = await harness.open()
    store.add([])
    await store.flush()
    await store.close()
    await store.close()


async def test_health_counts_what_waits_and_what_is_stored(harness: Harness) -> None:
    store = await harness.open()
    store.add([sample(1), sample(2), event(1)])
    await store.flush()
    health = store.health()
    assert (health.queued, health.stored, health.lost, health.trouble) == (0, 3, 0, None)
    assert health.size > 0
    await store.close()


async def test_of_two_samples_of_one_instant_the_first_stays(harness: Harness) -> None:
    heard: list[Record] = []
    store = await harness.open(heard.extend)
    first, second, other = sample(1, {"ia": 1.0}), sample(1, {"ia": 2.0}), sample(2, {"ia": 3.0})
    store.add([first])
    await store.flush()
    store.add([second, other])
    await store.flush()
    assert heard == [first, other]
    assert store.health().stored == 2
    assert store.health().lost == 0
    await store.close()
    assert [row.values for row in read(harness, query(("ia",)))] == [(1.0,), (3.0,)]


@pytest.mark.parametrize(
    "poison",
    [
        sample(2, device=99),
        sample(2, {"ja": 1.0}),
        sample(2, {"sec_abc": 0.5}),
        sample(2, {"ia": "uno"}),  # type: ignore[dict-item]  # a codec gone wrong
        sample(2, {"sec_abc": 2**70}),
        sample(-MIDNIGHT - 1),
        replace(event(2), text_es="\ud800"),
        replace(event(2), kind="punto"),  # type: ignore[arg-type]  # a caller gone wrong
        "no record",
    ],
    ids=repr,
)
async def test_a_record_that_no_table_can_hold_does_not_hold_up_the_others(
    harness: Harness, poison: Record
) -> None:
    heard: list[Record] = []
    store = await harness.open(heard.extend)
    store.add([sample(1), poison, sample(3)])
    store.add([sample(4)])
    await store.flush()
    assert heard == [sample(1), sample(3), sample(4)]
    assert store.health().queued == 0
    assert store.health().trouble is None
    await store.close()


# --- operations and interruptions -----------------------------------------------------------------


@given(
    some=st.lists(operations, max_size=4, unique_by=lambda each: (each.device_id, each.key)),
    dark=st.lists(outages, max_size=4, unique_by=lambda each: (each.device_id, each.key)),
)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_operations_and_interruptions_come_back_as_they_were_written(
    harness: Harness, some: list[Operation], dark: list[Outage]
) -> None:
    harness.fresh()
    [kept] = harness.storable([[*some, *dark]])
    asyncio.run(write(harness, kept))
    with closing(harness.reader()) as reader:
        found = [*reader.operations(MIDNIGHT, MIDNIGHT + DAY)]
        assert found == sorted(
            (each for each in kept if isinstance(each, Operation)), key=lambda each: each.at
        )
        lost = [*reader.outages(MIDNIGHT, MIDNIGHT + DAY)]
        assert lost == sorted(
            (each for each in kept if isinstance(each, Outage)), key=lambda each: each.at
        )


async def test_the_last_word_on_an_operation_stands(harness: Harness) -> None:
    ended = replace(OPERATION, end=Span(MIDNIGHT, MIDNIGHT + SECOND), result=Result.LOCKOUT)
    restored = replace(OUTAGE, end=Span(MIDNIGHT + SECOND, MIDNIGHT + 2 * SECOND))
    late = replace(OPERATION, device_id=2, start=Span(None, MIDNIGHT + 10 * SECOND))
    await write(harness, [OPERATION, OUTAGE])
    with closing(harness.reader()) as reader:
        assert [*reader.operations(MIDNIGHT, MIDNIGHT + DAY)] == [OPERATION]
        assert [*reader.outages(MIDNIGHT, MIDNIGHT + DAY)] == [OUTAGE]
    await write(harness, [ended, restored, late])
    with closing(harness.reader()) as reader:
        assert [*reader.operations(MIDNIGHT, MIDNIGHT + DAY)] == [ended, late]
        assert [*reader.operations(MIDNIGHT, MIDNIGHT + 10 * SECOND)] == [ended]
        assert [*reader.operations(MIDNIGHT, MIDNIGHT + DAY, [2])] == [late]
        assert [*reader.outages(MIDNIGHT, MIDNIGHT + DAY)] == [restored]
        assert [*reader.outages(MIDNIGHT, MIDNIGHT + DAY, [2])] == []


# --- devices ------------------------------------------------------------------------------------


async def test_devices_are_entered_updated_and_never_forgotten(harness: Harness) -> None:
    await (await harness.open()).close()
    moved = Device(2, "Ñandú", "Acceso sur", "noja-rc15", 13_200.0, customers=9)
    await (await harness.open(devices=[moved])).close()
    with closing(harness.reader()) as reader:
        assert list(reader.devices()) == [DEVICES[0], moved]


# --- reading ------------------------------------------------------------------------------------


async def test_rows_come_by_device_and_instant_within_the_span_asked_for(harness: Harness) -> None:
    await write(
        harness, [sample(at, device=device) for at in (30, 10, 20, 40) for device in (2, 1)]
    )
    asked = query((), start=MIDNIGHT + 10, end=MIDNIGHT + 40)
    with closing(harness.reader()) as reader:
        rows = [(row.device_id, row.at - MIDNIGHT) for row in reader.samples(asked)]
        assert rows == [(1, 10), (1, 20), (1, 30), (2, 10), (2, 20), (2, 30)]
        assert reader.count(asked) == 6
        assert reader.count(replace(asked, device_ids=(2,))) == 3
        assert [row.device_id for row in reader.samples(replace(asked, device_ids=(2,)))] == [2] * 3
        assert reader.span() == (MIDNIGHT + 10, MIDNIGHT + 40)
        assert reader.span([7]) is None


async def test_more_rows_than_are_fetched_at_once_come_complete(harness: Harness) -> None:
    await write(harness, [sample(at) for at in range(5003)])
    await write(harness, [event(9, new=str(n)) for n in range(5003)])
    assert instants_of(read(harness, query(()))) == list(range(5003))
    with closing(harness.reader()) as reader:
        assert sum(1 for _ in reader.events(MIDNIGHT, MIDNIGHT + DAY)) == 5003


def instants_of(rows: list[SampleRow]) -> list[int]:
    return [row.at - MIDNIGHT for row in rows]


async def test_an_empty_store_has_no_span_and_no_rows(harness: Harness) -> None:
    await write(harness, [])
    with closing(harness.reader()) as reader:
        assert reader.span() is None
        assert list(reader.samples(query(("ia",)))) == []


async def test_events_are_chosen_by_time_and_device_with_those_of_the_collector(
    harness: Harness,
) -> None:
    await write(
        harness, [event(3, device=2), event(1), event(2, device=None), event(4), event(0, device=2)]
    )
    with closing(harness.reader()) as reader:
        everything = reader.events(MIDNIGHT, MIDNIGHT + 4)
        assert instants(list(everything)) == [0, 1, 2, 3]
        assert instants(list(reader.events(MIDNIGHT + 1, MIDNIGHT + 9, [1]))) == [1, 2, 4]


async def test_an_unknown_column_is_refused(harness: Harness) -> None:
    await write(harness, [])
    with closing(harness.reader()) as reader, pytest.raises(StoreError, match="no column ja"):
        list(reader.samples(query(("ja",))))


# --- windows ------------------------------------------------------------------------------------

#  s      0   2   4   6   8 | 10 ..  | 20  22
#  ia     1   -   3         |  gap   |  5  7
#  estado 1   0   -         |        |  -  -
#  marks  0   1   4         |        |  0  16
TIMELINE = [
    sample(0 * SECOND, {"ia": 1.0}, state=SwitchState.CLOSED),
    sample(2 * SECOND, {"ia": None}, state=SwitchState.OPEN, quality=Quality.STATUS_MISSING),
    sample(4 * SECOND, {"ia": 3.0}, state=None, quality=Quality.OUT_OF_RANGE),
    sample(20 * SECOND, {"ia": 5.0}, state=None),
    sample(22 * SECOND, {"ia": 7.0}, state=None, quality=Quality.DIRECTION_UNKNOWN),
]


async def windows(harness: Harness, **changes: object) -> list[tuple[object, ...]]:
    await write(harness, TIMELINE)
    asked = query(("ia", "estado", "calidad"), every=10, device_ids=(1,), **changes)
    return [((row.at - MIDNIGHT) // SECOND, row.count, *row.values) for row in read(harness, asked)]


async def test_windows_give_means_last_states_all_marks_and_gaps(harness: Harness) -> None:
    assert await windows(harness, end=MIDNIGHT + 40 * SECOND) == [
        (0, 3, 2.0, 0, 5),
        (10, 0, None, None, None),
        (20, 2, 6.0, None, 16),
        (30, 0, None, None, None),
    ]


async def test_windows_begin_at_the_origin_and_count_from_the_start(harness: Harness) -> None:
    found = await windows(
        harness,
        start=MIDNIGHT + 1 * SECOND,
        end=MIDNIGHT + 21 * SECOND,
        origin=MIDNIGHT + 65 * SECOND,
    )
    assert found == [
        (-5, 2, 3.0, 0, 5),
        (5, 0, None, None, None),
        (15, 1, 5.0, None, 0),
    ]


async def test_the_future_is_no_gap(harness: Harness) -> None:
    await write(harness, TIMELINE)
    asked = query(("ia",), every=10, device_ids=(1,))
    with closing(harness.reader(lambda: MIDNIGHT + 45 * SECOND)) as reader:
        rows = [((r.at - MIDNIGHT) // SECOND, r.count) for r in reader.samples(asked)]
    assert rows == [(0, 3), (10, 0), (20, 2), (30, 0), (40, 0)]


async def test_a_sample_from_a_clock_that_ran_ahead_makes_no_gap_before_it(
    harness: Harness,
) -> None:
    await write(harness, [sample(5 * SECOND), sample(95 * SECOND)])
    asked = query(("ia",), every=10, device_ids=(1,))
    with closing(harness.reader(lambda: MIDNIGHT + 15 * SECOND)) as reader:
        rows = [((r.at - MIDNIGHT) // SECOND, r.count) for r in reader.samples(asked)]
    assert rows == [(0, 1), (10, 0), (90, 1)]


async def test_codes_give_the_last_one_known_and_never_a_mean(harness: Harness) -> None:
    codes = ("sec_abc", "sec_rst", "dir_oc", "dir_ef", "dir_sef")
    assert set(codes) == CODE_NAMES
    timeline = [
        sample(0, dict.fromkeys(codes, 1) | {"fp": 1.0}),
        sample(SECOND, dict.fromkeys(codes, 0) | {"fp": 0.5}),
        sample(2 * SECOND, {"dir_oc": 1, "sec_abc": None}),
        sample(10 * SECOND, {"fp": 0.9}),
    ]
    await write(harness, timeline)
    asked = query((*codes, "fp", "estado"), every=10, end=MIDNIGHT + 20 * SECOND, device_ids=(1,))
    first, second = (row.values for row in read(harness, asked))
    assert first == (0, 0, 1, 0, 0, 0.75, 1)
    assert [type(value) for value in first[:5]] == [int] * 5
    assert second == (*[None] * 5, 0.9, 1)


async def test_the_time_before_a_device_is_no_gap(harness: Harness) -> None:
    await write(harness, [sample(25 * SECOND), sample(45 * SECOND)])
    century = 100 * 365 * DAY
    asked = query(("ia",), every=10, start=MIDNIGHT - century, end=MIDNIGHT + century)
    with closing(harness.reader(lambda: MIDNIGHT + 65 * SECOND)) as reader:
        rows = [(r.device_id, (r.at - MIDNIGHT) // SECOND, r.count) for r in reader.samples(asked)]
        too_early = replace(asked, end=MIDNIGHT + 22 * SECOND)
        assert list(reader.samples(too_early)) == []
    assert rows == [(1, 20, 1), (1, 30, 0), (1, 40, 1), (1, 50, 0), (1, 60, 0)]


async def test_a_device_that_never_had_a_sample_has_no_rows(harness: Harness) -> None:
    await write(harness, TIMELINE)
    asked = query(("ia",), every=20, end=MIDNIGHT + 40 * SECOND)
    rows = [(row.device_id, row.count) for row in read(harness, asked)]
    assert rows == [(1, 3), (1, 2)]


@given(
    offsets=st.lists(st.integers(0, 300), unique=True, max_size=40),
    every=st.integers(1, 120),
    origin=st.integers(-200, 200),
    start=st.integers(0, 100),
    length=st.integers(0, 250),
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_windows_agree_with_a_count_by_hand(
    harness: Harness, offsets: list[int], every: int, origin: int, start: int, length: int
) -> None:
    harness.fresh()
    asyncio.run(write(harness, [sample(o * SECOND, {"ia": float(o)}) for o in offsets]))
    asked = SampleQuery(
        start=MIDNIGHT + start * SECOND,
        end=MIDNIGHT + (start + length) * SECOND,
        columns=("ia",),
        device_ids=(1,),
        every=every,
        origin=MIDNIGHT + origin * SECOND,
    )
    expected: dict[int, list[float]] = {}
    begin = max(start, (min(offsets, default=999) - origin) // every * every + origin)
    if min(offsets, default=999) >= start + length:
        begin = start + length
    for second in range(begin, start + length):
        window = (second - origin) // every * every + origin
        expected.setdefault(window, [])
        if second in offsets:
            expected[window].append(float(second))
    rows = {(row.at - MIDNIGHT) // SECOND: row for row in read(harness, asked)}
    assert {at: row.count for at, row in rows.items()} == {
        at: len(values) for at, values in expected.items()
    }
    for at, values in expected.items():
        mean = sum(values) / len(values) if values else None
        assert rows[at].values == (pytest.approx(mean) if mean is not None else None,)
