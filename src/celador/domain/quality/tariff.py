"""Power factor, and what tariffs charge for a poor one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_STEP = 0.01  # of tan phi
_TOLERANCE = 0.02
_LEAST_LOAD = 0.05  # of the rated power
_LEAST_KVA = 50.0  # below it the steps of 1 kW and 1 kVA alone may make up the tolerance


def tangent(kwh: float, kvarh: float) -> float | None:
    """Tan phi of the energies of a period; None without active energy."""
    return kvarh / kwh if kwh > 0 else None


def cosine(tan: float) -> float:
    """Cos phi of a tan phi, 0 to 1."""
    return 1 / math.sqrt(1 + tan * tan)


def power_factor_agrees(
    kw: float, kva: float, register: float, rated_kva: float | None
) -> bool | None:
    """Whether the power factor that the device gives is that of its own powers.

    Args:
        kw: active power, kW.
        kva: apparent power, kVA.
        register: the power factor as given, 0 to 1.
        rated_kva: rated apparent power, kVA; None where it is not known.

    Returns:
        None up to 5 % of the rated power, and below 50 kVA, where steps of 1 kW decide.
    """
    if kva < _LEAST_KVA or (rated_kva is not None and kva <= _LEAST_LOAD * rated_kva):
        return None
    return abs(abs(kw) / kva - register) <= _TOLERANCE


def steps(tan: float, base: float) -> int:
    """How many hundredths a tan phi is above the base; more than half a one counts whole.

    Args:
        tan: of the energies of the month.
        base: up to which nothing is charged.
    """
    above = round((tan - base) / _STEP, 9)  # 0.40 - 0.33 is not 0.07 in binary
    if above <= 0:
        return 0
    whole = math.floor(above)
    return whole + (1 if above - whole > 0.5 else 0)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a rule says of a month.

    Attributes:
        percent: surcharge, % of what the rule says it is a share of; None where the rule has no
            figure, or the figure is not known.
        excess_kvarh: reactive energy above what is free, kvarh; None where the rule has no such.
        disconnection: True where the supply may be disconnected.
    """

    percent: float | None = None
    excess_kvarh: float | None = None
    disconnection: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """From when on a rule is applied in part.

    Attributes:
        since: first day.
        share: 0 to 1.
    """

    since: date
    share: float


@dataclass(frozen=True, slots=True)
class TariffRule:
    """How a tariff charges reactive energy; a rule has one of the three ways, or none if unknown.

    Attributes:
        key: its name in the configuration.
        title: what it is, in Spanish.
        source: where the figures are from, in Spanish.
        base_tan: tan phi up to which nothing is charged; with `percent_per_step`.
        percent_per_step: surcharge for each hundredth above it, %.
        cap_percent: most that is charged, %; None for no limit.
        disconnect_tan: tan phi from which the supply may be disconnected.
        cos_below: pairs of a cos phi and the surcharge below it, %; the smallest that holds counts.
        free_tan: kvarh per kWh that are free; what is above is told in kvarh.
        phases: when it came into force, in parts; empty for always and whole.
        source_en: where the figures are from, in English; empty where that is the same.
    """

    key: str
    title: str
    source: str
    base_tan: float | None = None
    percent_per_step: float | None = None
    cap_percent: float | None = None
    disconnect_tan: float | None = None
    cos_below: Sequence[tuple[float, float]] = ()
    free_tan: float | None = None
    phases: Sequence[Phase] = ()
    source_en: str = ""

    @property
    def known(self) -> bool:
        """Whether its figures are known; where not, they must be configured."""
        stepped = self.base_tan is not None and self.percent_per_step is not None
        return stepped or bool(self.cos_below) or self.free_tan is not None

    def share(self, day: date) -> float:
        """Part of the rule that is applied on a day, 0 to 1."""
        if not self.phases:
            return 1.0
        return max((each.share for each in self.phases if each.since <= day), default=0.0)

    def charge(self, kwh: float, kvarh: float, day: date) -> Charge | None:
        """What is charged for a month.

        Args:
            kwh: active energy, kWh.
            kvarh: reactive energy, kvarh.
            day: the first day of the month.

        Returns:
            None where the rule's figures are not known, or there is no active energy.
        """
        tan = tangent(kwh, kvarh)
        if tan is None or not self.known:
            return None
        share = self.share(day)
        excess = None
        percent = None
        if self.free_tan is not None:
            excess = max(0.0, kvarh - self.free_tan * kwh)
        elif self.cos_below:
            percent = self._by_cosine(cosine(tan)) * share
        else:
            percent = self._by_steps(tan) * share
        stop = self.disconnect_tan is not None and tan >= self.disconnect_tan
        return Charge(percent, excess, stop)

    def _by_cosine(self, cos: float) -> float:
        reached = [pair for pair in self.cos_below if cos < pair[0]]
        return min(reached)[1] if reached else 0.0

    def _by_steps(self, tan: float) -> float:
        percent = steps(tan, self.base_tan or 0.0) * (self.percent_per_step or 0.0)
        return percent if self.cap_percent is None else min(percent, self.cap_percent)
