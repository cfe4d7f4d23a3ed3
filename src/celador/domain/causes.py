"""What can pick up, open or close a recloser, and what a status bit says about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Family(Enum):
    """Kinds of cause; the value is the name that profiles use."""

    OC = "oc"  # phase overcurrent
    EF = "ef"  # earth fault
    SEF = "sef"  # sensitive earth fault
    UV = "uv"  # undervoltage
    UF = "uf"  # underfrequency
    VOLTAGE = "voltage"  # voltage supervision of one side; it trips nothing
    PROTECTION = "protection"  # a trip, by whatever element
    AUTOMATION = "automation"  # a change-over between sources
    ORDER = "order"  # a person or a control centre
    RECLOSE = "reclose"  # the automatic reclosing
    UNDEFINED = "undefined"  # the device itself does not know

    @property
    def trips(self) -> bool:
        """True for protection elements, False for orders and automation."""
        return self in _TRIPPING


_TRIPPING = frozenset((Family.OC, Family.EF, Family.SEF, Family.UV, Family.UF, Family.PROTECTION))


class Direction(Enum):
    """Which way an element looks; `forward` is from the source to the load."""

    FORWARD = "forward"
    REVERSE = "reverse"

    @property
    def word(self) -> str:
        """As the column `sentido` has it."""
        return "directo" if self is Direction.FORWARD else "inverso"


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that can pick up, open or close.

    Attributes:
        name: as the device's guide calls it ("OC3+", "SCADA").
        family: of which kind it is.
        direction: which way it looks, None where it looks no way.
    """

    name: str
    family: Family
    direction: Direction | None = None


class Sense(Enum):
    """What a status bit says of the thing it names; the value is the word that profiles use."""

    PICKUP = "pickup"  # this element has picked up
    OPENED = "opened"  # the position is open, and this is why
    CLOSED = "closed"  # the position is closed, and this is why
    ALARM = "alarm"  # this element is in alarm
    TRIP_GROUP = "trip_group"  # this setting group was active during a trip
    GROUP = "group"  # this setting group is active
    FUNCTION = "function"  # this function is in service
    MALFUNCTION = "malfunction"
    WARNING = "warning"

    @property
    def of_cause(self) -> bool:
        """True where the thing named must be one of the profile's causes."""
        return self in (Sense.PICKUP, Sense.OPENED, Sense.CLOSED, Sense.ALARM)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status bit means: `sense` of the thing called `of`."""

    sense: Sense
    of: str

    def __str__(self) -> str:
        return f"{self.sense.value} {self.of}"
