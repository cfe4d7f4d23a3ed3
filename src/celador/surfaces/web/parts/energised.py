"""Whether a side of the recloser is live: said by its measured voltages, never by the position."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from celador.domain.sample import Value

DEAD = 0.1
LIVE = 0.8
"""Shares of the rated voltage below which a phase is dead, and from which it is supplied."""

TERMINALS = {"abc": ("va", "vb", "vc"), "rst": ("vr", "vs", "vt")}
LINES = {"abc": ("vab", "vbc", "vca"), "rst": ("vrs", "vst", "vtr")}
OTHER = {"abc": "rst", "rst": "abc"}


class Supply(Enum):
    """What is known of a phase or a side; the value is the name that the stylesheet uses."""

    LIVE = "live"
    LOW = "low"  # there is voltage, but less than a supply has; of a side: not all phases alike
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the recloser.

    Attributes:
        terminals: "abc" or "rst".
        phases: what is known of each phase.
        volts: the phase-to-earth voltages, V; None where not known.
        line: mean of the line-to-line voltages, V; None where one is not known.
    """

    terminals: str
    phases: tuple[Supply, Supply, Supply]
    volts: tuple[float | None, ...]
    line: float | None

    @property
    def supply(self) -> Supply:
        """Of the side as a whole: unknown as soon as one phase is."""
        return together(self.phases)


def together(phases: Sequence[Supply]) -> Supply:
    """What three phases say of their side."""
    if Supply.UNKNOWN in phases:
        return Supply.UNKNOWN
    return phases[0] if len(set(phases)) == 1 else Supply.LOW


def phase_supply(volts: Value, nominal: float) -> Supply:
    """What a phase-to-earth voltage says.

    Args:
        volts: V; None where not known.
        nominal: the rated voltage, line to line, V.
    """
    if volts is None:
        return Supply.UNKNOWN
    share = volts * math.sqrt(3) / nominal
    if share >= LIVE:
        return Supply.LIVE
    return Supply.DEAD if share < DEAD else Supply.LOW


def side(terminals: str, values: Mapping[str, Value], nominal: float) -> Side:
    """One side as its voltages tell it.

    Args:
        terminals: "abc" or "rst".
        values: by quantity; empty where nothing is known now.
        nominal: the rated voltage, line to line, V.
    """
    volts = tuple(values.get(name) for name in TERMINALS[terminals])
    a, b, c = (phase_supply(each, nominal) for each in volts)
    lines = [value for name in LINES[terminals] if (value := values.get(name)) is not None]
    mean = sum(lines) / 3 if len(lines) == 3 else None
    return Side(terminals, (a, b, c), volts, mean)
