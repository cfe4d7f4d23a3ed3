"""Feeds the live records from what is stored, where the monitor is another process.

Once a second it asks for the newest row of every device and for what has been seen in the last
minute; once a minute for everything that a late row could have changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.errors import CeladorError
from celador.domain.event import Event
from celador.domain.memory import Memory
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.quantities import COUNTER_NAMES, MEASUREMENT_NAMES
from celador.domain.sample import CounterReading, Quality, Sample, SwitchState
from celador.pipeline.watch import SUBJECT
from celador.ports import Clock, SampleRow
from celador.surfaces.live import Live, hour_of
from celador.surfaces.web.hours import recall_hour
from celador.surfaces.web.services import History, WebReader

_log = logging.getLogger("celador.web")

PERIOD = 1.0  # s
_LONGEST_WAIT = 60.0  # s between two looks, while they fail in a way that nobody foresaw
_SECOND = 1_000_000
_RECENT = 60 * _SECOND  # µs; rows of a batch may become visible after later ones
_DAY = 86_400 * _SECOND
_MONTH = 30 * _DAY
_WHOLE_EVERY = 60  # looks
_COLUMNS = (*MEASUREMENT_NAMES, "estado", "calidad")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the stored rows gave.

    Attributes:
        devices: every device.
        samples: the newest row of each device that has one.
        readings: newest rows of the counters, by device; only in a whole look.
        events: seen since the look's beginning, oldest first.
        operations: the same.
        outages: the same.
        alarms: every alarm whose life is not over.
        memories: what the rules of operations remember, which has the status points.
    """

    devices: Sequence[Device]
    samples: Sequence[SampleRow]
    readings: Sequence[SampleRow]
    events: Sequence[Event]
    operations: Sequence[Operation]
    outages: Sequence[Outage]
    alarms: Sequence[Alarm]
    memories: Sequence[Memory]


def look(reader: WebReader, now: int, *, whole: bool) -> Look:
    """Read what is new.

    Args:
        reader: of what is stored.
        now: the wall clock, UTC in µs since 1970.
        whole: everything that a screen wants to know, not only what is recent.
    """
    end = now + _DAY  # a device's clock, or ours, may be ahead
    events_from = now - (_DAY if whole else _RECENT)
    moves_from = now - (_MONTH if whole else _RECENT)
    return Look(
        devices=reader.devices(),
        samples=reader.newest_samples(_COLUMNS),
        readings=reader.newest_readings(COUNTER_NAMES) if whole else (),
        events=list(reader.events(events_from, end)),
        operations=list(reader.operations(moves_from, end)),
        outages=list(reader.outages(moves_from, end)),
        alarms=reader.open_alarms(),
        memories=list(reader.memories(SUBJECT).values()),
    )


def sample_of(row: SampleRow) -> Sample:
    """A row of `mediciones` as the sample that it was."""
    values = dict(zip(_COLUMNS, row.values, strict=True))
    state, quality = values.pop("estado"), values.pop("calidad")
    return Sample(
        row.device_id,
        row.at,
        values,
        None if state is None else SwitchState(int(state)),
        Quality(int(quality or 0)),
    )


def reading_of(row: SampleRow) -> CounterReading:
    """A row of `contadores` as the reading that it was."""
    return CounterReading(
        row.device_id, row.at, dict(zip(COUNTER_NAMES, row.values, strict=True)), Quality.GOOD
    )


