"""The clock of a controller: what its 32 bits mean, how far it is off, when it fell behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import pytest

from celador.domain.alarm import Alarm, AlarmState
from celador.domain.blocks import Block, Reply, Table
from celador.domain.errors import DeviceRefusedError, NoAnswerError, SourceError
from celador.domain.event import Event, EventKind
from celador.domain.operation import Span
from celador.pipeline.alarms.centre import AlarmCentre
from celador.pipeline.alarms.rules import AlarmRules
from celador.pipeline.alarms.settings import AlarmSettings
from celador.pipeline.alarms.status import StatusReader
from celador.pipeline.device_clock import ClockReading, DeviceClock, fell_event
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.schedule import Group
from celador.pipeline.watch import AlarmDesk, Watch
from tests.operations.probe import RC10, READER
from tests.pipeline.test_poll import PERIODS, Bench, running
from tests.support.clock import MIDNIGHT

UTC_SECONDS = 1_784_332_800  # 2026-07-18 00:00:00 UTC, as `date -u -d @1784332800` says
LOCAL_SECONDS = UTC_SECONDS - 3 * 3600  # the wall in Córdoba says 2026-07-17 21:00:00
CORDOBA = ZoneInfo("America/Argentina/Cordoba")
SECOND = 1_000_000


def read(raw: int, after: float = 0.0, *, monotonic: float | None = None) -> ClockReading:
    at = MIDNIGHT + round(after * SECOND)
    return ClockReading(raw, at, at, after if monotonic is None else monotonic)


@pytest.mark.parametrize(
    ("raw", "drift"),
    [
        (UTC_SECONDS, 0.0),
        (UTC_SECONDS + 75, 75.0),
        (LOCAL_SECONDS, 0.0),
        (LOCAL_SECONDS - 40, -40.0),
        (UTC_SECONDS + 20 * 3600, 20 * 3600.0),
        (0, None),  # never set
        (UTC_SECONDS - 946_684_800, None),  # seconds since 2000
        (0x5CF20000, None),  # 2026-07-18 00:00 as MS-DOS packs it
        (0xFFFFFFFF, None),
    ],
)
def test_what_is_within_a_day_of_ours_counts_seconds_since_1970(
    raw: int, drift: float | None
) -> None:
    assert DeviceClock(CORDOBA).drift(read(raw)) == drift


def test_once_it_was_sure_which_hours_it_keeps_it_is_not_taken_for_the_others() -> None:
    clock = DeviceClock(CORDOBA)
    assert clock.drift(read(UTC_SECONDS)) == 0.0
    assert clock.drift(read(LOCAL_SECONDS)) == -3 * 3600.0


def test_a_clock_that_was_understood_and_began_at_2000_anew_has_fallen_26_years() -> None:
    """Its battery is empty: 946684800 is 2000-01-01 00:00 UTC, as `date -u -d @946684800` says."""
    clock, lost = DeviceClock(CORDOBA), UTC_SECONDS + 60 - 946_684_800
    first = read(UTC_SECONDS, 0.0)
    assert clock.drift(first) == 0.0
    assert clock.fell(first, 0.0) is None
    later = read(946_684_800, 60.0)
    drift = clock.drift(later)
    assert drift == -lost
    fell = clock.fell(later, drift)
    assert fell is not None
    assert fell == (Span(MIDNIGHT, MIDNIGHT + 60 * SECOND), lost)
    assert "atrasó 9695 días de golpe" in fell_event(7, *fell).text_es


def test_a_fall_of_a_day_is_told_in_seconds_and_of_two_in_days() -> None:
    """There is no "1 días"."""
    span = Span(MIDNIGHT, MIDNIGHT + SECOND)
    assert "atrasó 90000 s de golpe" in fell_event(7, span, 90_000.0).text_es
    assert "atrasó 2 días de golpe" in fell_event(7, span, 172_800.0).text_es


@pytest.mark.parametrize(
    ("raw", "after", "monotonic", "lost"),
    [
        (UTC_SECONDS + 3600, 3600, None, None),
        (UTC_SECONDS + 3595, 3600, None, None),  # a bad clock, and whole seconds
        (UTC_SECONDS + 3570, 3600, None, 30.0),
        (UTC_SECONDS + 3630, 3600, None, None),  # set forward: by no restart
        (UTC_SECONDS + 3600, 3630, 3600.0, None),  # ours was set forward
        (UTC_SECONDS + 86_392, 86_400, None, None),  # 8 s in a day
    ],
)
def test_it_fell_when_more_is_lost_than_a_clock_wanders(
    raw: int, after: float, monotonic: float | None, lost: float | None
) -> None:
    clock = DeviceClock(CORDOBA)
    for reading in (read(UTC_SECONDS), read(raw, after, monotonic=monotonic)):
        drift = clock.drift(reading)
        assert drift is not None
        fell = clock.fell(reading, drift)
    span = Span(MIDNIGHT, MIDNIGHT + round(after * SECOND))
    assert fell == (None if lost is None else (span, lost))


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize(
    ("begin", "before", "after"),
    [  # as `date -u` and `zdump -v America/Santiago` say
        (1_788_665_400, -4, -3),  # 2026-09-06 03:30 UTC, half an hour before summer time
        (1_775_356_200, -3, -4),  # 2026-04-05 02:30 UTC, half an hour before its end
    ],
)
def test_the_hour_of_summer_time_is_no_fall(
    begin: int, before: int, after: int, *, follows: bool
) -> None:
    clock = DeviceClock(ZoneInfo("America/Santiago"))
    for at, hours in ((begin, before), (begin + 3600, after if follows else before)):
        reading = ClockReading(at + hours * 3600, at * SECOND, at * SECOND, float(at))
        drift = clock.drift(reading)
        assert drift is not None
        assert clock.fell(reading, drift) is None


# ---- in the poller -------------------------------------------------------------------------------


class Controller:
    """The scripted device's holding registers: a clock that a test sets back."""

    def __init__(self, bench: Bench) -> None:
        self.behind = 0
        self.mood: SourceError | None = None
        self.asked: list[float] = []
        self._bench = bench
        self._others = bench.device.read
        bench.device.read = self.read  # type: ignore[method-assign]

    async def read(self, block: Block) -> Reply:
        if block.table is not Table.HOLDING_REGISTER:
            return await self._others(block)
        assert (block.address, block.count) == (0, 2)
        clock = self._bench.clock
        self.asked.append(clock.monotonic() - 1000.0)
        if self.mood is not None:
            raise self.mood
        raw = clock.now() // SECOND - self.behind
        return Reply(block, [raw >> 16, raw & 0xFFFF], True, clock.now(), clock.now())


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[Bench, Controller]]:
    periods: dict[Group, float] = {**PERIODS, "clock": 3600.0}
    bench = Bench(periods=periods)
    centre = AlarmCentre()
    reader = StatusReader(RC10.group("status"), READER)
    rules = AlarmRules(7, reader, AlarmSettings(zone=CORDOBA), centre.book)
    desk = AlarmDesk(rules, centre)
    bench.poller.watch = Watch(7, READER, SequenceSettings(), None, desk)
    controller = Controller(bench)
    async with running(bench):
        yield bench, controller


