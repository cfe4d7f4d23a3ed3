"""Dips, swells and interruptions as polling sees them (IEEE Std 1159-2019, table of categories).

A poll sees an event for certain only if it lasts longer than the period and the time in which the
controller renews its registers; so a count from polling is a lower bound and never a SARFI. The
voltage seen during a dip is an upper bound of the lowest one, that during a swell a lower bound of
the highest one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from celador.domain.operation import Span, least, most
from celador.domain.sample import Value

LOW = 0.9
HIGH = 1.1
GONE = 0.1
"""Thresholds, pu of the declared voltage."""

HYSTERESIS = 0.02  # pu; what has begun ends this far inside the threshold

_CYCLE = 0.02  # s, at 50 Hz
_MINUTE = 60.0


class Disturbance(Enum):
    """Kinds of event."""

    DIP = "hueco"
    SWELL = "sobretensión"
    INTERRUPTION = "interrupción"


class DurationClass(Enum):
    """Classes of duration."""

    INSTANTANEOUS = "instantánea"
    MOMENTARY = "momentánea"
    TEMPORARY = "temporaria"
    SUSTAINED = "sostenida"


@dataclass(frozen=True, slots=True)
class Category:
    """One row of the table: magnitudes in pu, durations in s; lower ends belong to the row."""

    kind: Disturbance
    duration: DurationClass
    low: float
    high: float
    shortest: float
    longest: float


def _rows(
    kind: Disturbance, *limits: tuple[DurationClass, float, float, float, float]
) -> tuple[Category, ...]:
    return tuple(Category(kind, *row) for row in limits)


_C = DurationClass
CATEGORIES = (
    *_rows(
        Disturbance.DIP,
        (_C.INSTANTANEOUS, 0.1, 0.9, 0.5 * _CYCLE, 30 * _CYCLE),
        (_C.MOMENTARY, 0.1, 0.9, 30 * _CYCLE, 3.0),
        (_C.TEMPORARY, 0.1, 0.9, 3.0, _MINUTE),
        (_C.SUSTAINED, 0.8, 0.9, _MINUTE, math.inf),
    ),
    *_rows(
        Disturbance.SWELL,
        (_C.INSTANTANEOUS, 1.1, 1.8, 0.5 * _CYCLE, 30 * _CYCLE),
        (_C.MOMENTARY, 1.1, 1.4, 30 * _CYCLE, 3.0),
        (_C.TEMPORARY, 1.1, 1.2, 3.0, _MINUTE),
        (_C.SUSTAINED, 1.1, 1.2, _MINUTE, math.inf),
    ),
    *_rows(
        Disturbance.INTERRUPTION,
        (_C.MOMENTARY, 0.0, 0.1, 0.5 * _CYCLE, 3.0),
        (_C.TEMPORARY, 0.0, 0.1, 3.0, _MINUTE),
        (_C.SUSTAINED, 0.0, 0.1, _MINUTE, math.inf),
    ),
)
"""IEEE Std 1159-2019 at 50 Hz."""


@dataclass(frozen=True, slots=True)
class VoltageEvent:
    """One event.

    Attributes:
        start: when it began; without a lower end it was under way when watching began.
        end: when it ended; None while it lasts.
        kind: dip, swell or interruption.
        magnitude: the most extreme voltage that was seen, pu.
        samples: how many samples saw it.
    """

    start: Span
    end: Span | None
    kind: Disturbance
    magnitude: float
    samples: int

    def least(self) -> float | None:
        """Shortest possible duration, s; None while it lasts."""
        return None if self.end is None else least(self.start, self.end)

    def most(self) -> float | None:
        """Longest possible duration, s; None where an end is not known."""
        return None if self.end is None else most(self.start, self.end)


def guaranteed(period_s: float, refresh_s: float) -> float:
    """Duration from which no event can slip between two polls, s.

    Args:
        period_s: of the poll, s.
        refresh_s: time in which the controller renews its registers, s.
    """
    return period_s + refresh_s


def classify(event: VoltageEvent, refresh_s: float) -> Category | None:
    """The row of the table that an event belongs to.

    Args:
        event: an event.
        refresh_s: time in which the controller renews its registers, s; its ends are no better
            known than that.

    Returns:
        None where the possible durations lie in more than one row (then all that can be said is
        that there may have been an event, whose duration cannot be measured), or where the table
        has no row for such a magnitude of such a duration (`off_table` tells the two apart).
    """
    fitting = _by_duration(event, refresh_s)
    return next((row for row in fitting if row.low <= event.magnitude <= row.high), None)


def off_table(event: VoltageEvent, refresh_s: float) -> bool:
    """Whether the duration is known, and the table has no row for so far a voltage so long.

    Args:
        event: an event, such as 0.5 pu for 70 s.
        refresh_s: as for `classify`.
    """
    fitting = _by_duration(event, refresh_s)
    return bool(fitting) and not any(row.low <= event.magnitude <= row.high for row in fitting)


def _by_duration(event: VoltageEvent, refresh_s: float) -> Sequence[Category]:
    """The rows of its kind that hold every duration that it can have had."""
    shortest, longest = event.least(), event.most()
    if shortest is None or longest is None:
        return ()
    # The register may have been stale by as much when each end was seen.
    shortest, longest = max(0.0, shortest - refresh_s), longest + refresh_s
    return [
        row
        for row in CATEGORIES
        if row.kind is event.kind and row.shortest <= shortest and longest <= row.longest
    ]


@dataclass(slots=True)
class EventFinder:
    """Finds events in the samples of one recloser, one after the other.

    An event begins when any phase passes a threshold, and ends when all three are known to be back
    by the hysteresis.

    Attributes:
        declared: the declared voltage, V.
        last: instant of the last sample that told anything.
        begun: where the event under way began.
        sound_at: the last sample before which all was well, for the beginning of an event.
        bad_at: the last sample of the event under way that was not yet back.
        low: lowest voltage of it, pu.
        high: highest voltage of it, pu.
        samples: how many saw it.
    """

    declared: float
    sound_at: int | None = None
    begun: Span | None = None
    bad_at: int = 0
    low: float = math.inf
    high: float = -math.inf
    samples: int = 0

    def add(self, at: int, volts: Sequence[Value]) -> Iterator[VoltageEvent]:
        """Take a sample; yields the event that it ends.

        Args:
            at: UTC in microseconds since 1970, rising.
            volts: the three voltages, V; None for one that is not known.
        """
        known = [value / self.declared for value in volts if value is not None]
        if not known:
            return
        margin = HYSTERESIS if self.begun else 0.0
        fine = min(known) >= LOW + margin and max(known) <= HIGH - margin
        if not fine:
            self._worse(at, known)
        elif len(known) == len(volts):
            if self.begun is not None:
                yield self._event(self.begun, Span(self.bad_at, at))
                self.begun = None
            self.sound_at = at

    def under_way(self) -> VoltageEvent | None:
        """The event that has not ended yet."""
        return None if self.begun is None else self._event(self.begun, None)

    @property
    def disturbed(self) -> bool:
        """Whether an event is under way."""
        return self.begun is not None

    def _worse(self, at: int, known: Sequence[float]) -> None:
        if self.begun is None:
            self.begun = Span(self.sound_at, at)
            self.low, self.high, self.samples = math.inf, -math.inf, 0
        self.low, self.high = min(self.low, *known), max(self.high, *known)
        self.samples += 1
        self.bad_at = at

    def _event(self, start: Span, end: Span | None) -> VoltageEvent:
        kind, magnitude = _kind(self.low, self.high)
        return VoltageEvent(start, end, kind, magnitude, self.samples)


def _kind(low: float, high: float) -> tuple[Disturbance, float]:
    if low < GONE:
        return Disturbance.INTERRUPTION, low
    # Where both happened the dip goes first: it is the one that disconnects.
    if low < LOW:
        return Disturbance.DIP, low
    return Disturbance.SWELL, high
