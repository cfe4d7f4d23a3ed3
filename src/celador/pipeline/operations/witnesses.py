"""Counters as witnesses of what nobody saw (sheet of operations, 1.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from celador.domain.causes import Family
from celador.domain.sample import Value

CYCLES = "co_total"
PHASES = {"disp_oc_a": "A", "disp_oc_b": "B", "disp_oc_c": "C"}
FAMILIES = {
    **dict.fromkeys(PHASES, Family.OC),
    "disp_ef": Family.EF,
    "disp_sef": Family.SEF,
    "disp_uv": Family.UV,
    "disp_uf": Family.UF,
}
COUNTED = (CYCLES, *FAMILIES)
KEPT = ("ia_max", "ib_max", "ic_max", "in_max", "uv_min", "uf_min")

MANY = 20
"""More cycles than this between two reads are believed only when a second read agrees."""

_MODULUS = 65_536
_NEAR_THE_END = 65_000
_NEAR_THE_START = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """One reading of the counters.

    Attributes:
        at: when it was read, UTC in microseconds since 1970.
        counted: the operation and trip counters, by quantity; all of them.
        kept: what the controller keeps of its last trip, by quantity; absent where unknown.
    """

    at: int
    counted: Mapping[str, int]
    kept: Mapping[str, float]


def counts_of(at: int, values: Mapping[str, Value]) -> Counts | None:
    """The counters of a reading; None where one of them was not read."""
    counted = {name: int(value) for name in COUNTED if (value := values.get(name)) is not None}
    if len(counted) < len(COUNTED):
        return None
    kept = {name: float(value) for name in KEPT if (value := values.get(name)) is not None}
    return Counts(at, counted, kept)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the counters moved between two readings.

    Attributes:
        cycles: close-open cycles, d(CO).
        moved: the trip counters that moved and by how much, by quantity.
    """

    cycles: int
    moved: Mapping[str, int]

    @property
    def fewest_trips(self) -> int:
        """The fewest trips that explain it: one trip moves each counter at most once."""
        return max(self.moved.values(), default=0)

    @property
    def most_trips(self) -> int:
        """The most trips that explain it; a trip of two phases moves two counters."""
        return min(sum(self.moved.values()), self.cycles + 1)

    @property
    def phases(self) -> str:
        """Phases whose overcurrent counters moved, in order; empty for none."""
        return "".join(phase for name, phase in PHASES.items() if name in self.moved)

    @property
    def families(self) -> tuple[Family, ...]:
        """Families of elements whose counters moved."""
        return tuple(dict.fromkeys(FAMILIES[name] for name in self.moved))

    def __bool__(self) -> bool:
        return self.cycles > 0 or bool(self.moved)


def difference(old: Counts, new: Counts) -> Difference | None:
    """How far the counters moved; None when they were erased or the controller replaced.

    A 16-bit counter that falls from its very end to its very start has wrapped; any other fall is
    no movement of the same counter.
    """
    moved = {}
    for name in COUNTED:
        step = new.counted[name] - old.counted[name]
        if step < 0:
            wrapped = old.counted[name] > _NEAR_THE_END and new.counted[name] < _NEAR_THE_START
            if not wrapped:
                return None
            step += _MODULUS
        if step:
            moved[name] = step
    return Difference(moved.pop(CYCLES, 0), moved)
