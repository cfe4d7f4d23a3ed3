"""Interruptions of supply on the load side of a recloser."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from celador.domain.operation import RecordQuality, Span, least, most

THREE_MINUTES = 180.0
"""Up to this long an interruption does not count in Argentina, s (ENRE, ERSeP)."""

FIVE_MINUTES = 300.0
"""Up to this long an interruption is momentary by IEEE Std 1366, s."""


class OutageOrigin(Enum):
    """The column `origen`."""

    OWN_FAULT = "propia-falla"  # this recloser opened by protection
    OWN_ORDER = "propia-maniobra"  # this recloser opened by an order or by automation
    EXTERNAL = "externa"  # no supply while this recloser was closed
    UNKNOWN = "desconocida"


class Duration(Enum):
    """The columns `clase_3min` and `clase_5min`."""

    MOMENTARY = "momentánea"
    SUSTAINED = "sostenida"
    UNDETERMINED = "indeterminada"  # the two ends are not known well enough


@dataclass(frozen=True, slots=True)
class Outage:
    """One row of `interrupciones`; a later one of the same device and key takes its place.

    Attributes:
        device_id: `equipos.id`.
        key: tells the interruptions of one device apart, and rises from each to the next.
        start: when the supply went; without a lower end it was gone already when watching began.
        end: when it came back; None while it lasts.
        origin: whose doing it was.
        operation: key of the operation that caused it, None for none.
        customers: customers without supply, None when not said.
        kva: transformer capacity without supply, kVA, None when not said.
        quality: how much of it was seen.
    """

    device_id: int
    key: int
    start: Span
    origin: OutageOrigin
    quality: RecordQuality
    end: Span | None = None
    operation: int | None = None
    customers: int | None = None
    kva: float | None = None

    @property
    def at(self) -> int:
        """When it was seen to begin, UTC in microseconds since 1970."""
        return self.start.hi

    def duration(self, limit: float) -> Duration | None:
        """Whether it lasted longer than `limit` seconds; None while it is under way."""
        if self.end is None:
            return None
        if least(self.start, self.end) > limit:
            return Duration.SUSTAINED
        longest = most(self.start, self.end)
        if longest is not None and longest <= limit:
            return Duration.MOMENTARY
        return Duration.UNDETERMINED
