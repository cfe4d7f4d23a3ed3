"""Pages beside what is stored: a past that is slow to be read holds up nothing of the present."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from celador.domain.device import Device
from celador.domain.errors import TooSlowError
from celador.domain.event import Event, EventKind, Origin
from celador.domain.sample import Quality, Sample, SwitchState
from celador.ports import SampleRow
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.store import SqliteStore
from celador.surfaces.live import Live
from celador.surfaces.web.follow import Follower
from celador.surfaces.web.layout import frame_topic
from celador.surfaces.web.pages.recloser import recall, recloser_topic
from celador.surfaces.web.services import History
from celador.surfaces.web.stream import Moment
from celador.surfaces.web.viewer import View
from tests.export_server.conftest import eventually
from tests.support.clock import MIDNIGHT, TurnedClock

MINUTE = 60_000_000
NOW = MIDNIGHT + 90 * MINUTE
SLOW = "the historian is too slow: look at its load and its disk"
DEVICE = Device(1, "norte", "", "noja-rc10", 13_200.0)


def amps(at: int, value: float) -> Sample:
    return Sample(1, at, {"ia": value}, SwitchState.CLOSED, Quality.GOOD)


class SlowPast(SqliteReader):
    """A store of which the last hour takes long, or too long."""

    asked = 0
    may_answer = threading.Event()
    fails = False

    def first_samples(
        self, start: int, end: int, step: int, columns: Sequence[str]
    ) -> Sequence[SampleRow]:
        type(self).asked += 1
        if self.fails:
            raise TooSlowError(SLOW)
        assert self.may_answer.wait(60)
        return super().first_samples(start, end, step, columns)


@pytest.fixture
def slow() -> Iterator[type[SlowPast]]:
    class Slow(SlowPast):
        may_answer = threading.Event()

    yield Slow
    Slow.may_answer.set()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A recloser with 100 A 40 minutes ago and 70 A now."""
    path, clock = tmp_path / "celador.db", TurnedClock(NOW)
    opened = await SqliteStore.open(path, devices=[DEVICE], collector="c", clock=clock)
    opened.add([amps(NOW - 40 * MINUTE, 100.0), amps(NOW, 70.0)])
    await opened.flush()
    yield opened
    await opened.close()


class HastyClock(TurnedClock):
    """A clock on which every sleep is over at once.

    Attributes:
        waits: how long each was, s.
    """

    def __init__(self, wall: int) -> None:
        super().__init__(wall)
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.spend(seconds)
        await asyncio.sleep(0.005)


@asynccontextmanager
async def following(
    open_reader: Callable[[], SqliteReader], clock: TurnedClock | None = None
) -> AsyncIterator[Live]:
    live, history = Live(()), History(open_reader)
    running = asyncio.create_task(Follower(live, history, clock or HastyClock(NOW)).run())
    try:
        yield live
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await history.close()


def shows(live: Live, value: float) -> bool:
    known = live.devices.get(1)
    return known is not None and known.sample is not None and known.sample.values["ia"] == value


def past(live: Live) -> float | None:
    """The mean of the minute 40 minutes ago, A."""
    bucket = live.devices[1].minutes.series("ia", NOW)[-40]
    return None if bucket is None else bucket.mean


async def test_what_is_now_does_not_wait_for_the_last_hour(
    store: SqliteStore, tmp_path: Path, slow: type[SlowPast]
) -> None:
    async with following(lambda: slow(tmp_path / "celador.db")) as live:
        await eventually(lambda: slow.asked == 1 and shows(live, 70.0))
        assert past(live) is None
        store.add([amps(NOW + 1, 71.0)])
        await store.flush()
        await eventually(lambda: shows(live, 71.0))
        slow.may_answer.set()
        await eventually(lambda: past(live) == 100.0)


