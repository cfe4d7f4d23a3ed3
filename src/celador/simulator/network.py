"""Impedances, fault levels and fault voltages of a radial feeder seen from the recloser.

The recloser stands at the source busbar; a fault lies `km` kilometres beyond it.
Sequence impedances in ohm: source of 80 MVA with X/R 6 (Z0 = Z1), line 0.6+j0.4 ohm/km. The line's
zero-sequence impedance, 0.75+j1.5 ohm/km, is what an overhead line with earth return at 50 Hz has
(Carson adds about 0.15 ohm/km to R; X0 is 3 to 4 times X1).
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from typing import Literal

PhaseSet = Literal["A", "B", "C", "AB", "BC", "CA", "ABC"]

_SOURCE_MVA = 80.0
_SOURCE_X_OVER_R = 6.0
_LINE_Z1 = complex(0.6, 0.4)
_LINE_Z0 = complex(0.75, 1.5)
_ISOLATED_EARTH_A = 4.0
"""Earth-fault current of an isolated network of about 20 km (0.2 A/km at 13.2 kV)."""

ROTATION = tuple(cmath.rect(1.0, -math.tau * phase / 3) for phase in range(3))
"""Unit phasors of phases A, B, C in the ABC sequence."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A short circuit beyond the recloser.

    Attributes:
        phases: the phases it touches; one alone is an earth fault.
        km: distance from the recloser, kilometres.
        ohms: fault resistance.
        earth: whether earth takes part.
        transient: it goes out when its current is interrupted.
        amps: phase current in place of the computed one.
        earth_amps: residual current in place of the computed one.
    """

    phases: PhaseSet
    km: float = 3.0
    ohms: float = 0.0
    earth: bool = False
    transient: bool = False
    amps: float | None = None
    earth_amps: float | None = None

    @property
    def indices(self) -> tuple[int, ...]:
        """The faulted phases as 0, 1, 2 for A, B, C."""
        return tuple("ABC".index(phase) for phase in sorted(self.phases))


@dataclass(frozen=True, slots=True)
class Network:
    """The feeder's source and line.

    Attributes:
        volts: rated voltage line to line, V.
        isolated: the neutral is isolated instead of earthed.
    """

    volts: float = 13_200.0
    isolated: bool = False

    @property
    def phase_volts(self) -> float:
        """Rated voltage phase to earth, V."""
        return self.volts / math.sqrt(3)

    @property
    def source_z(self) -> complex:
        """The source's positive-sequence impedance, ohm."""
        modulus = self.volts**2 / (_SOURCE_MVA * 1e6)
        return cmath.rect(modulus, math.atan(_SOURCE_X_OVER_R))

    def three_phase_amps(self, km: float, ohms: float = 0.0) -> float:
        """Ik3 = U / (sqrt3 |Z1|), A."""
        return self.phase_volts / abs(self.source_z + _LINE_Z1 * km + ohms)

    def two_phase_amps(self, km: float, ohms: float = 0.0) -> float:
        """Ik2 = sqrt3/2 Ik3, A."""
        return math.sqrt(3) / 2 * self.three_phase_amps(km, ohms)

    def earth_amps(self, km: float, ohms: float = 0.0) -> float:
        """Ief = 3 (U/sqrt3) / |2 Z1 + Z0 + 3 Rf|, A."""
        z1 = self.source_z + _LINE_Z1 * km
        z0 = self.source_z + _LINE_Z0 * km
        return 3 * self.phase_volts / abs(2 * z1 + z0 + 3 * ohms)

    def fault_amps(self, fault: Fault) -> tuple[float, float]:
        """The current of the faulted phases and the residual current, A."""
        residual = self._residual_amps(fault)
        if fault.amps is not None:
            alone = len(fault.phases) == 1 and fault.earth_amps is None
            return fault.amps, fault.amps if alone else residual
        if len(fault.phases) == 1:
            return residual, residual
        if len(fault.phases) == 2:
            return self.two_phase_amps(fault.km, fault.ohms), residual
        return self.three_phase_amps(fault.km, fault.ohms), residual

    def _residual_amps(self, fault: Fault) -> float:
        if fault.earth_amps is not None:
            return fault.earth_amps
        if len(fault.phases) == 3 or not (fault.earth or len(fault.phases) == 1):
            return 0.0
        if self.isolated:
            return _ISOLATED_EARTH_A
        if len(fault.phases) == 1:
            return self.earth_amps(fault.km, fault.ohms)
        z1 = self.source_z + _LINE_Z1 * fault.km
        z0 = self.source_z + _LINE_Z0 * fault.km + 3 * fault.ohms
        return 3 * self.phase_volts / abs(z1 + 2 * z0)

    def retained(self, fault: Fault) -> float:
        """Voltage left on a faulted phase at the recloser, per unit of the source's."""
        beyond = _LINE_Z1 * fault.km + fault.ohms
        return abs(beyond) / abs(self.source_z + beyond)

    def power_factor(self, fault: Fault) -> float:
        """Power factor of the fault current at the recloser (1 for a fault at its terminals)."""
        beyond = _LINE_Z1 * fault.km + fault.ohms
        return beyond.real / abs(beyond) if beyond else 1.0

    def faulted_shape(self, source: tuple[complex, ...], fault: Fault) -> tuple[complex, ...]:
        """Phase-to-earth phasors at the recloser while the fault is fed.

        An earth fault lifts the healthy phases by up to 10 % where the neutral is earthed; where
        it is isolated the whole triangle shifts and they reach the line-to-line voltage.
        """
        left = self.retained(fault)
        single = len(fault.phases) == 1
        if single and self.isolated:
            shift = source[fault.indices[0]] * (1 - left if fault.km or fault.ohms else 1)
            return tuple(phasor - shift for phasor in source)
        healthy = 1 + 0.1 * (1 - left) if single else 1.0
        return tuple(
            phasor * (left if index in fault.indices else healthy)
            for index, phasor in enumerate(source)
        )
