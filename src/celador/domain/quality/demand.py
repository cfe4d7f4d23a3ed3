"""Demand of 15-minute blocks, load factor and coincidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from celador.domain.quality.windows import Window

BLOCK_MIN = 15


@dataclass(frozen=True, slots=True)
class Band:
    """Hours of the day that a tariff treats alike.

    Attributes:
        name: in Spanish, for example "pico".
        first: hour at which it begins, 0 to 23.
        last: hour at which it ends; it may be past midnight.
    """

    name: str
    first: int
    last: int

    def holds(self, hour: int) -> bool:
        """Whether an hour of the day lies in it."""
        if self.first < self.last:
            return self.first <= hour < self.last
        return hour >= self.first or hour < self.last


@dataclass(frozen=True, slots=True)
class Peak:
    """The largest demand of some blocks.

    Attributes:
        kw: mean active power of the block, kW.
        at: when the block began, UTC in microseconds since 1970.
    """

    kw: float
    at: int


class DemandMeter:
    """The largest demands by hour band, and the sum of all, from blocks in order."""

    def __init__(self, bands: Sequence[Band]) -> None:
        self._bands = tuple(bands)
        self.peak: Peak | None = None
        self.by_band: dict[str, Peak | None] = {band.name: None for band in bands}
        self.blocks = 0
        self.total = 0.0

    def add(self, block: Window, local: datetime) -> float | None:
        """Count a block.

        Args:
            block: 15 minutes.
            local: when it begins by the clock on the wall.

        Returns:
            Its demand, kW, negative when the flow was reverse; None where it is not valid, and then
            it counts for nothing.
        """
        kw = block.mean("p_act")
        if kw is None:
            return None
        self.blocks += 1
        self.total += kw
        here = Peak(kw, block.start)
        self.peak = _larger(self.peak, here)
        for band in self._bands:
            if band.holds(local.hour):
                self.by_band[band.name] = _larger(self.by_band[band.name], here)
        return kw

    @property
    def mean(self) -> float | None:
        """Mean of the valid blocks, kW."""
        return self.total / self.blocks if self.blocks else None


def _larger(one: Peak | None, other: Peak) -> Peak:
    return other if one is None or other.kw > one.kw else one


def load_factor(kwh: float, peak_kw: float, hours: float) -> float | None:
    """Energy over what the peak would have made in the same time; None without a peak.

    Args:
        kwh: energy of the hours that were measured, kWh.
        peak_kw: largest demand, kW.
        hours: how many were measured, h.
    """
    return kwh / (peak_kw * hours) if peak_kw > 0 and hours > 0 else None


def coincidence(together: float, peaks: Sequence[float]) -> float | None:
    """Peak of the sum over the sum of the peaks.

    Args:
        together: largest demand of all together, kW.
        peaks: the largest demand of each, kW.
    """
    total = sum(peaks)
    return together / total if total > 0 else None


def apparent_demand(
    first: tuple[int, float], last: tuple[int, float], largest_kva: float
) -> float | None:
    """Demand in kVA from two readings of the energy counter, which a gap between them cannot harm.

    Args:
        first: instant (µs) and reading, kVAh.
        last: the same, later.
        largest_kva: what the line can carry, kVA; a faster counter was reset or torn.

    Returns:
        Mean kVA; None where the counter went back or ran faster than it can.
    """
    hours = (last[0] - first[0]) / 3.6e9
    step = last[1] - first[1]
    if hours <= 0 or step < 0 or step > plausible_step(largest_kva, hours):
        return None
    return step / hours


def plausible_step(largest_kva: float, hours: float) -> float:
    """Most kVAh that a counter can gain in a time; infinite where no limit is known.

    Args:
        largest_kva: what the line can carry, kVA; infinite for no limit.
        hours: h.
    """
    return math.inf if math.isinf(largest_kva) else largest_kva * hours * 1.2 + 1
