"""Phasors from magnitudes: which angles six voltages fix, and which have to be assumed.

The device gives no angles. Its three line-to-line voltages make a triangle, though, and the three
phase-to-earth voltages are the distances of the earth from its corners: the two sets together fix
every angle between the voltages, up to the phase sequence, which the device tells. Magnitudes are
true RMS, so the figures hold as far as the waveform is a sine. A current's angle against its own
voltage follows from P and Q, but the registers have no signs: the direction of the flow is read,
and that the reactive power is inductive is an assumption, said beside the picture.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

_TURN = cmath.exp(2j * math.pi / 3)
_LEAST_SHARE = 0.1  # of the largest; a smaller voltage fixes no angle
_MISFIT = 0.05  # of the mean phase voltage; beyond it the six figures contradict each other

Three = tuple[float, float, float]


class Angles(Enum):
    """Where the angles of a picture come from."""

    COMPUTED = "computed"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Phasors:
    """Three phasors of one unit; the first lies on the real axis.

    Attributes:
        values: of the phases A, B, C.
        angles: where their angles come from.
    """

    values: tuple[complex, complex, complex]
    angles: Angles


@dataclass(frozen=True, slots=True)
class Components:
    """Symmetrical components (Fortescue), of the unit of the phasors.

    Attributes:
        zero: U0.
        positive: U1.
        negative: U2.
    """

    zero: float
    positive: float
    negative: float

    @property
    def u2(self) -> float | None:
        """Negative over positive sequence, %; None without a positive one."""
        return 100 * self.negative / self.positive if self.positive else None

    @property
    def u0(self) -> float | None:
        """Zero over positive sequence, %; None without a positive one."""
        return 100 * self.zero / self.positive if self.positive else None


def components(phasors: Sequence[complex]) -> Components:
    """The symmetrical components of three phasors in the order A, B, C."""
    a, b, c = phasors
    return Components(
        zero=abs(a + b + c) / 3,
        positive=abs(a + _TURN * b + _TURN**2 * c) / 3,
        negative=abs(a + _TURN**2 * b + _TURN * c) / 3,
    )


def voltage_phasors(phase: Three, line: Three | None, *, forward: bool = True) -> Phasors:
    """The phase-to-earth voltages as phasors.

    Args:
        phase: magnitudes A, B, C to earth, V.
        line: magnitudes AB, BC, CA, V; None where one is not known.
        forward: the sequence is ABC; otherwise ACB.

    Returns:
        Computed angles where the six magnitudes fix them and agree, else 120 degrees apart.
    """
    found = None if line is None else _located(phase, line, forward=forward)
    if found is None:
        step = _TURN.conjugate() if forward else _TURN
        magnitudes = (complex(phase[0]), phase[1] * step, phase[2] * step**2)
        return Phasors(magnitudes, Angles.ASSUMED)
    turn = found[0] / abs(found[0])
    a, b, c = (each / turn for each in found)
    return Phasors((a, b, c), Angles.COMPUTED)


def _located(phase: Three, line: Three, *, forward: bool) -> list[complex] | None:
    """Where the corners lie as seen from the earth; None where the magnitudes do not tell."""
    ab, bc, ca = line
    least = _LEAST_SHARE * max(*phase, *line)
    if min(*phase, *line) <= least or phase[0] <= 0:
        return None
    x = (ab * ab + ca * ca - bc * bc) / (2 * ab)
    height = ca * ca - x * x
    if height <= least * least:
        return None
    # With the sequence ABC the corners A, B, C go round clockwise, as the phasors lag.
    c = complex(x, -math.sqrt(height) if forward else math.sqrt(height))
    b = complex(ab)
    pa, pb, pc = (each * each for each in phase)
    ex = (pa - pb + ab * ab) / (2 * ab)
    ey = ((pa - pc + ca * ca) / 2 - ex * c.real) / c.imag
    earth = complex(ex, ey)
    corners = [0 - earth, b - earth, c - earth]
    misfit = max(abs(abs(at) - said) for at, said in zip(corners, phase, strict=True))
    return corners if misfit <= _MISFIT * sum(phase) / 3 and abs(corners[0]) else None


def current_phasor(
    voltage: complex, amps: float | None, kw: float | None, kvar: float | None, *, reverse: bool
) -> complex | None:
    """One current against its own voltage, the reactive power taken as inductive.

    Args:
        voltage: the phasor of the same phase, V.
        amps: magnitude, A.
        kw: active power of the phase, unsigned.
        kvar: reactive power of the phase, unsigned.
        reverse: the power flows towards the source.

    Returns:
        None where a figure is missing or everything is zero: then there is no angle.
    """
    if amps is None or kw is None or kvar is None or not voltage or not (kw or kvar):
        return None
    lag = math.atan2(kvar, kw)
    angle = cmath.phase(voltage) - lag + (math.pi if reverse else 0.0)
    return cmath.rect(amps, angle)
