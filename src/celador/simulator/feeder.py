"""The electrical plant at the recloser: source, load, disturbances, and what they measure.

The random part moves once a second, on the second; between events everything is constant. Voltages
in V, currents in A, powers in kW and kvar, frequency in Hz.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from . import load
from .agenda import SECOND
from .network import ROTATION, Fault, Network
from .noise import Wander
from .settings import ControllerSettings

Triple = tuple[float, float, float]

_DEAD = 0.05
"""Below this voltage, per unit, nothing is computable and nothing is drawn."""

_TAP_STEP = 0.0125
_TAP_SET = 1.02
_TAP_BAND = 0.008
_TAP_DELAY = 60
_TAPS = 8

_COLD_SECONDS = 600
_COLD_RECOGNITION = 60  # seconds; a dead time does not cool the load down
NOMINAL_HERTZ = 50.0


@dataclass(slots=True)
class Measurement:
    """What the recloser's sensors see between two events.

    Attributes:
        volts: phase-to-earth voltages of the source side, V.
        lines: voltages AB, BC, CA of the source side, V.
        positive: positive-sequence voltage of the source side, per unit of rated.
        joined: whether the load side has the same voltages (contacts closed); else it is dead.
        amps: phase currents, A.
        residual: residual current, A.
        kw: active power per phase, without sign.
        kvar: reactive power per phase, without sign.
        reverse: power flows towards the source.
        hertz: frequency of the source side; None where there is no voltage.
        live: whether the source side has voltage.
    """

    volts: Triple
    lines: Triple
    positive: float
    joined: bool
    amps: Triple
    residual: float
    kw: Triple
    kvar: Triple
    reverse: bool
    hertz: float | None
    live: bool


@dataclass(frozen=True, slots=True)
class _Ramp:
    start: int
    hertz: float
    rate: float
    target: float

    def at(self, now: int) -> float:
        travelled = self.rate * (now - self.start) / SECOND
        if travelled >= abs(self.target - self.hertz):
            return self.target
        return self.hertz + math.copysign(travelled, self.target - self.hertz)


class Feeder:
    """The plant around one recloser.

    Args:
        settings: ratings and load.
        rng: where all its chance comes from.
        local_seconds: local wall-clock time at the start, seconds since 1970.

    Attributes:
        mean_kw: weekly mean of the load, kW.
        steady: the load is its mean, without daily curve and noise.
        generation_kw: what generators beyond the recloser feed in, kW.
        surge: factor on the load just after it was energised.
        extra: further reactive current of the phases, A (magnetising inrush).
        cold: 0 to 1; a load long without supply comes back up to twice as large.
        fault: the short circuit beyond the recloser, if any.
        source: the source's phase voltages, per unit of what they should be.
    """

    def __init__(self, settings: ControllerSettings, rng: Random, local_seconds: float) -> None:
        self.network = Network(settings.voltage_kv * 1000, settings.isolated_neutral)
        self.mean_kw = settings.mean_mw * 1000
        self.steady = False
        self.generation_kw = 0.0
        self.surge = 1.0
        self.extra: Triple = (0.0, 0.0, 0.0)
        self.cold = 0.0
        self.fault: Fault | None = None
        self.source: Triple = (1.0, 1.0, 1.0)
        self._ramp: _Ramp | None = None
        self._draw_noise = Wander(rng, 0.03, 60)
        self._pf_noise = Wander(rng, 0.008, 300)
        self._volt_noise = Wander(rng, 0.0015, 20)
        self._hertz_noise = Wander(rng, 0.03, 120)
        self._residual_noise = Wander(rng, 0.25, 60)
        middle, half = (5.5, 2.5) if settings.single_phase_branches else (1.0, 1.0)
        self._residual_range = (middle, half)
        negative = cmath.rect(rng.uniform(0.003, 0.008), rng.uniform(0, math.tau))
        self._healthy = tuple(unit + negative * unit.conjugate() for unit in ROTATION)
        self._sources = (self.network.source_z.real, self.network.source_z.imag)
        self._unsupplied = 0
        self._tap = 0
        self._tap_wait = 0
        self._base_kw = 0.0
        self._power_factor = 0.93
        self._closed = True
        self.reshape(closed=True)
        self._follow_the_clock(local_seconds)
        self._settle_taps()

    def tick(self, local_seconds: float) -> None:
        """One second later: the noise, the curve, the taps and the cold load move."""
        self._draw_noise.step()
        self._pf_noise.step()
        self._volt_noise.step()
        self._hertz_noise.step()
        self._residual_noise.step()
        if int(local_seconds) % 60 == 0:
            self._follow_the_clock(local_seconds)
        self._change_taps()
        if self._closed and self._top > 0.5:
            self._unsupplied = 0
            self.cold = max(0.0, self.cold - 1 / _COLD_SECONDS)
            return
        self._unsupplied += 1
        if self._unsupplied > _COLD_RECOGNITION:
            self.cold = min(1.0, self.cold + 1 / _COLD_SECONDS)

    def ramp(self, now: int, rate: float, target: float) -> None:
        """Let the frequency run to `target` Hz at `rate` Hz/s; at 50 Hz it wanders again."""
        self._ramp = _Ramp(now, self._hertz(now), abs(rate), target)

    def moving(self, now: int) -> bool:
        """Whether something changes faster than once a second."""
        return self._ramp is not None and self._ramp.at(now) != self._ramp.target

    def reshape(self, *, closed: bool) -> None:
        """Take a changed position, source or fault into account."""
        self._closed = closed
        fed = tuple(unit * pu for unit, pu in zip(self._healthy, self.source, strict=True))
        if closed and self.fault is not None:
            fed = self.network.faulted_shape(fed, self.fault)
        a, b, c = fed
        self._sizes: Triple = (abs(a), abs(b), abs(c))
        self._lines: Triple = (abs(a - b), abs(b - c), abs(c - a))
        sum_positive = sum(p * unit.conjugate() for p, unit in zip(fed, ROTATION, strict=True))
        self._positive = abs(sum_positive) / 3
        self._top = max(self._sizes)
        drawn = [min(1.0, size) ** 2 if size > _DEAD else 0.0 for size in self._sizes]
        if min(self._sizes) > 0.97:
            drawn = [1.0, 1.0, 1.0]
        self._drawn = [share * part for share, part in zip(load.PHASE_SHARE, drawn, strict=True)]

    def solve(self, now: int) -> Measurement:
        """What is measured from `now` until the next event."""
        kw, kvar = self._demand() if self._closed else (0.0, 0.0)
        volts = self._bus_volts(kw, kvar)
        a, b, c = self._sizes
        phase: Triple = (a * volts, b * volts, c * volts)
        ab, bc, ca = self._lines
        x, y, z = self._drawn
        kws = (abs(kw) * x, abs(kw) * y, abs(kw) * z)
        kvars = (kvar * x, kvar * y, kvar * z)
        amps = (
            _amps(kws[0], kvars[0], phase[0]),
            _amps(kws[1], kvars[1], phase[1]),
            _amps(kws[2], kvars[2], phase[2]),
        )
        live = self._top > _DEAD
        measured = Measurement(
            volts=phase,
            lines=(ab * volts, bc * volts, ca * volts),
            positive=self._positive * volts / self.network.phase_volts,
            joined=self._closed,
            amps=amps,
            residual=self._residual() if self._closed and live else 0.0,
            kw=kws,
            kvar=kvars,
            reverse=kw < 0,
            hertz=self._hertz(now) if live else None,
            live=live,
        )
        if self._closed and self.extra != (0.0, 0.0, 0.0):
            self._add_extra(measured)
        if self._closed and self.fault is not None and max(self.source) > _DEAD:
            self._add_fault(measured, self.fault)
        return measured

    def describe(self) -> Mapping[str, float | bool]:
        """The plant's own view, for people."""
        kw, kvar = self._demand()
        return {
            "demand_kw": round(kw, 1),
            "demand_kvar": round(kvar, 1),
            "tap": self._tap,
            "cold_load": round(self.cold, 3),
            "fault": self.fault is not None,
        }

    def _follow_the_clock(self, local_seconds: float) -> None:
        self._base_kw = load.demand(local_seconds) * load.season(local_seconds)
        self._power_factor = load.power_factor(local_seconds)

    def _demand(self) -> tuple[float, float]:
        drawn = self.mean_kw * (1 + self.cold) * self.surge
        if not self.steady:
            drawn *= self._base_kw * (1 + self._draw_noise.value)
        factor = self._power_factor + min(0.02, max(-0.02, self._pf_noise.value))
        kvar = drawn * math.sqrt(1 / (factor * factor) - 1)
        return drawn - self.generation_kw, kvar

    def _bus_volts(self, kw: float, kvar: float) -> float:
        """Phase-to-earth voltage of a healthy phase: U_src - (R P + X Q) / U."""
        rated = self.network.volts
        resistance, reactance = self._sources
        source = rated * (1 + self._tap * _TAP_STEP) * (1 + self._volt_noise.value)
        return (source - (resistance * kw + reactance * kvar) * 1000 / rated) / math.sqrt(3)

    def _hertz(self, now: int) -> float:
        if self._ramp is not None:
            hertz = self._ramp.at(now)
            if hertz != NOMINAL_HERTZ:
                return hertz
            self._ramp = None
        return NOMINAL_HERTZ + min(0.2, max(-0.2, self._hertz_noise.value))

    def _residual(self) -> float:
        middle, half = self._residual_range
        return middle + half * min(1.0, max(-1.0, self._residual_noise.value * 2))

    def _change_taps(self) -> None:
        if self._top < 0.8:  # the regulator is blocked while the voltage is not credible
            self._tap_wait = 0
            return
        kw, kvar = self._demand() if self._closed else (0.0, 0.0)
        error = self._bus_volts(kw, kvar) / self.network.phase_volts - _TAP_SET
        if abs(error) <= _TAP_BAND:
            self._tap_wait = 0
            return
        self._tap_wait += 1
        if self._tap_wait >= _TAP_DELAY:
            self._tap_wait = 0
            self._tap = min(_TAPS, max(-_TAPS, self._tap - int(math.copysign(1, error))))

    def _settle_taps(self) -> None:
        """Find the tap that a regulator long in service stands on."""
        for _ in range(2 * _TAPS):
            self._tap_wait = _TAP_DELAY - 1
            self._change_taps()
        self._tap_wait = 0

    def _add_extra(self, measured: Measurement) -> None:
        """Magnetising current lags by a quarter turn: it adds to the reactive part."""
        kw, volts = measured.kw, measured.volts
        a, b, c = (
            kvar + phase * amps / 1000
            for kvar, phase, amps in zip(measured.kvar, volts, self.extra, strict=True)
        )
        measured.kvar = (a, b, c)
        measured.amps = (
            _amps(kw[0], a, volts[0]),
            _amps(kw[1], b, volts[1]),
            _amps(kw[2], c, volts[2]),
        )

    def _add_fault(self, measured: Measurement, fault: Fault) -> None:
        fed = min(self.source[index] for index in fault.indices)
        phase_amps, residual = (amps * fed for amps in self.network.fault_amps(fault))
        factor = self.network.power_factor(fault)
        amps, kw, kvar = list(measured.amps), list(measured.kw), list(measured.kvar)
        for index in fault.indices:
            if phase_amps > amps[index]:
                amps[index] = phase_amps
                kva = measured.volts[index] * phase_amps / 1000
                kw[index] = kva * factor
                kvar[index] = kva * math.sqrt(1 - factor * factor)
                measured.reverse = False
        measured.amps = (amps[0], amps[1], amps[2])
        measured.kw = (kw[0], kw[1], kw[2])
        measured.kvar = (kvar[0], kvar[1], kvar[2])
        measured.residual = max(measured.residual, residual)


def _amps(kw: float, kvar: float, volts: float) -> float:
    return math.sqrt(kw * kw + kvar * kvar) * 1000 / volts if volts > 1 else 0.0
