"""Time, as every room below the surfaces takes it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time, so that tests can turn it."""

    def now(self) -> int:
        """Wall clock, UTC in microseconds since 1970; may step."""

    def monotonic(self) -> float:
        """Seconds that never step back; their zero means nothing."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of monotonic time; at once for zero or less."""
