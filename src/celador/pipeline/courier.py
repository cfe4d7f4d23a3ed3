"""Carries requests from the historian into the collector's own box, and their answers back."""

from __future__ import annotations

from celador.ports import RequestInbox, RequestRelay


class Courier:
    """Whatever is cut off in between is done again: a ticket goes into the box once.

    Everything here blocks; use it from one thread.
    """

    def __init__(self, relay: RequestRelay, box: RequestInbox) -> None:
        """Take both ends; `relay` is closed by `close`."""
        self._relay = relay
        self._box = box

    def step(self) -> None:
        """Carry what waits on either side.

        Raises:
            StoreError: one of the sides cannot be reached; the next step goes on.
        """
        fresh, unanswered = self._relay.waiting()
        for left in fresh:
            self._box.keep(left.ticket, left.request)
            self._relay.taken(left.ticket)
        found = {ticket: self._box.answer(ticket) for ticket in unanswered}
        self._relay.settle({t: answer for t, answer in found.items() if answer is not None})

    def close(self) -> None:
        """Let the historian go."""
        self._relay.close()
