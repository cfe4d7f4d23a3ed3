"""The machine's own clock, and one that is turned by hand."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable
from itertools import count


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


class TurnedClock:
    """`ports.Clock` whose hands move only when its owner turns them; for replays and tests.

    Who sleeps on it wakes at the exact instant, and time goes on once all that can run has run.

    Attributes:
        others: waited for as well before time goes on: work in other threads. None for none.
    """

    def __init__(self, wall: int) -> None:
        """Stop the hands at `wall`, UTC in microseconds since 1970."""
        self.others: Callable[[], Awaitable[None]] | None = None
        self._wall = wall
        self._elapsed = 0  # µs: whole ones, so that a year of steps adds up to exact instants
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> int:
        """Wall clock, UTC in microseconds since 1970."""
        return self._wall

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return 1000.0 + self._elapsed / 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Return when the hands have been turned by `seconds`; soon for zero or less."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        due = self._elapsed + max(1, round(seconds * 1_000_000))
        heapq.heappush(self._sleepers, (due, next(self._order), future))
        await future

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forwards or back, as NTP or an operator would."""
        self._wall += round(seconds * 1_000_000)

    def spend(self, seconds: float) -> None:
        """Let time pass without waking anyone, as a slow answer does."""
        self._pass(round(seconds * 1_000_000))

    async def advance(self, seconds: float) -> None:
        """Let time pass and wake every sleeper at its own instant."""
        end = self._elapsed + round(seconds * 1_000_000)
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self._pass(max(0, due - self._elapsed))
            if not future.done():
                future.set_result(None)
            await self.settle()
            if self.others is not None:
                await self.others()
        self._pass(max(0, end - self._elapsed))

    def _pass(self, microseconds: int) -> None:
        self._elapsed += microseconds
        self._wall += microseconds

    async def settle(self) -> None:
        """Let every task that can run do so."""
        await settle()


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(25):
        await asyncio.sleep(0)
