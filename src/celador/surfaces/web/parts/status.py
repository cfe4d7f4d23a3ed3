"""What the status bits of a recloser say, as chips: on, off or unknown, and whether to mind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from celador.domain.causes import Sense
from celador.domain.errors import ProfileError
from celador.domain.quantities import Role
from celador.domain.sample import Quality, SwitchState, switch_state
from celador.profiles.model import Point, Profile
from celador.profiles.schema import load_profile
from celador.surfaces.web.viewer import View

Points = Mapping[str, object]

_FUNCTIONS = ("Prot", "AR", "EF", "SEF", "UV", "UF", "CLP", "LL", "ABR")
_MIND_OFF = frozenset(("Prot",))  # a line without protection
_MIND_ON = frozenset(("LL",))  # people work on the live line
_SUPPLY = {
    "AC Off": ("AC supply", "AC supply missing"),
    "Battery Off": ("Battery", "Battery missing"),
    "SIM Caps Not Charged": ("Capacitors charged", "Capacitors not charged"),
    "OSM Disconnected": ("Switch connected", "Switch disconnected"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that is on or off.

    Attributes:
        label: its name, ready to be read.
        on: None where the bit is not known.
        mind: it is not as it should be.
        explained: the whole sentence.
    """

    label: str
    on: bool | None
    mind: bool = False
    explained: str = ""


@dataclass(frozen=True)
class StatusNames:
    """Which points of a profile say what."""

    roles: Mapping[Role, str] = field(default_factory=dict)
    named: Mapping[tuple[Sense, str], Point] = field(default_factory=dict)

    @classmethod
    def of(cls, profile: Profile) -> StatusNames:
        """Of the status points of a profile."""
        points = profile.group("status")
        return cls(
            {point.role: point.key for point in points if point.role is not None},
            {(p.means.sense, p.means.of): p for p in points if p.means is not None},
        )

    def bit(self, points: Points, sense: Sense, of: str) -> bool | None:
        """One bit; None where the profile does not have it or it was not read."""
        point = self.named.get((sense, of))
        return None if point is None else as_bit(points.get(point.key))

    def explained(self, view: View, sense: Sense, of: str) -> str:
        """What the profile says of the bit."""
        point = self.named.get((sense, of))
        return "" if point is None else view.pick(point.description_es, point.description_en)

    def state(self, points: Points) -> tuple[SwitchState | None, Quality]:
        """Position of the switch as the bits say it."""
        return switch_state({role: as_bit(points.get(key)) for role, key in self.roles.items()})

    def active(self, points: Points, sense: Sense) -> list[str]:
        """Every name of a sense whose bit is on, in the order of the profile."""
        return [
            of
            for (kind, of), point in self.named.items()
            if kind is sense and as_bit(points.get(point.key))
        ]


@cache
def status_names(profile: str) -> StatusNames:
    """The names of a profile; none where it cannot be read any more."""
    try:
        return StatusNames.of(load_profile(profile))
    except ProfileError:
        return StatusNames()


def as_bit(value: object) -> bool | None:
    """A bit from a point's value, or from the text of an event."""
    if value is None:
        return None
    return value not in (0, "0", False)


def protection_chips(view: View, names: StatusNames, points: Points) -> list[Chip]:
    """What is in service, the setting group, local or remote."""
    chips = []
    for of in _FUNCTIONS:
        if (Sense.FUNCTION, of) not in names.named:
            continue
        on = names.bit(points, Sense.FUNCTION, of)
        mind = (of in _MIND_OFF and on is False) or (of in _MIND_ON and on is True)
        label = f"{of} OFF" if mind and not on else of
        chips.append(Chip(label, on, mind, names.explained(view, Sense.FUNCTION, of)))
    chips.append(_group(view, names, points))
    local = as_bit(points.get(names.roles.get(Role.LOCAL, "")))
    said = (
        view.t("Local") if local else view.t("Remote") if local is False else view.t("Local/remote")
    )
    chips.append(Chip(said, None if local is None else True, local is True, view.t("Control mode")))
    return chips


def _group(view: View, names: StatusNames, points: Points) -> Chip:
    active = names.active(points, Sense.GROUP)
    label = view.t("Group {number}", number=active[0] if len(active) == 1 else "?")
    return Chip(label, True if len(active) == 1 else None, False, view.t("Active setting group"))


def supply_chips(view: View, names: StatusNames, points: Points) -> list[Chip]:
    """What the controller lives on; its bits tell of what is missing."""
    chips = []
    for of, (well, ill) in _SUPPLY.items():
        missing = names.bit(points, Sense.WARNING, of)
        label = view.t(ill if missing else well)
        on = None if missing is None else not missing
        chips.append(Chip(label, on, missing is True, names.explained(view, Sense.WARNING, of)))
    return chips


def malfunctions(view: View, names: StatusNames, points: Points) -> list[str]:
    """What is broken, each as a sentence of the profile."""
    return [
        names.explained(view, Sense.MALFUNCTION, of)
        for of in names.active(points, Sense.MALFUNCTION)
    ]