def told(bench: Bench) -> list[tuple[str, str | None]]:
    return [
        (each.point, each.new)
        for each in bench.records
        if isinstance(each, Event)
        if each.kind is EventKind.GAP or each.point == "reinicio_del_controlador"
        if each.point != "hueco_de_datos"
    ]


def alarms(bench: Bench) -> list[tuple[AlarmState, float | None]]:
    return [
        (each.state, each.value)
        for each in bench.records
        if isinstance(each, Alarm)
        if each.code == "RELOJ"
    ]


async def test_it_is_read_at_the_beginning_and_at_full_hours() -> None:
    async with watched() as (bench, controller):
        await bench.clock.advance(7200.0)
        assert [round(at, 3) for at in controller.asked] == [0.5, 3599.5, 7199.5]
        assert (told(bench), alarms(bench)) == ([], [])


async def test_a_controller_that_was_without_power_has_restarted_and_its_clock_is_off() -> None:
    async with watched() as (bench, controller):
        await bench.clock.advance(100.0)
        bench.device.mood = lambda _: NoAnswerError("silent")
        await bench.clock.advance(500.0)
        bench.device.mood, controller.behind = (lambda _: None), 480
        await bench.clock.advance(61.0)
        assert told(bench) == [("reinicio_del_controlador", "480")]
        assert alarms(bench) == [(AlarmState.UNACK, -480)]
        controller.behind = 0
        await bench.clock.advance(3600.0)
        assert alarms(bench)[1:] == [(AlarmState.NORMAL, -480)]
        assert len(told(bench)) == 1


async def test_one_lost_packet_does_not_end_the_watch_of_a_clock_that_answers() -> None:
    async with watched() as (bench, controller):
        await bench.clock.advance(100.0)
        controller.mood = NoAnswerError("lost")
        await bench.clock.advance(3600.0)
        controller.mood, controller.behind = None, 480
        await bench.clock.advance(3600.0)
        assert len(controller.asked) == 3
        assert alarms(bench) == [(AlarmState.UNACK, -480)]
        assert bench.poller.link_up


async def test_a_clock_that_jumped_by_years_is_off() -> None:
    async with watched() as (bench, controller):
        await bench.clock.advance(100.0)
        controller.behind = 400 * 86_400
        await bench.clock.advance(3600.0)
        assert told(bench) == [("reinicio_del_controlador", "34560000")]
        assert alarms(bench) == [(AlarmState.UNACK, -34_560_000)]


async def test_a_clock_that_is_off_and_falls_silent_stays_off() -> None:
    """Nothing says that it was set; unread is not well."""
    async with watched() as (bench, controller):
        controller.behind = 480
        await bench.clock.advance(100.0)
        controller.mood = NoAnswerError("silent")
        await bench.clock.advance(7200.0)
        assert alarms(bench) == [(AlarmState.UNACK, -480)]
        controller.mood, controller.behind = None, 0
        await bench.clock.advance(3600.0)
        assert alarms(bench)[1:] == [(AlarmState.NORMAL, -480)]


@pytest.mark.parametrize("error", [DeviceRefusedError(2), NoAnswerError("silent")])
async def test_a_device_that_gives_none_is_as_well_as_any(error: SourceError) -> None:
    async with watched() as (bench, controller):
        controller.mood = error
        await bench.clock.advance(7200.0)
        silent = isinstance(error, NoAnswerError)
        assert len(controller.asked) == (1 if silent else 3)
        counts = bench.poller.counts
        assert (counts.failures, counts.retries, counts.refusals) == (0, 0, 0)
        assert bench.poller.link_up
        assert (told(bench), alarms(bench)) == ([], [])
