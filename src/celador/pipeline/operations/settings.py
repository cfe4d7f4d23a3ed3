"""What the rules of operations must be told of one recloser, because no bit says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SequenceSettings:
    """Settings of one recloser; a person reads them from the device's own configuration tool.

    Attributes:
        reclaim_s: the reclaim time Tres, s; a trip within it belongs to the sequence before it.
        co_counted_at: whether the operations counter moves at the opening or at the closing; the
            guide does not say.
        source_side: the terminals towards the source; the load is on the other ones.
        nominal_voltage: line to line, V.
        status_period_s: s between two reads of the status; a gap is longer than three of them.
        settle_s: s after a move within which the controller has shown it in its counters.
        counter_lag_s: s by which the controller may show a move late in its counters, which no
            guide states; what they alone tell may lie that much further back.
        customers: customers served downstream, None when not said.
        kva: transformer capacity installed downstream, kVA, None when not said.
    """

    reclaim_s: float = 30.0
    co_counted_at: Literal["open", "close"] = "close"
    source_side: Literal["abc", "rst"] = "abc"
    nominal_voltage: float = 13_200.0
    status_period_s: float = 1.0
    settle_s: float = 5.0
    counter_lag_s: float = 2.0
    customers: int | None = None
    kva: float | None = None

    @property
    def reclaim(self) -> int:
        """The reclaim time, µs."""
        return round(self.reclaim_s * 1_000_000)

    @property
    def settle(self) -> int:
        """The settling time of the counters, µs."""
        return round(self.settle_s * 1_000_000)

    @property
    def counter_lag(self) -> int:
        """The same lag, µs."""
        return round(self.counter_lag_s * 1_000_000)

    @property
    def longest_silence(self) -> int:
        """µs without a good read after which there is a gap in the data (1.3, T11)."""
        return round(max(3 * self.status_period_s, 5.0) * 1_000_000)
