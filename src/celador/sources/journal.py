"""What the log says of one link: one line when it goes down, one when it is back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import groupby

from celador.domain.blocks import Block
from celador.domain.errors import SourceError

log = logging.getLogger("celador.link")


class Journal:
    """Keeps the log of one device short, however long it stays dead."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._failures = 0

    def failed(self, error: SourceError) -> None:
        """The link failed; only the first failure in a row is written, the others are counted."""
        if not self._failures:
            log.warning("link down: %s (further failures are counted, not logged)", error)
        self._failures += 1

    def answered(self) -> None:
        """The device answered, be it with an exception."""
        if self._failures:
            log.warning("%s: link is back, after %d failed reads", self._name, self._failures)
            self._failures = 0

    def set_aside(self, block: Block, cells: Sequence[int], code: int, retry_after: float) -> None:
        """The device refuses `cells` of `block`: sorted PDU addresses."""
        log.warning(
            "%s: the device refuses %s %s (PDU addresses, exception %d); the rest is read without "
            "them and they are tried again every %g s; take their points out of the profile if the "
            "device does not have them",
            *(self._name, block.table.value, _written(cells), code, retry_after),
        )

    def given_again(self, block: Block) -> None:
        """The device gives all cells of `block` that it refused before."""
        log.warning(
            "%s: the device gives all of %s %d-%d again",
            *(self._name, block.table.value, block.address, block.end - 1),
        )


def _written(cells: Sequence[int]) -> str:
    """Sorted addresses as a person writes them: `7, 30-33`."""
    runs = []
    for _, numbered in groupby(enumerate(cells), key=lambda pair: pair[1] - pair[0]):
        run = [cell for _, cell in numbered]
        runs.append(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}")
    return ", ".join(runs)
