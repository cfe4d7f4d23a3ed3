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
from celador.surfaces.web.services import History, WebReader

_log = logging.getLogger("celador.web")

PERIOD = 1.0  # s
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
        hour: one row of each minute of the last hour; only in the first look.
        samples: the newest row of each device that has one.
        readings: newest rows of the counters, by device; only in a whole look.
        events: seen since the look's beginning, oldest first.
        operations: the same.
        outages: the same.
        alarms: every alarm whose life is not over.
        memories: what the rules of operations remember, which has the status points.
    """

    devices: Sequence[Device]
    hour: Sequence[SampleRow]
    samples: Sequence[SampleRow]
    readings: Sequence[SampleRow]
    events: Sequence[Event]
    operations: Sequence[Operation]
    outages: Sequence[Outage]
    alarms: Sequence[Alarm]
    memories: Sequence[Memory]


def look(reader: WebReader, now: int, *, whole: bool, first: bool = False) -> Look:
    """Read what is new.

    Args:
        reader: of what is stored.
        now: the wall clock, UTC in µs since 1970.
        whole: everything that a screen wants to know, not only what is recent.
        first: the last hour as well, which nobody here has seen.
    """
    end = now + _DAY  # a device's clock, or ours, may be ahead
    events_from = now - (_DAY if whole else _RECENT)
    moves_from = now - (_MONTH if whole else _RECENT)
    return Look(
        devices=reader.devices(),
        hour=hour_of(reader, now) if first else (),
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
        self._looks = 0

    async def run(self) -> None:
        """Follow until cancelled; what cannot be read now is tried again a second later."""
        while True:
            await self.once()
            await asyncio.sleep(PERIOD)

    async def once(self) -> None:
        """Look once, and tell."""
        now = self._clock.now()
        whole, first = self._looks % _WHOLE_EVERY == 0, self._looks == 0
        try:
            found = await self._history(lambda reader: look(reader, now, whole=whole, first=first))
        except CeladorError as error:
            if self._live.trouble is None:
                _log.warning("the pages cannot follow what is stored: %s", error)
            self._live.trouble = str(error)
            return
        self._live.trouble, self._live.read_at = None, now
        self._looks += 1
        self._take(found)

    def _take(self, found: Look) -> None:
        live = self._live
        live.watch(found.devices)
        live.recall_hour(found.hour)
        events = [event for event in found.events if event not in self._seen]
        self._remember(found.events, events)
        live.committed([*events, *found.operations, *found.outages])
        live.committed([each for each in found.memories if self._remembers(each)])
        live.committed([sample_of(row) for row in found.samples if self._fresh(row)])
        live.committed([reading_of(row) for row in found.readings])
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
