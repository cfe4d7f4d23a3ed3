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
