"""A clock that a test turns by hand."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

MIDNIGHT = 1_784_332_800_000_000
"""2026-07-18 00:00:00 UTC in microseconds: divisible by a day, so that alignment is easy to see."""


class TurnedClock:
    """`ports.Clock` whose hands move only in `advance` and `step_wall`."""

    def __init__(self, wall: int = MIDNIGHT) -> None:
        self._wall = wall
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> int:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        await future

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forwards or back, as NTP or an operator would."""
        self._wall += round(seconds * 1_000_000)

    def spend(self, seconds: float) -> None:
        """Let time pass without waking anyone, as a slow answer does."""
        self._monotonic += seconds
        self._wall += round(seconds * 1_000_000)

    async def advance(self, seconds: float) -> None:
        """Let time pass and wake every sleeper at its own instant."""
        end = self._monotonic + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self.spend(max(0.0, due - self._monotonic))
            if not future.done():
                future.set_result(None)
            await settle()
        self.spend(max(0.0, end - self._monotonic))


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(25):
        await asyncio.sleep(0)
