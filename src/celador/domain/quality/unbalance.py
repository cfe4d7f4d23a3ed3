"""Unbalance of voltages and currents from RMS magnitudes alone.

The magnitudes are true RMS where IEC 61000-4-30, clause 5.7, asks for the fundamental. With sensors
that err by 0.5 % each, a balanced grid shows up to 1 % of u2 and 12 % of u0 in 95 % of the cases;
with 1 %, up to 2 % and 17 %. Below `U2_FLOOR` and `U0_FLOOR` a figure tells of the sensors, not of
the grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

U2_FLOOR = 2.0
"""u2 below which no alarm is raised, %; also the limit of EN 50160 for 95 % of the windows."""

U0_FLOOR = 15.0
"""u0 below which it is not shown, %."""

_COLLAPSED = 0.5  # of the declared voltage; below it there is an event, not an unbalance
_SMALL_RESIDUAL = 0.05  # of the mean current; up to it the three phases sum to nothing
_LEAST_CURRENT = 10.0  # A; the registers have steps of 1 A
_LEAST_OF_BASE = 0.1


@dataclass(frozen=True, slots=True)
class Sequences:
    """Magnitudes of the positive and negative sequence, of one unit."""

    positive: float
    negative: float

    @property
    def percent(self) -> float:
        """The negative sequence, % of the positive one; 0 where there is neither."""
        return 100 * self.negative / self.positive if self.positive else 0.0


def voltage_sequences(ab: float, bc: float, ca: float, *, sequence: int = 1) -> Sequences | None:
    """V1 and V2 from the three line-to-line voltages.

    The area of the triangle that the voltages make gives the difference of the squares of V1 and
    V2; the sum of their squares is known from the magnitudes.

    Args:
        ab: V.
        bc: V.
        ca: V.
        sequence: 1 for ABC, 0 for ACB (then the two change places), anything else for unknown.

    Returns:
        V; None where the phase sequence is not known.
    """
    if sequence not in (0, 1):
        return None
    mean_square = (ab * ab + bc * bc + ca * ca) / 9
    first, second = _split(mean_square, 4 * _heron(ab, bc, ca) / (3 * math.sqrt(3)))
    return Sequences(first, second) if sequence else Sequences(second, first)


def voltage_unbalance(ab: float, bc: float, ca: float) -> float:
    """u2, negative- over positive-sequence voltage, % (IEC 61000-4-30, clause 5.7).

    Args:
        ab: line to line, V; not all three may be 0.
        bc: V.
        ca: V.
    """
    squares = [volts * volts for volts in (ab, bc, ca)]
    beta = sum(square * square for square in squares) / sum(squares) ** 2
    root = math.sqrt(min(1.0, max(0.0, 3 - 6 * beta)))
    return 100 * math.sqrt((1 - root) / (1 + root))


def zero_sequence(phase: tuple[float, float, float], line: tuple[float, float, float]) -> float:
    """U0 from the phase-to-earth and the line-to-line voltages, V."""
    squares = sum(u * u for u in phase) / 3 - sum(u * u for u in line) / 9
    return math.sqrt(max(0.0, squares))


def largest_deviation(values: tuple[float, ...]) -> float | None:
    """Largest deviation from the mean, % of the mean; None where the mean is 0.

    With line-to-line voltages this is the unbalance of NEMA MG 1 (LVUR), with phase-to-earth ones
    that of IEEE 112 and 936 (PVUR); the latter tells nothing on an isolated or resonant neutral,
    where an earth fault moves the phases and not the supply.
    """
    mean = sum(values) / len(values)
    return 100 * max(abs(value - mean) for value in values) / mean if mean else None


def computable(volts: tuple[float, ...], declared: float) -> bool:
    """Whether voltages make an unbalance at all: with one below half there is an event instead.

    Args:
        volts: line to line, V.
        declared: line to line, V.
    """
    return min(volts) >= _COLLAPSED * declared


def pvur(phase: tuple[float, float, float], *, earthed_neutral: bool) -> float | None:
    """PVUR, %; None on a neutral that is not solidly earthed, where it says nothing."""
    return largest_deviation(phase) if earthed_neutral else None


@dataclass(frozen=True, slots=True)
class CurrentUnbalance:
    """Unbalance of the three currents.

    Attributes:
        deviation: largest deviation from the mean, %.
        negative: I2 over I1, %; None where the residual current is not small, since the magnitudes
            do not tell it then.
    """

    deviation: float
    negative: float | None


def current_unbalance(
    amps: tuple[float, float, float], residual: float | None, base: float | None = None
) -> CurrentUnbalance | None:
    """Unbalance of the currents.

    Args:
        amps: of the three phases, A.
        residual: 3I0, A; None where it is not known.
        base: the rated or usual current, A; None where it is not said.

    Returns:
        None below 10 A or a tenth of `base`: steps of 1 A would make an unbalance of their own.
    """
    mean = sum(amps) / 3
    least = max(_LEAST_CURRENT, _LEAST_OF_BASE * base if base else 0.0)
    spread = largest_deviation(amps)
    if mean < least or spread is None:
        return None
    negative = None
    if residual is not None and residual < _SMALL_RESIDUAL * mean:
        negative = current_sequences(*amps).percent
    return CurrentUnbalance(spread, negative)


def current_sequences(a: float, b: float, c: float) -> Sequences:
    """I1 and I2 of three currents that sum to nothing (no residual), A."""
    return Sequences(*_split((a * a + b * b + c * c) / 3, 4 * _heron(a, b, c) / math.sqrt(3)))


def _heron(a: float, b: float, c: float) -> float:
    """Area of the triangle with these sides; 0 where measuring errors keep it from closing."""
    s = (a + b + c) / 2
    return math.sqrt(max(0.0, s * (s - a) * (s - b) * (s - c)))


def _split(total: float, difference: float) -> tuple[float, float]:
    """The two numbers whose squares have this sum and this difference, the larger one first."""
    return math.sqrt((total + difference) / 2), math.sqrt(max(0.0, (total - difference) / 2))
