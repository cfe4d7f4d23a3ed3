"""What a poller counts of itself."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

LATENESS_BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Upper bounds of the lateness classes, s; the last class has none."""


@dataclass(slots=True)
class PollCounts:
    """Counts since the start, of one device.

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
