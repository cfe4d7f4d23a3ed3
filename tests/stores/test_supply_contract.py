"""What every store must give to those who judge supply and watch alarms."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.domain.alarm import Alarm, AlarmState, Priority, Signature
from celador.domain.errors import StoreError
from celador.domain.reliability.marks import ForceMajeure, Marking, OutageMarks
from celador.domain.sample import CounterReading, Quality
from celador.ports import Record, SampleQuery, SampleRow
from tests.stores.support import DAY, SECOND, Harness, sample
from tests.stores.test_operations import OUTAGE
from tests.support.clock import MIDNIGHT

TWELVE_HOURS = 43_200 * SECOND

LOCKOUT = Alarm(
    device_id=1,
    key=10,
    code="LOCKOUT_FALLA",
    priority=Priority.CRITICAL,
    state=AlarmState.UNACK,
    began=MIDNIGHT + SECOND,
    text_es="Bloqueo por falla",
    text_en="Lockout after a fault",
    operation=7,
    value=1657.0,
    limit=1200.5,
)
FEEDER = replace(
    LOCKOUT, device_id=None, code="ALIMENTADOR", subject="Norte", key=3, operation=None
)

instants = st.integers(MIDNIGHT, MIDNIGHT + DAY - 1)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
signatures = st.none() | st.builds(Signature, instants, words)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def alarms(draw: st.DrawFn) -> Alarm:
    """Any alarm that ISA-18.2 allows."""
    state = draw(st.sampled_from(AlarmState))
    shelved = draw(signatures)
    out = draw(signatures)
    if state is AlarmState.SHELVED:
        shelved = shelved or Signature(MIDNIGHT, "ana")
    if state is AlarmState.OUT_OF_SERVICE:
        out = out or Signature(MIDNIGHT, "ana")
    return Alarm(
        device_id=draw(st.sampled_from([None, 1, 2])),
        key=draw(st.integers(1, 2**60)),
        code=draw(words),
        subject=draw(words),
        priority=draw(st.sampled_from(Priority)),
        state=state,
        began=draw(instants),
        at_start=draw(st.booleans()),
        ended=draw(st.none() | instants),
        closed=draw(instants) if state is AlarmState.NORMAL else None,
        acknowledged=draw(signatures),
        shelved=shelved,
        shelved_until=None if shelved is None else shelved.at + draw(st.integers(0, TWELVE_HOURS)),
        out_of_service=out,
        reason=draw(words),
        parent=draw(st.none() | st.integers(1, 2**60)),
        operation=draw(st.none() | st.integers(1, 2**60)),
        value=draw(numbers),
        limit=draw(numbers),
        repeats=draw(st.integers(0, 2**31 - 1)),
        text_es=draw(words),
        text_en=draw(words),
        came_back=draw(st.none() | instants),
    )


async def write(harness: Harness, *batches: list[Record]) -> None:
    store = await harness.open()
    for batch in batches:
        store.add(batch)
        await store.flush()
    await store.close()


def _unlike(alarm: Alarm) -> tuple[object, ...]:
    return alarm.device_id, alarm.code, alarm.subject


@given(some=st.lists(alarms(), max_size=5, unique_by=_unlike))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_alarms_come_back_as_they_were_written(harness: Harness, some: list[Alarm]) -> None:
    kept = list({(each.device_id, each.key): each for each in some}.values())
    harness.fresh()
    asyncio.run(write(harness, [*kept]))
    with closing(harness.reader()) as reader:
        assert [*reader.alarms(MIDNIGHT, MIDNIGHT + DAY)] == sorted(kept, key=lambda each: each.at)
        still = [each for each in kept if each.closed is None]
        assert reader.open_alarms() == sorted(still, key=lambda each: (each.priority, each.at))


async def test_the_last_word_on_an_alarm_stands_and_a_next_life_begins(harness: Harness) -> None:
    await write(harness, [LOCKOUT, FEEDER])
    with closing(harness.reader()) as reader:
        assert [*reader.alarms(MIDNIGHT, MIDNIGHT + DAY)] == [LOCKOUT, FEEDER]
    seen = replace(LOCKOUT, state=AlarmState.ACK, acknowledged=Signature(MIDNIGHT + 2, "ana"))
    over = replace(seen, state=AlarmState.NORMAL, ended=MIDNIGHT + 5, closed=MIDNIGHT + 5)
    again = replace(LOCKOUT, key=11, began=MIDNIGHT + 9 * SECOND)
    louder = replace(FEEDER, repeats=3, came_back=MIDNIGHT + 7)
    # The end of one life and the beginning of the next may travel together.
    await write(harness, [seen], [over, again, louder])
    with closing(harness.reader()) as reader:
        assert [*reader.alarms(MIDNIGHT, MIDNIGHT + DAY)] == [over, louder, again]
        assert [*reader.alarms(MIDNIGHT, MIDNIGHT + DAY, [1])] == [over, again]
        assert [*reader.alarms(MIDNIGHT, MIDNIGHT + 9 * SECOND, [1])] == [over]
        assert reader.open_alarms() == [louder, again]


async def test_what_people_said_of_outages_comes_back(harness: Harness) -> None:
    other = replace(OUTAGE, key=OUTAGE.key + 1)
    await write(
        harness,
        [OUTAGE, other],
        [Marking(1, OUTAGE.key, MIDNIGHT, planned=True)],
        [Marking(1, OUTAGE.key, MIDNIGHT, force_majeure=ForceMajeure.CLAIMED)],
    )
    with closing(harness.reader()) as reader:
        assert dict(reader.outage_marks()) == {
            (1, OUTAGE.key): OutageMarks(True, ForceMajeure.CLAIMED)
        }


async def test_readings_of_counters_come_in_order_and_with_what_was_asked(
    harness: Harness,
) -> None:
    readings = [
        CounterReading(device, MIDNIGHT + at, {"kvah_dir": float(at), "co_total": at}, Quality.GOOD)
        for device in (1, 2)
        for at in (30, 10, 20)
    ]
    await write(harness, [*readings])
    with closing(harness.reader()) as reader:
        rows = list(reader.readings(MIDNIGHT + 10, MIDNIGHT + 30, ("co_total", "kvah_dir"), 2))
        assert rows == [
            SampleRow(2, MIDNIGHT + 10, (10, 10.0), 1),
            SampleRow(2, MIDNIGHT + 20, (20, 20.0), 1),
        ]
        with pytest.raises(StoreError, match="no column ia in contadores"):
            list(reader.readings(MIDNIGHT, MIDNIGHT + DAY, ("ia",), 1))


async def test_a_power_of_unknown_direction_has_no_part_in_a_mean(harness: Harness) -> None:
    unknown = Quality.DIRECTION_UNKNOWN
    rows: list[Record] = [
        sample(0, {"p_act": -100.0, "ia": 10.0}),
        sample(1, {"p_act": 500.0, "ia": 20.0}, quality=unknown),
        sample(2, {"p_act": -200.0, "ia": 30.0}),
        sample(61 * SECOND, {"p_act": 500.0, "ia": 40.0}, quality=unknown),
    ]
    await write(harness, rows)
    asked = SampleQuery(
        MIDNIGHT, MIDNIGHT + 120 * SECOND, ("p_act", "ia", "calidad"), (1,), every=60
    )
    with closing(harness.reader()) as reader:
        found = [(row.values, row.count) for row in reader.samples(asked)]
    assert found == [((-150.0, 20.0, 16), 3), ((None, 40.0, 16), 1)]
