"""A recloser as the database knows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """One row of `equipos`.

    Attributes:
        id: number of the recloser, unique over the whole installation and never reused: it is the
            key under which every row of the recloser is kept.
        name: short name, unique among those in use; a replacement may inherit it.
        place: where it stands, empty when not said.
        profile: name of the device profile.
        nominal_voltage: line to line, V.
        customers: customers served downstream, None when not said.
        kva: transformer capacity installed downstream, kVA, None when not said.
        period_s: how often the analog points are read, s; None when not known.
    """

    id: int
    name: str
    place: str
    profile: str
    nominal_voltage: float
    customers: int | None = None
    kva: float | None = None
    period_s: float | None = None


def labels(devices: Iterable[Device]) -> dict[int, str]:
    """What tells devices apart for people, by id: the name, with the id where two share it."""
    known = list(devices)
    times = Counter(each.name for each in known)
    return {
        each.id: f"{each.name} ({each.id})" if times[each.name] > 1 else each.name for each in known
    }
