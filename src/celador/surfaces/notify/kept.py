"""Messages that are kept instead of sent: what a replay would have told."""

from __future__ import annotations

from dataclasses import dataclass, field

from celador.config import ChannelConfig
from celador.ports import Clock
from celador.surfaces.notify.build import destination_name
from celador.surfaces.notify.sending import Message, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """One message.

    Attributes:
        at: when it would have gone out, UTC in microseconds since 1970.
        destination: to whom.
        message: what.
    """

    at: int
    destination: str
    message: Message


@dataclass(frozen=True, slots=True)
class Keeper:
    """Takes every message of every channel, at once.

    Attributes:
        clock: time.
        messages: in the order in which they came.
    """

    clock: Clock
    messages: list[KeptMessage] = field(default_factory=list)

    def sender(self, channel: ChannelConfig, address: str | None) -> KeptSender:
        """The way to one address; a `build.SenderOf`."""
        return KeptSender(self, destination_name(channel, address))


@dataclass(frozen=True, slots=True)
class KeptSender:
    """One destination; implements `sending.Sender`."""

    keeper: Keeper
    destination: str

    @property
    def patience(self) -> float:
        """Seconds after which an attempt that has not ended is given up."""
        return 3600.0

    def send(self, message: Message) -> Outcome:
        """Keep it."""
        self.keeper.messages.append(KeptMessage(self.keeper.clock.now(), self.destination, message))
        return Outcome(Verdict.DELIVERED)
