"""What one read of the status says, in the words of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from celador.domain.causes import Cause, Family, Sense
from celador.domain.quantities import Role
from celador.profiles.model import Point, Profile

StatusValue = float | int | str | None

_NEEDED = (Role.OPEN, Role.CLOSED, Role.TRIPPED, Role.LOCKOUT, Role.RECLOSING)


class Position(Enum):
    """Where the contacts are (1.2)."""

    OPEN = "abierto"
    CLOSED = "cerrado"
    INTERMEDIATE = "intermedio"  # neither, or the switch is disconnected
    INVALID = "inválido"  # both


@dataclass(frozen=True, slots=True)
class Facts:
    """One good read of the status.

    Attributes:
        position: of the contacts.
        tripped: open by protection.
        lockout: every reclose element is locked out; after an order's opening too.
        dead_time: a reclosing will follow.
        pickup: some element has picked up.
        initiated: protection at work: picked up, or in a dead time.
        picked_up: the elements that have picked up, most specific first.
        opened_by: what the device gives as causes of the open position, most specific first.
        closed_by: the same of the closed position.
        group: setting group of the last trip, else the one that is active, 1 to 4.
    """

    position: Position
    tripped: bool = False
    lockout: bool = False
    dead_time: bool = False
    pickup: bool = False
    initiated: bool = False
    picked_up: tuple[str, ...] = ()
    opened_by: tuple[str, ...] = ()
    closed_by: tuple[str, ...] = ()
    group: int | None = None


_FAMILIES = {family.value.upper(): family for family in Family if family.trips}


class FactReader:
    """Reads facts out of status values, as the points of a profile tell their meanings."""

    def __init__(self, points: Iterable[Point], causes: Sequence[Cause]) -> None:
        """Prepare for a profile.

        Args:
            points: its status points.
            causes: its causes, most specific first.
        """
        self.causes: Mapping[str, Cause] = {cause.name: cause for cause in causes}
        rank = {cause.name: place for place, cause in enumerate(causes)}
        self._roles: dict[Role, str] = {}
        self._named: dict[Sense, list[tuple[str, str]]] = {sense: [] for sense in Sense}
        for point in points:
            if point.role is not None:
                self._roles[point.role] = point.key
            if point.means is not None:
                self._named[point.means.sense].append((point.means.of, point.key))
        for named in self._named.values():
            named.sort(key=lambda pair: rank.get(pair[0], 0))
        self.complete = all(role in self._roles for role in _NEEDED)

    @classmethod
    def of(cls, profile: Profile) -> FactReader:
        """The reader of a profile."""
        return cls(profile.group("status"), profile.causes)

    def family(self, name: str) -> Family:
        """The family of a cause; UNDEFINED for a name that the profile does not know.

        A family in capitals is its own: counters tell of operations that nobody saw no more.
        """
        cause = self.causes.get(name)
        if cause is not None:
            return cause.family
        return _FAMILIES.get(name, Family.UNDEFINED)

    def read(self, values: Mapping[str, StatusValue]) -> Facts | None:
        """The facts; None where a bit that the rules cannot do without was not read.

        Args:
            values: point key to value, None or absent for a bit that was not read.
        """
        if any(values.get(self._roles.get(role, "")) is None for role in _NEEDED):
            return None

        def on(role: Role) -> bool:
            return bool(values.get(self._roles.get(role, "")))

        def names(sense: Sense) -> tuple[str, ...]:
            return tuple(name for name, key in self._named[sense] if values.get(key))

        groups = names(Sense.TRIP_GROUP) or names(Sense.GROUP)
        return Facts(
            position=_position(on(Role.OPEN), on(Role.CLOSED), on(Role.DISCONNECTED)),
            tripped=on(Role.TRIPPED),
            lockout=on(Role.LOCKOUT),
            dead_time=on(Role.RECLOSING),
            pickup=on(Role.PICKUP),
            initiated=on(Role.INITIATED),
            picked_up=names(Sense.PICKUP),
            opened_by=names(Sense.OPENED),
            closed_by=names(Sense.CLOSED),
            group=int(groups[0]) if groups else None,
        )


def _position(opened: bool, closed: bool, disconnected: bool) -> Position:
    if disconnected:
        return Position.INTERMEDIATE
    if opened and closed:
        return Position.INVALID
    if opened:
        return Position.OPEN
    return Position.CLOSED if closed else Position.INTERMEDIATE
