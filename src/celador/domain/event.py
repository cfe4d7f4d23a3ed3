"""Events: one change of one thing, with the interval in which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from celador.domain.operation import RecordQuality


class EventKind(Enum):
    """The column `clase`."""

    POINT = "punto"  # a discrete input changed between two good polls
    LINK = "enlace"  # the link to the device went down or came back
    GAP = "hueco"  # samples that could not be stored, or an interval without polls
    SYSTEM = "sistema"  # start and stop of the supervision, a step of the clock
    DERIVED = "deducido"  # concluded from several points or from counters


class Origin(Enum):
    """The column `origen`: who says so."""

    DEVICE = "equipo"
    ESTIMATED = "estimado"  # the counters, of what nobody saw
    OPERATOR = "operador"
    SYSTEM = "sistema"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of `eventos`.

    Attributes:
        device_id: `equipos.id`, None for an event of the whole collector.
        at: when it was seen, UTC in microseconds since 1970.
        since: when the old state was last seen; the change lies in (since, at]. None when there
            was no earlier good poll.
        kind: what sort of thing changed.
        point: key of the point (profile key), or a word for the kind ("enlace").
        old: the state before, None when not known.
        new: the state after, None when not known.
        text_es: the sentence for people, in Spanish.
        text_en: the same in English.
        origin: who says so.
    """

    device_id: int | None
    at: int
    since: int | None
    kind: EventKind
    point: str
    old: str | None
    new: str | None
    text_es: str
    text_en: str
    origin: Origin

    @property
    def quality(self) -> RecordQuality:
        """How much of it was seen; what counters alone tell is reconstructed (sheet, 1.4)."""
        untold = self.origin is Origin.ESTIMATED
        return RecordQuality.RECONSTRUCTED if untold else RecordQuality.OBSERVED

    @property
    def uncertainty(self) -> float | None:
        """Seconds between the last sight of the old state and the first of the new one."""
        return None if self.since is None else (self.at - self.since) / 1_000_000
