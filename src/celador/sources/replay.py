"""A timeline in the place of a device: the poller reads what was shown at that instant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from celador.domain.blocks import Block, Reply
from celador.domain.errors import NoAnswerError
from celador.ports import Clock


class Shown(Protocol):
    """What shows cells: a scripted controller, or a simulated one behind an adapter."""

    def show(self, block: Block, now: float) -> Sequence[int | None] | None:
        """The cells of a block at this second of the file; None where nothing answers."""


class ReplaySource:
    """One replayed device; implements `celador.ports.Source`."""

    def __init__(
        self, shown: Shown, clock: Clock, zero: int, silences: Sequence[tuple[float, float]] = ()
    ) -> None:
        """Begin.

        Args:
            shown: gives the cells.
            clock: the clock that the file turns.
            zero: its wall time at the second 0 of `shown`, UTC in microseconds since 1970.
            silences: spans in which nothing answers, s.
        """
        self._shown = shown
        self._clock = clock
        self._zero = zero
        self._silences = silences

    async def read(self, block: Block) -> Reply:
        """The cells as they were at this instant.

        Raises:
            NoAnswerError: nothing answered then.
        """
        at = self._clock.now()
        # Files write tenths of seconds, and the wall clock is a whole number of microseconds.
        now = round((at - self._zero) / 1_000_000, 4)
        silent = any(first <= now < last for first, last in self._silences)
        cells = None if silent else self._shown.show(block, now)
        if cells is None:
            raise NoAnswerError("nothing answers in the timeline at this instant")
        return Reply(block, cells, None not in cells, at, at)

    async def close(self) -> None:
        """There is no link to close."""