class Follower:
    """Hands what is new to `Live`, each record once, in the event loop; or why nothing is."""

    def __init__(self, live: Live, history: History, clock: Clock) -> None:
        self._live, self._history, self._clock = live, history, clock
        self._seen: dict[Event, None] = {}
        self._memories: dict[int, Memory] = {}
        self._looks = 0  # in a row; the first after a failure is a whole one
        self._defects = 0  # failures in a row that are ours, not the store's
        self._defect = ""  # the one that was logged

    async def run(self) -> None:
        """Follow until cancelled; what cannot be read now is tried again a second later.

        After an error that is no `CeladorError` the wait grows, up to a minute: whatever is wrong
        will not be well in a second, and the pages say meanwhile that they are blind.
        """
        hour: asyncio.Task[None] | None = None
        try:
            while True:
                await self.once()
                if hour is None and self._looks:
                    hour = asyncio.create_task(self._recall_hour())
                elif hour is not None and hour.done() and self._looks % _WHOLE_EVERY == 1:
                    hour = asyncio.create_task(self._refill_shown())
                await self._clock.sleep(min(_LONGEST_WAIT, PERIOD * 2.0 ** min(self._defects, 32)))
        finally:
            if hour is not None:
                hour.cancel()

    async def _recall_hour(self) -> None:
        """Read what the small pictures show of the past, once; no look waits for it.

        Where it cannot be read they begin empty, and fill up as the hour passes.
        """
        now = self._clock.now()
        try:
            self._live.recall_hour(await self._history(lambda reader: hour_of(reader, now)))
        except CeladorError as error:
            _log.warning("the pages begin without the last hour: %s", error)
        except Exception:  # noqa: BLE001 -- the fence between the past and the present
            _log.exception("the pages begin without the last hour")

    async def _refill_shown(self) -> None:
        """Read what fell between two looks, and what came late, for the pages that are open."""
        since = self._clock.now() - _RECENT
        try:
            for known in list(self._live.devices.values()):
                if known.shown_at > since:
                    await recall_hour(self._history, known, self._clock.now())
        except CeladorError as error:
            _log.warning("the last hour of open pages cannot be read back: %s", error)
        except Exception:  # noqa: BLE001 -- the fence between the past and the present
            _log.exception("the last hour of open pages cannot be read back")

    async def once(self) -> None:
        """Look once, and tell."""
        now = self._clock.now()
        whole = self._looks % _WHOLE_EVERY == 0
        try:
            self._take(await self._history(lambda reader: look(reader, now, whole=whole)))
        except CeladorError as error:
            if self._live.trouble is None:
                _log.warning("the pages cannot follow what is stored: %s", error)
            self._live.trouble, self._looks = str(error), 0
        except Exception as error:  # noqa: BLE001 -- it must not end while the pages are open
            self._note_defect(error)
            self._live.trouble, self._looks = str(error), 0
        else:
            if self._live.trouble is not None:
                _log.info("the pages follow what is stored again")
            self._live.trouble, self._live.read_at = None, now
            self._looks, self._defects, self._defect = self._looks + 1, 0, ""

    def _note_defect(self, error: Exception) -> None:
        """Log it with its traceback, once for as long as it is the same one."""
        self._defects += 1
        if self._defect != repr(error):
            self._defect = repr(error)
            _log.exception("the pages cannot follow what is stored; tried again ever more slowly")

    def _take(self, found: Look) -> None:
        live = self._live
        live.watch(found.devices)
        samples = [sample_of(row) for row in found.samples if self._fresh(row)]
        readings = [reading_of(row) for row in found.readings]
        events = [event for event in found.events if event not in self._seen]
        live.committed([*events, *found.operations, *found.outages])
        self._remember(found.events, events)
        live.committed([each for each in found.memories if self._remembers(each)])
        live.committed(samples)
        for sample in samples:  # the newest alone: others may have come since the last look
            live.devices[sample.device_id].minutes.glimpsed(sample.at)
        live.committed(readings)
        live.replace_alarms(found.alarms)

    def _fresh(self, row: SampleRow) -> bool:
        known = self._live.devices.get(row.device_id)
        return known is not None and (known.sample is None or row.at > known.sample.at)

    def _remembers(self, memory: Memory) -> bool:
        """Whether it is another one than before; it is told again only then."""
        news = self._memories.get(memory.device_id) != memory
        self._memories[memory.device_id] = memory
        return news

    def _remember(self, shown: Sequence[Event], news: Sequence[Event]) -> None:
        """Keep what was told; what is too old to be read again is forgotten."""
        self._seen.update(dict.fromkeys(news))
        if shown and len(self._seen) > 100_000:
            self._seen = dict.fromkeys(shown)
