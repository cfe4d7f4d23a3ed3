"""The machine's own clock."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """`ports.Clock` on the operating system's clocks."""

    def now(self) -> int:
        """Wall clock, UTC in microseconds since 1970."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`; at once for zero or less."""
        if seconds > 0:
            await asyncio.sleep(seconds)
