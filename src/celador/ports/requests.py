"""What people ask of the monitor, from wherever they ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from celador.domain.request import Answer, Left, Request


class RequestBox(Protocol):
    """Where people leave what they ask of the monitor; it may be another process.

    Every method blocks for a moment on the disk, and may be called from any thread.
    """

    def put(self, request: Request) -> str:
        """Leave a request; it is durable when this returns, and carried out within a second.

        Where no monitor runs it waits for one. It is carried out once, whoever is killed when.

        Returns:
            A ticket, by which to ask for the answer.

        Raises:
            StoreError: it could not be left.
        """

    def answer(self, ticket: str) -> Answer | None:
        """What became of a request; None while it waits, and again a day after it was answered.

        Raises:
            StoreError: the box cannot be read.
        """


class RequestInbox(Protocol):
    """A RequestBox that also takes requests that were left elsewhere; otherwise as there."""

    def keep(self, ticket: str, request: Request) -> None:
        """Keep a request that has its ticket already; one that is here is not kept twice."""

    def answer(self, ticket: str) -> Answer | None:
        """What became of a request; None while it waits."""


class RequestRelay(Protocol):
    """The historian's side of the requests to one collector; every method blocks.

    Every method raises HistorianAwayError where the historian cannot be asked.
    """

    def waiting(self) -> tuple[Sequence[Left], Sequence[str]]:
        """Requests that nobody has taken, the oldest first, and tickets that lack their answer."""

    def taken(self, ticket: str) -> None:
        """Note that the collector has a request."""

    def settle(self, answers: Mapping[str, Answer]) -> None:
        """Pass answers on, by ticket; the first answer of a request stays."""

    def close(self) -> None:
        """Close the connection."""


class RequestDesk(Protocol):
    """The monitor's side of a RequestBox; otherwise as there."""

    def waiting(self) -> Sequence[Left]:
        """Every request that has no answer, the oldest first; the same again until it has one.

        Raises:
            StoreError: the box cannot be read.
        """

    def settle(self, answers: Mapping[str, Answer]) -> None:
        """Answer requests, by ticket; durable when this returns.

        Raises:
            StoreError: it could not be written; the requests are still waiting.
        """
