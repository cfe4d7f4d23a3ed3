"""Coincidence of the demands of several reclosers."""

from __future__ import annotations

from array import array

from celador.domain.periods import Period
from celador.domain.quality.demand import BLOCK_MIN, coincidence
from celador.domain.quality.windows import Coverage

_BLOCK = BLOCK_MIN * 60_000_000


class FleetDemand:
    """Adds up the demands of several reclosers block by block."""

    def __init__(self, period: Period) -> None:
        self._first = period.start // _BLOCK
        count = -(-period.end // _BLOCK) - self._first
        self._sums = array("d", bytes(8 * count))
        self._counts = array("i", bytes(4 * count))
        self._peaks: dict[int, float] = {}

    def add(self, device_id: int, start: int, kw: float) -> None:
        """Take the demand of a valid block, kW."""
        index = start // _BLOCK - self._first
        self._sums[index] += kw
        self._counts[index] += 1
        self._peaks[device_id] = max(kw, self._peaks.get(device_id, kw))

    def coincidence(self, devices: int, until: int) -> tuple[float | None, Coverage]:
        """Peak of the sum over the sum of the peaks.

        Args:
            devices: how many reclosers there are; a block in which one of them is missing has no
                sum.
            until: the end of the period or the present, UTC in microseconds since 1970.

        Returns:
            The factor, None where no block is whole; and how many are, of those until then.
        """
        whole = [kw for kw, n in zip(self._sums, self._counts, strict=True) if n == devices]
        coverage = Coverage(len(whole), max(0, until // _BLOCK - self._first))
        return coincidence(max(whole), list(self._peaks.values())) if whole else None, coverage
