"""What a device is to its poller."""

from __future__ import annotations

from typing import Protocol

from celador.domain.blocks import Block, Reply


class Source(Protocol):
    """One device that can be read. It has no method that writes, and never will."""

    async def read(self, block: Block) -> Reply:
        """Read one block; opens the link first where it is not open.

        One request is under way at a time; further callers wait. A cancelled read closes the link,
        since the answer still to come would be taken for the next one's.

        Raises:
            LinkError: the link failed; it is closed, and the next read opens it anew.
            BadAnswerError: the answer is no answer to this request; the link is closed.
            DeviceRefusedError: the device refuses the whole block.
        """

    async def close(self) -> None:
        """Close the link; safe to call twice."""
