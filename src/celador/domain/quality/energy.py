"""Energy: active energy integrated from power, since no register counts kWh, and what bounds it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

_LONGEST_STEP = 3.0  # periods; a longer one is a gap
_RESOLUTION = 1.0  # of the kVAh and kvarh counters
_US_PER_HOUR = 3.6e9


@dataclass(slots=True)
class EnergyMeter:
    """Integrates active power by trapezoids; gaps are left out, never bridged.

    Attributes:
        period_s: of the poll, s; a step of more than three of them is a gap.
        forward: kWh from the source to the load.
        reverse: kWh the other way, positive.
        undirected: kWh of which the controller did not know the way.
        covered_s: time that was integrated, s.
    """

    period_s: float
    forward: float = 0.0
    reverse: float = 0.0
    undirected: float = 0.0
    covered_s: float = 0.0
    _last: tuple[int, float, bool] | None = field(default=None, repr=False)

    def add(self, at: int, kw: float | None, *, directed: bool = True) -> None:
        """Take a sample.

        Args:
            at: UTC in microseconds since 1970, rising.
            kw: negative for reverse flow; None begins a gap.
            directed: False where the controller did not know which way it flowed.
        """
        if kw is None:
            self._last = None
            return
        last, self._last = self._last, (at, kw, directed)
        if last is None or at - last[0] > _LONGEST_STEP * self.period_s * 1_000_000:
            return
        hours = (at - last[0]) / _US_PER_HOUR
        self.covered_s += hours * 3600
        if not (directed and last[2]):
            self.undirected += (abs(last[1]) + abs(kw)) / 2 * hours
            return
        there, back = _trapezoid(last[1], kw)
        self.forward += there * hours
        self.reverse += back * hours

    @property
    def total(self) -> float:
        """All that flowed, either way, kWh."""
        return self.forward + self.reverse + self.undirected


def _trapezoid(first: float, last: float) -> tuple[float, float]:
    """Means of the positive and of the negative part of a straight line between two powers."""
    if first >= 0 and last >= 0:
        return (first + last) / 2, 0.0
    if first <= 0 and last <= 0:
        return 0.0, -(first + last) / 2
    above, below = max(first, last), -min(first, last)
    width = 2 * (above + below)
    return above * above / width, below * below / width


@dataclass(frozen=True, slots=True)
class CounterStep:
    """What the energy counters gained between two readings, both ways together.

    Attributes:
        kvah: kVAh.
        kvarh: kvarh.
    """

    kvah: float
    kvarh: float

    @property
    def bound(self) -> float:
        """Most kWh that can have flowed.

        Apparent energy is at least the vector sum of active and reactive energy (Minkowski), and
        equal to it while the power factor does not change; the counters' steps are added.
        """
        kvarh = max(0.0, self.kvarh - _RESOLUTION)
        return math.sqrt(max(0.0, (self.kvah + _RESOLUTION) ** 2 - kvarh**2))

    @property
    def estimate(self) -> float:
        """The same without the counters' steps: the best estimate over a gap."""
        return math.sqrt(max(0.0, self.kvah**2 - self.kvarh**2))


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy of a period.

    Attributes:
        forward: kWh integrated, from the source to the load.
        reverse: kWh integrated the other way.
        undirected: kWh integrated without knowing the way.
        estimated: kWh in the gaps, from the counters; 0 where there was no gap.
        counters: what the counters gained over the whole period; None where they do not tell.
        outside: most kWh that were integrated before the first reading of the counters and after
            the last, which these cannot bound; None where that is too much of the time.
    """

    forward: float
    reverse: float
    undirected: float
    estimated: float
    counters: CounterStep | None
    outside: float | None = 0.0

    @property
    def measured(self) -> float:
        """Everything integrated, kWh."""
        return self.forward + self.reverse + self.undirected

    @property
    def total(self) -> float:
        """Integrated and estimated, kWh."""
        return self.measured + self.estimated

    @property
    def is_estimate(self) -> bool:
        """Whether the total rests on an estimate ("estimada")."""
        return self.estimated > 0

    @property
    def plausible(self) -> bool | None:
        """Whether what was integrated respects the counters' bound; None where they set none."""
        if self.counters is None or self.outside is None:
            return None
        return self.measured - self.outside <= self.counters.bound
