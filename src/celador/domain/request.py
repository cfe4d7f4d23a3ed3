"""What people ask of the monitor: to note that they have seen an alarm, or what an outage was.

None of these reaches a device.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from celador.domain.reliability.marks import ForceMajeure


class RequestKind(Enum):
    """What is asked; the column `accion` of `pedidos`."""

    ACKNOWLEDGE = "reconocer"
    SHELVE = "apartar"
    UNSHELVE = "reponer"
    OUT_OF_SERVICE = "fuera de servicio"
    IN_SERVICE = "en servicio"
    RESET = "restablecer"  # a latched alarm that was acknowledged
    MARK_OUTAGE = "marcar interrupción"


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that one person asks for.

    Attributes:
        at: when it was asked, UTC in microseconds since 1970.
        by: the person's user name.
        kind: what is asked.
        device_id: `equipos.id`; None for an alarm without device.
        key: of the alarm or of the interruption.
        reason: in the person's words; needed to shelve and to take out of service. Of an
            interruption it is the note, None leaves that as it is.
        until: end of the shelving, same unit as `at`, at most 12 h later.
        planned: of an interruption; None leaves it as it is.
        force_majeure: of an interruption; None leaves it as it is.
    """

    at: int
    by: str
    kind: RequestKind
    device_id: int | None
    key: int
    reason: str | None = None
    until: int | None = None
    planned: bool | None = None
    force_majeure: ForceMajeure | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request.

    Attributes:
        done: it was carried out; False where that could not be.
        text_es: what was done, or why not, in Spanish.
        text_en: the same in English.
    """

    done: bool
    text_es: str
    text_en: str


NOT_UNDERSTOOD = Answer(
    False,
    "esta versión no entiende el pedido: repítalo con la versión del monitor",
    "this version does not understand the request: make it again with the monitor's version",
)


@dataclass(frozen=True, slots=True)
class Left:
    """A request that waits to be carried out.

    Attributes:
        ticket: by which its answer is found.
        request: what is asked.
    """

    ticket: str
    request: Request

    @property
    def point(self) -> str:
        """The column `punto` of the event that tells of it: each request has one event at most."""
        return f"pedido {self.ticket}"
