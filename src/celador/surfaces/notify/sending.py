"""One message to one destination, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from celador.domain.alarm import Priority
from celador.domain.notices.notice import NoticeKind
from celador.domain.notices.routing import Channel
from celador.domain.notices.text import Text


class Verdict(Enum):
    """How an attempt ended; the column `resultado` of `intentos`."""

    DELIVERED = "entregado"
    FAILED = "falló"  # later it may go
    REJECTED = "rechazado"  # it never will
    DOUBTFUL = "en duda"  # it may have arrived


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    Attributes:
        verdict: how it ended.
        reason: why it did not arrive, one sentence without any secret; None where it did.
    """

    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent.

    Attributes:
        text: subject and body.
        priority: the most urgent of what is in it.
        kind: of that.
        keys: of the notices in it, for whoever sorts messages by program.
    """

    text: Text
    priority: Priority
    kind: NoticeKind
    keys: tuple[str, ...] = ()


def trial_message(text: Text) -> Message:
    """A message that only tries the way."""
    return Message(text, Priority.LOG, NoticeKind.TEST, ("prueba",))


class Sender(Protocol):
    """The way to one destination."""

    @property
    def patience(self) -> float:
        """Seconds after which an attempt that has not ended is given up."""

    def send(self, message: Message) -> Outcome:
        """Send it and wait for the answer; called from the destination's own thread.

        Never raises for what the other side does.
        """


@dataclass(frozen=True, slots=True)
class Destination:
    """One address of one channel; each has its own queue, pace and thread.

    Attributes:
        name: the channel's, and the address behind it where the channel has several.
        channel: what it hears of.
        sender: the way there.
    """

    name: str
    channel: Channel
    sender: Sender
