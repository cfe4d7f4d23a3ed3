"""What a poller counts of itself."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

LATENESS_BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Upper bounds of the lateness classes, s; the last class has none."""


@dataclass(slots=True)
class PollCounts:
    """Counts since the start, of one device; or of several together.

    Attributes:
        cycles: cycles with an answer.
        skipped: due instants that went by because the cycle before them had not ended.
        failures: cycles that ended with the link down.
        retries: requests asked a second time.
        refusals: blocks refused by the device.
        lateness: cycles by how late they began, one count per class of LATENESS_BOUNDS and one for
            the rest.
        latest: the latest beginning of a cycle, s.
    """

    cycles: int = 0
    skipped: int = 0
    failures: int = 0
    retries: int = 0
    refusals: int = 0
    lateness: list[int] = field(default_factory=lambda: [0] * (len(LATENESS_BOUNDS) + 1))
    latest: float = 0.0

    def late_by(self, seconds: float) -> None:
        """Count the beginning of a cycle `seconds` after it was due."""
        self.lateness[bisect_left(LATENESS_BOUNDS, seconds)] += 1
        self.latest = max(self.latest, seconds)

    def late_within(self, share: float) -> float | None:
        """How late at most `share` (0 to 1) of the cycles began, s, rounded up to a class bound.

        Returns:
            Infinity when it is more than the last bound; None when no cycle has begun.
        """
        wanted, seen = share * sum(self.lateness), 0
        for bound, cycles in zip((*LATENESS_BOUNDS, math.inf), self.lateness, strict=True):
            seen += cycles
            if seen and seen >= wanted:
                return bound
        return None

    def since(self, earlier: PollCounts) -> PollCounts:
        """What was counted after `earlier`; `latest` cannot be told apart and stays."""
        return PollCounts(
            self.cycles - earlier.cycles,
            self.skipped - earlier.skipped,
            self.failures - earlier.failures,
            self.retries - earlier.retries,
            self.refusals - earlier.refusals,
            [now - then for now, then in zip(self.lateness, earlier.lateness, strict=True)],
            self.latest,
        )


def total(counts: Iterable[PollCounts]) -> PollCounts:
    """The counts of several devices together."""
    together = PollCounts()
    for one in counts:
        together.cycles += one.cycles
        together.skipped += one.skipped
        together.failures += one.failures
        together.retries += one.retries
        together.refusals += one.refusals
        together.lateness = [a + b for a, b in zip(together.lateness, one.lateness, strict=True)]
        together.latest = max(together.latest, one.latest)
    return together
