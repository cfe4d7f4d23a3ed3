"""How many messages a channel may still send: a bucket that fills up evenly over an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from celador.domain.alarm import Priority

HOUR = 3_600_000_000  # µs
_RESERVE = 4  # one part in four of the bucket is kept for what is critical


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left.

    Attributes:
        left: messages that may go out now, with their fraction.
        per_hour: most messages in the bucket, and as many fill it in an hour.
    """

    left: float
    per_hour: int

    @classmethod
    def after(cls, sent: Sequence[int], per_hour: int, now: int) -> Allowance:
        """The bucket after what was sent, full an hour ago.

        Args:
            sent: instants of messages, ascending, UTC in microseconds since 1970; older ones than
                an hour count no more.
            per_hour: of the channel.
            now: same unit as `sent`.
        """
        begin = now - HOUR
        left, at = float(per_hour), begin
        for each in sent:
            if begin < each <= now:
                left = min(per_hour, left + (each - at) * per_hour / HOUR) - 1.0
                at = each
        return cls(min(per_hour, left + (now - at) * per_hour / HOUR), per_hour)

    def for_priority(self, priority: Priority) -> int:
        """Whole messages of a priority that may go out now; a reserve is left for the critical."""
        reserve = 0 if priority is Priority.CRITICAL else self.per_hour // _RESERVE
        return max(0, int(self.left - reserve + 1e-9))

    def wait(self, priority: Priority) -> int:
        """Microseconds until one message of a priority may go out; 0 where one may now."""
        if self.for_priority(priority):
            return 0
        reserve = 0 if priority is Priority.CRITICAL else self.per_hour // _RESERVE
        return int((reserve + 1.0 - self.left) * HOUR / self.per_hour) + 1
