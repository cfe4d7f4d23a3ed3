"""Reading for eyes: trends, the newest values, searches among the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from celador.domain.envelope import Envelope
from celador.domain.event import Event, EventKind
from celador.ports.history import SampleRow


class TrendReader(Protocol):
    """Reads what quantities were over ranges of any length, fast enough to look at."""

    def envelope(
        self, device_id: int, columns: Sequence[str], start: int, end: int, points: int
    ) -> Envelope:
        """What one recloser's quantities were in a range: least, mean, most and count.

        Few samples come as they are; more come in stretches of one width, from the samples or,
        where they are many, from what was summed up before. A late sample counts at once.

        Args:
            device_id: `equipos.id`.
            columns: names of MEASUREMENTS that are no codes.
            start: first instant, included, UTC in microseconds since 1970; a stretch that it cuts
                may be told whole.
            end: last instant, excluded.
            points: how many stretches are wanted; there are at most twice as many.

        Raises:
            StoreError: a column is unknown or a code, or the store cannot be read.
        """


class NewestReader(Protocol):
    """Reads how things are now, of all devices at once; otherwise as HistoryReader."""

    def newest_samples(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        """The newest row of `mediciones` of each device that has one; cheap.

        Args:
            columns: names of MEASUREMENTS, and `estado`, `calidad`.
        """

    def newest_readings(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        """The newest row of `contadores` of each device that has one; cheap.

        Args:
            columns: names of COUNTERS.
        """

    def first_samples(
        self, start: int, end: int, step: int, columns: Sequence[str]
    ) -> Sequence[SampleRow]:
        """Of every device the first row of `mediciones` in each stretch of time; cheap.

        Args:
            start: of the first stretch, UTC in µs since 1970.
            end: of the last one, which may be shorter.
            step: length of a stretch, µs.
            columns: as for `newest_samples`.

        Returns:
            Rows by device and time; a stretch without a row gives none.
        """


@dataclass(frozen=True, slots=True)
class EventSearch:
    """Which events somebody looks for.

    Attributes:
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        device_ids: which devices; empty means all. Events of the whole collector always belong.
        kinds: which kinds; empty means all.
        words: each must stand in the point or in one of the texts, whatever its case.
    """

    start: int
    end: int
    device_ids: tuple[int, ...] = ()
    kinds: tuple[EventKind, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event with its place in the store.

    Attributes:
        id: `eventos.id`.
        event: the event.
    """

    id: int
    event: Event


class JournalReader(Protocol):
    """Searches the events."""

    def find_events(
        self, search: EventSearch, limit: int, before: tuple[int, int] | None = None
    ) -> Sequence[FoundEvent]:
        """The newest events that fit, newest first.

        Args:
            search: which.
            limit: how many at most.
            before: instant and id of the last one that is known already, to go on after it.
        """
