"""Slow voltage: how far the windows are from the declared voltage, and whether that conforms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from celador.domain.quality.windows import Coverage, Window


class Connection(Enum):
    """Which voltages are judged; the value is the word of the data file."""

    LINE = "line"  # line to line: what a medium-voltage customer is connected to
    PHASE = "phase"  # phase to earth


@dataclass(frozen=True, slots=True)
class VoltageProfile:
    """A regulator's or standard's limits of slow voltage.

    Attributes:
        key: its name in the configuration.
        title: what it is, in Spanish.
        source: where the figures are from.
        assumed: True where the regulator's own band is not known and the one here stands in for it.
        window_min: length of a window, 10 or 15 min.
        band_percent: largest deviation to either side, % of the declared voltage.
        allowed_percent: share of the valid windows that may be outside the band, %.
        hard_percent: deviation that no window may exceed, %; None for no such limit.
        connection: which voltages are judged.
        weekly: True where each week is judged by itself, False for the period as a whole.
    """

    key: str
    title: str
    source: str
    assumed: bool
    window_min: int
    band_percent: float
    allowed_percent: float
    hard_percent: float | None
    connection: Connection
    weekly: bool

    def declared(self, nominal_voltage: float) -> float:
        """The voltage that deviations are measured from, V.

        Args:
            nominal_voltage: line to line, V.
        """
        line = self.connection is Connection.LINE
        return nominal_voltage if line else nominal_voltage / math.sqrt(3)


def deviation(volts: float, declared: float) -> float:
    """How far a voltage is from the declared one, % of the latter."""
    return 100 * (volts - declared) / declared


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the windows of a week or period say.

    Attributes:
        coverage: valid windows, of those expected.
        outside: valid windows outside the band.
        beyond: valid windows beyond the hard limit.
        low: the lowest deviation of any window, %; None where none is valid.
        high: the highest.
        conforms: None where the data are too few to say that they conform; that they do not can be
            said from any number.
    """

    coverage: Coverage
    outside: int
    beyond: int
    low: float | None
    high: float | None
    conforms: bool | None

    @property
    def outside_percent(self) -> float | None:
        """Share of the valid windows that are outside the band, %; None where none is valid."""
        valid = self.coverage.valid
        return 100 * self.outside / valid if valid else None


@dataclass(slots=True)
class VoltageJudge:
    """Counts windows against a profile, one after the other.

    Attributes:
        profile: the limits.
        declared: the declared voltage, V.
        names: the three quantities that are judged.
        valid: windows in which all three are valid.
        outside: those with any of them outside the band.
        beyond: those with any of them beyond the hard limit.
        low: the lowest deviation, %.
        high: the highest, %.
    """

    profile: VoltageProfile
    declared: float
    names: tuple[str, ...]
    valid: int = 0
    outside: int = 0
    beyond: int = 0
    low: float = math.inf
    high: float = -math.inf

    def add(self, window: Window) -> None:
        """Count a window; one that is not valid counts for nothing."""
        volts = [window.rms(name) for name in self.names]
        known = [deviation(value, self.declared) for value in volts if value is not None]
        if len(known) < len(volts):
            return
        worst = max(map(abs, known))
        hard = self.profile.hard_percent
        self.valid += 1
        self.outside += worst > self.profile.band_percent
        self.beyond += hard is not None and worst > hard
        self.low, self.high = min(self.low, *known), max(self.high, *known)

    def verdict(self, expected: float) -> Verdict:
        """What was counted.

        Args:
            expected: windows that the week or period has.
        """
        coverage = Coverage(self.valid, expected)
        share = 100 * self.outside / self.valid if self.valid else 0.0
        broken = self.beyond > 0 or share > self.profile.allowed_percent
        conforms = False if broken else True if coverage.conclusive else None
        seen = self.valid > 0
        return Verdict(
            coverage,
            self.outside,
            self.beyond,
            self.low if seen else None,
            self.high if seen else None,
            conforms,
        )
