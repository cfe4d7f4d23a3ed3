"""Wear of the contacts: two straight lines through it, and when they reach what asks for a plan.

Sheet of condition indicators: a linear fit against time, and against the sum of the largest
currents, told only from ten operations on. Contacts wear by the current that is interrupted, so the
second line holds where faults come in bursts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from celador.domain.operation import Operation, OperationKind
from celador.domain.quality.windows import Coverage

LIMIT = 85.0
"""Wear at which the replacement is to be planned, %."""

ENOUGH = 10
"""Fewest operations of which a trend is told."""

_MONTH = 365.25 / 12 * 86_400 * 1_000_000  # µs


@dataclass(frozen=True, slots=True)
class Opening:
    """An operation that wore the contacts.

    Attributes:
        at: when it began, UTC in microseconds since 1970.
        amps: largest phase current times how often it was interrupted, A; None: not known.
    """

    at: int
    amps: float | None

    @staticmethod
    def of(operation: Operation) -> Opening | None:
        """That of an operation; None where no fault was interrupted."""
        if operation.kind is not OperationKind.SEQUENCE or not operation.trips:
            return None
        extremes = operation.extremes
        amps = max((each for each in (extremes.ia, extremes.ib, extremes.ic) if each), default=None)
        known = amps if operation.own_extremes else None
        return Opening(operation.at, None if known is None else operation.trips * known)


@dataclass(slots=True)
class Line:
    """The straight line of least squares, point by point."""

    _count: int = 0
    _x: float = 0.0
    _y: float = 0.0
    _xx: float = 0.0
    _xy: float = 0.0

    def add(self, x: float, y: float) -> None:
        """Take a point."""
        self._count += 1
        self._x += x
        self._y += y
        self._xx += x * x
        self._xy += x * y

    @property
    def slope(self) -> float | None:
        """How much y rises with x; None where every x is the same."""
        spread = self._count * self._xx - self._x**2
        return (self._count * self._xy - self._x * self._y) / spread if spread > 0 else None


@dataclass(frozen=True, slots=True)
class WearTrend:
    """How the wear grew between the first and the last reading.

    Attributes:
        first: %.
        last: %.
        months: between them.
        currents: operations of which the interrupted current is known, of all of them.
        by_time: months from the last reading to `LIMIT` by the line against time; None where it
            does not rise, or operations are too few.
        by_current: the same by the line against the interrupted currents, if these go on as they
            came.
    """

    first: float
    last: float
    months: float
    currents: Coverage
    by_time: float | None
    by_current: float | None

    @property
    def operations(self) -> int:
        """How many wore the contacts in this time."""
        return int(self.currents.expected)


class WearMeter:
    """Takes the readings of one recloser by instant; a fall is another pair of contacts."""

    def __init__(self, openings: Sequence[Opening]) -> None:
        """Begin.

        Args:
            openings: of the same time, by instant.
        """
        self._openings = openings
        self._next = 0
        self._first: tuple[int, float] | None = None
        self._last = (0, 0.0)
        self._begin()

    def _begin(self) -> None:
        self._by_time, self._by_current = Line(), Line()
        self._amps, self._known, self._seen = 0.0, 0, 0

    def add(self, at: int, percent: float) -> None:
        """Take a reading: when, UTC in microseconds since 1970, and the wear, %."""
        since = self._next
        while self._next < len(self._openings) and self._openings[self._next].at <= at:
            self._next += 1
        if self._first is None or percent < self._last[1]:
            self._begin()
            self._first = (at, percent)
        else:
            new = self._openings[since : self._next]
            amps = [each.amps for each in new if each.amps is not None]
            self._seen += len(new)
            self._known += len(amps)
            self._amps += sum(amps)
        self._last = (at, percent)
        self._by_time.add((at - self._first[0]) / _MONTH, percent)
        self._by_current.add(self._amps, percent)

    def trend(self) -> WearTrend | None:
        """What the readings say; None where there are none."""
        if self._first is None:
            return None
        (began, first), (ended, last) = self._first, self._last
        months, currents = (ended - began) / _MONTH, Coverage(self._known, self._seen)
        by_time = by_current = None
        if self._seen >= ENOUGH:
            by_time = _until(last, self._by_time.slope)
            per_amp = self._by_current.slope
            if currents.conclusive and per_amp is not None:
                by_current = _until(last, per_amp * self._amps / months)
        return WearTrend(first, last, months, currents, by_time, by_current)


def _until(percent: float, per_month: float | None) -> float | None:
    if per_month is None or per_month <= 0:
        return None
    return max(0.0, LIMIT - percent) / per_month