async def test_a_page_reads_back_what_came_between_two_looks(
    store: SqliteStore, tmp_path: Path
) -> None:
    """In every minute a fault and, before anybody looks, the load again."""
    history, live = History(lambda: SqliteReader(tmp_path / "celador.db")), Live(())
    turned = TurnedClock(NOW)
    follower = Follower(live, history, turned)
    await follower.once()
    minutes = live.devices[1].minutes
    await recall(history, live.devices[1], NOW)
    for _ in range(62):
        store.add([amps(turned.now() + 1, 1800.0), amps(turned.now() + 2, 70.0)])
        await store.flush()
        await follower.once()
        turned.spend(60)
    now = turned.now()
    assert [each and each.high for each in minutes.series("ia", now)] == [70.0] * 60
    await recall(history, live.devices[1], now)
    assert [each and each.high for each in minutes.series("ia", now)] == [1800.0] * 60
    await history.close()


async def test_a_page_that_stays_open_reads_it_back_too(store: SqliteStore, tmp_path: Path) -> None:
    clock = HastyClock(NOW)
    async with following(lambda: SqliteReader(tmp_path / "celador.db"), clock) as live:
        await eventually(lambda: shows(live, 70.0))
        at = clock.now()
        store.add([amps(at + 1, 1800.0), amps(at + 2, 71.0)])
        await store.flush()
        await eventually(lambda: shows(live, 71.0))

        def seen() -> list[float | None]:
            now = clock.now()
            recloser_topic(Moment(live, View(), now, "1"))  # as the stream of an open page does
            line = live.devices[1].minutes.series("ia", now)
            return [None if each is None else each.high for each in line]

        await eventually(lambda: 1800.0 in seen())


async def test_an_hour_that_cannot_be_read_is_asked_for_once_and_told(
    store: SqliteStore,
    tmp_path: Path,
    slow: type[SlowPast],
    caplog: pytest.LogCaptureFixture,
) -> None:
    slow.fails = True
    async with following(lambda: slow(tmp_path / "celador.db")) as live:
        await eventually(lambda: slow.asked == 1 and shows(live, 70.0))
        for value in (71.0, 72.0, 73.0):
            store.add([amps(NOW + int(value), value)])
            await store.flush()
            await eventually(partial(shows, live, value))
        assert slow.asked == 1
        assert past(live) is None
    assert caplog.messages == [f"the pages begin without the last hour: {SLOW}"]


class Defective(SqliteReader):
    """A store at whose rows the reading stumbles, by a fault of ours that nobody foresaw."""

    why = "nobody foresaw this"

    def newest_samples(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        if self.why:
            raise RuntimeError(self.why)
        return super().newest_samples(columns)


async def test_a_defect_is_told_on_the_page_and_tried_again_ever_more_slowly(
    store: SqliteStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Reader(Defective):
        pass

    caplog.set_level(logging.INFO, "celador.web")
    clock = HastyClock(NOW)
    async with following(lambda: Reader(tmp_path / "celador.db"), clock) as live:
        await eventually(lambda: len(clock.waits) >= 8)
        assert clock.waits[:8] == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
        said = frame_topic(Moment(live, View("en"), clock.now()))["blind"].text or ""
        assert said.startswith("What is stored cannot be read")
        (told,) = caplog.records
        assert told.exc_info
        assert told.exc_text
        assert Reader.why in told.exc_text

        store.add([amps(clock.now(), 71.0)])
        await store.flush()
        Reader.why = ""
        await eventually(lambda: shows(live, 71.0) and clock.waits[-1] == 1.0)
        assert frame_topic(Moment(live, View("en"), clock.now()))["blind"].text == ""
    assert caplog.messages[1:] == ["the pages follow what is stored again"]


async def test_what_happened_while_nothing_could_be_read_is_told_at_once_afterwards(
    store: SqliteStore, tmp_path: Path
) -> None:
    class Reader(Defective):
        why = ""

    clock = HastyClock(NOW)
    async with following(lambda: Reader(tmp_path / "celador.db"), clock) as live:
        await eventually(lambda: shows(live, 70.0))
        Reader.why = "for two minutes"
        await eventually(lambda: live.trouble is not None)
        store.add(
            [Event(1, NOW, None, EventKind.LINK, "enlace", None, "arriba", "", "", Origin.SYSTEM)]
        )
        await store.flush()
        began = clock.now()
        await eventually(lambda: clock.now() > began + 2 * MINUTE)
        assert live.devices[1].link is None
        looks, Reader.why = len(clock.waits), ""
        await eventually(lambda: live.devices[1].link is True)
        assert len(clock.waits) <= looks + 20
