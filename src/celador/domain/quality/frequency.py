"""Frequency: means of ten seconds against the limits (EN 50160, clauses 4.2.1 and 5.2.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from celador.domain.quality.windows import VALID_SHARE, Coverage

WINDOW_S = 10
RATED = 50.0  # Hz

_WINDOW = WINDOW_S * 1_000_000


@dataclass(frozen=True, slots=True)
class FrequencyLimits:
    """What a standard asks of the frequency.

    Attributes:
        key: its name in the data file.
        source: where the figures are from, in Spanish.
        source_en: the same in English.
        band_percent: deviation to either side that most means stay within, %.
        within_percent: share of the means that must, %.
        hard_low_percent: deviation below that no mean may exceed, %.
        hard_high_percent: the same above.
    """

    key: str
    source: str
    source_en: str
    band_percent: float
    within_percent: float
    hard_low_percent: float
    hard_high_percent: float


@dataclass(frozen=True, slots=True)
class FrequencyResult:
    """What the means of ten seconds say.

    Attributes:
        coverage: valid means, of those expected.
        within: means inside the narrow band.
        beyond: means beyond the hard limits.
        low: lowest mean, Hz; None where there is none.
        high: highest mean, Hz.
        conforms: None where the data are too few to say that it does.
    """

    coverage: Coverage
    within: int
    beyond: int
    low: float | None
    high: float | None
    conforms: bool | None

    @property
    def within_percent(self) -> float | None:
        """Share of the means inside the narrow band, %; None where there is none."""
        return 100 * self.within / self.coverage.valid if self.coverage.valid else None


def millihertz(hertz: float) -> float:
    """Deviation from the rated frequency, mHz."""
    return 1000 * (hertz - RATED)


class FrequencyJudge:
    """Makes means of ten seconds, aligned to the clock, and counts them."""

    def __init__(self, limits: FrequencyLimits, period_s: float) -> None:
        """Begin.

        Args:
            limits: what is asked.
            period_s: of the poll, s; above 10 s most windows have no sample, and are missing.
        """
        self._limits = limits
        self._needed = VALID_SHARE * max(1.0, WINDOW_S / period_s)
        self._window = -1
        self._total = 0.0
        self._count = 0
        self._valid = self._within = self._beyond = 0
        self._low, self._high = math.inf, -math.inf

    def add(self, at: int, hertz: float) -> None:
        """Take a sample; instants (UTC in microseconds since 1970) rise."""
        window = at // _WINDOW
        if window != self._window:
            self._settle()
            self._window = window
        self._total += hertz
        self._count += 1

    def _settle(self) -> None:
        if self._count and self._count >= self._needed:
            mean = self._total / self._count
            percent = 100 * (mean - RATED) / RATED
            limits = self._limits
            self._valid += 1
            self._within += abs(percent) <= limits.band_percent
            self._beyond += not -limits.hard_low_percent <= percent <= limits.hard_high_percent
            self._low, self._high = min(self._low, mean), max(self._high, mean)
        self._total, self._count = 0.0, 0

    def result(self, seconds: float) -> FrequencyResult:
        """What was counted.

        Args:
            seconds: length of the period, s. A stretch in which neither side was live counts as not
                covered, though nothing was wrong with it.
        """
        self._settle()
        coverage = Coverage(self._valid, seconds / WINDOW_S)
        seen = self._valid > 0
        within = 100 * self._within / self._valid if seen else 0.0
        broken = seen and (self._beyond > 0 or within < self._limits.within_percent)
        return FrequencyResult(
            coverage,
            self._within,
            self._beyond,
            self._low if seen else None,
            self._high if seen else None,
            False if broken else True if coverage.conclusive else None,
        )
