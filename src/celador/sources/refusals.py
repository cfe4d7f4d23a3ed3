"""What a device gives of a block that it refused in one piece. Pure, no I/O.

A device answers exception 2 when any cell of a request is one that it does not have, so a refused
piece is halved until the bad cells stand alone. What was learned is kept: the next reads ask for
the sound pieces between the bad cells.
"""

from __future__ import annotations

from collections.abc import Iterable

from celador.domain.blocks import Block

SPLITTING_CODES = frozenset({2, 3})
"""Exceptions that speak of the cells asked for: an address that is not there, a count too large.

The others speak of the device, the function or the gateway: asking for less would not help.
"""


class Refusals:
    """Pieces of one block: sound, suspect (part of a refused piece, to be searched), refused.

    Attributes:
        block: the block.
        code: the exception that the device gave for it last.
        sound: pieces that the device gives in one request each.
        refused: cells that it refuses even when asked for one alone.
        told: the refused cells as last reported.
    """

    def __init__(self, block: Block, code: int) -> None:
        self.block = block
        self.code = code
        self.sound: list[range] = []
        self.refused: set[int] = set()
        self.told: frozenset[int] = frozenset()
        self._suspect: list[range] = []
        self._retry_at: float | None = None
        self._may_join = True
        self._parts: dict[range, list[range]] = {}
        self.refuse(range(block.address, block.end), code)

    @property
    def budget(self) -> int:
        """Most requests that one read may spend on searching.

        One bad cell costs 2 log2(count) requests; twice that leaves room for a second, and what is
        not found in one read is found in the next.
        """
        return 4 * self.block.count.bit_length()

    @property
    def set_aside(self) -> frozenset[int]:
        """Cells that are not to be had now: refused, or not yet searched."""
        return frozenset(self.refused.union(*self._suspect))

    @property
    def is_hopeless(self) -> bool:
        """True when every cell was asked for alone and refused."""
        return len(self.refused) == self.block.count

    def next_suspect(self) -> range | None:
        """The next piece to ask for in the search; it stays the next until it is judged."""
        return self._suspect[-1] if self._suspect else None

    def accept(self, piece: range) -> None:
        """The device gave `piece`."""
        if piece in self._suspect:
            self._suspect.remove(piece)
            self.sound.append(piece)

    def refuse(self, piece: range, code: int) -> list[range]:
        """The device refused `piece`: the whole block, a sound piece, or a suspect one.

        Returns:
            Sound pieces to ask for in its place.
        """
        self.code = code
        if piece in self._parts:
            # The pieces were joined and are too long together: leave them apart from now on.
            parts = self._parts.pop(piece)
            self.sound.remove(piece)
            self.sound += parts
            self._may_join = False
            return parts
        for pieces in (self.sound, self._suspect):
            if piece in pieces:
                pieces.remove(piece)
        if len(piece) == 1:
            self.refused.add(piece.start)
        else:
            middle = len(piece) // 2
            self._suspect += [piece[middle:], piece[:middle]]
        return []

    def settle(self, now: float, retry_after: float) -> bool:
        """After a read: put the findings in order; True when the search is at its end.

        Args:
            now: monotonic seconds.
            retry_after: after how many seconds the refused cells are to be tried again.
        """
        if self._suspect:
            return False
        # Where no cell is bad, the pieces were too long for the device and stay apart.
        if self.refused and self._may_join:
            self._join()
        if self.refused and self._retry_at is None:
            self._retry_at = now + retry_after
        return True

    def _join(self) -> None:
        apart = sorted(self.sound, key=lambda piece: piece.start)
        self.sound = _runs(cell for piece in apart for cell in piece)
        for joined in self.sound:
            parts = [piece for piece in apart if piece.start in joined]
            if len(parts) > 1:
                self._parts[joined] = parts

    def wake(self, now: float) -> None:
        """Before a read: once the refused cells are due, they are suspect again, run by run."""
        if self._retry_at is not None and now >= self._retry_at:
            self._suspect = _runs(self.refused)
            self.refused = set()
            self._retry_at = None


def _runs(cells: Iterable[int]) -> list[range]:
    """Neighbouring cells joined, in order."""
    runs: list[range] = []
    for cell in sorted(cells):
        if runs and runs[-1].stop == cell:
            runs[-1] = range(runs[-1].start, cell + 1)
        else:
            runs.append(range(cell, cell + 1))
    return runs
