"""What a person or the regulator says of an interruption."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ForceMajeure(Enum):
    """The column `fuerza_mayor`; only what the regulator has accepted is left out of an index."""

    NO = "no"
    CLAIMED = "invocada"
    ACCEPTED = "aceptada"


@dataclass(frozen=True, slots=True)
class OutageMarks:
    """What was added to an interruption by hand.

    Attributes:
        planned: it was announced, with a work order; None where nobody said.
        force_majeure: whether it was.
    """

    planned: bool | None = None
    force_majeure: ForceMajeure = ForceMajeure.NO


@dataclass(frozen=True, slots=True)
class Marking:
    """What a person adds to one row of `interrupciones`.

    Attributes:
        device_id: `equipos.id`.
        key: of the interruption.
        at: when, UTC in microseconds since 1970.
        planned: None leaves it as it is.
        force_majeure: None leaves it as it is.
        note: the column `nota`; None leaves it as it is.
    """

    device_id: int
    key: int
    at: int
    planned: bool | None = None
    force_majeure: ForceMajeure | None = None
    note: str | None = None
