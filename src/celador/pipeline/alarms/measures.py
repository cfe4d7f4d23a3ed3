"""What the measured values say to the alarms: figures with a limit, and the tests of the supply."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from celador.domain.quality.unbalance import computable, largest_deviation, voltage_unbalance
from celador.domain.sample import Value
from celador.pipeline.alarms.cell import Truth
from celador.pipeline.alarms.means import Minute, Sums, Window
from celador.pipeline.alarms.settings import AlarmSettings

_DEAD, _LIVE = 0.1, 0.8
"""Shares of the rated voltage below which a phase is dead, and above which it is supplied."""

_MISSING, _BACK = 0.6, 0.7
"""Shares below which one phase is missing while another is supplied, and from which it is back."""

_FROZEN_LEAST = 5.0  # A; an unloaded line may well show the same values for minutes
_LOADED = 0.3  # share of the base current below which an unbalance of currents means nothing
_PF_LOADED = 0.2  # share of the base power below which a power factor means nothing
_MONTH_LEAST = 24.0  # h of a month before its tan phi says anything

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PHASES = {"abc": ("va", "vb", "vc"), "rst": ("vr", "vs", "vt")}
_LINES = {"abc": ("vab", "vbc", "vca"), "rst": ("vrs", "vst", "vtr")}
_FROZEN = ("ia", "ib", "ic", "va", "vb", "vc", "vr", "vs", "vt", "p_act")

Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Month:
    """Energies of the month so far; kept on disk.

    Attributes:
        name: "2026-07".
        kwh: forward.
        kvarh: magnitude.
        hours: that were measured.
    """

    name: str
    kwh: float = 0.0
    kvarh: float = 0.0
    hours: float = 0.0


@dataclass(frozen=True, slots=True)
class MeasureNotes:
    """What must outlive a restart.

    Attributes:
        minute: the minute under way.
        ten: the 10 minutes under way.
        quarter: the 15 minutes under way.
        month: the month under way.
    """

    minute: Sums | None = None
    ten: Sums | None = None
    quarter: Sums | None = None
    month: Month | None = None


class Measures:
    """Looks at each sample of one recloser."""

    def __init__(self, settings: AlarmSettings, notes: MeasureNotes | None = None) -> None:
        """Begin, or go on where the last run left off."""
        self._settings = settings
        self._rated = settings.nominal_voltage / math.sqrt(3)
        self._phases = _PHASES[settings.source_side]
        lines = _LINES[settings.source_side]
        self._columns = (*lines, "ia", "ib", "ic", "p_act", "p_react")
        self._frequency = "frec" if settings.source_side == "abc" else "frec_rst"
        self._minute = Minute(len(self._columns))
        self._ten, self._quarter = Window(600), Window(900)
        self._month: Month | None = None
        self._before: tuple[Value, ...] | None = None
        if notes is not None:
            self._minute.resume(notes.minute)
            self._ten.sums, self._quarter.sums = notes.ten, notes.quarter
            self._month = notes.month

    def notes(self) -> MeasureNotes:
        """What the next run goes on with."""
        return MeasureNotes(self._minute.sums, self._ten.sums, self._quarter.sums, self._month)

    def figures(self, at: int, values: Mapping[str, Value]) -> Figures:
        """The figures that this sample gives, by name; None for one that is not known.

        Means over a window are there only in the sample that begins the next window.
        """
        get = values.get
        settings = self._settings
        row = [get(name) for name in self._columns]
        found: Figures = {}
        volts = [u for u in row[:3] if u is not None]
        nominal = settings.nominal_voltage
        if len(volts) == 3:
            high, low = max(volts), min(volts)
            found["u_deviation"] = 100 * max(high / nominal - 1, 1 - low / nominal)
        amps = [i for i in row[3:6] if i is not None]
        if settings.limit_a and len(amps) == 3:
            found["i_share"] = 100 * max(amps) / settings.limit_a
        residual = get("in_res")
        if settings.ef1_pickup_a and residual is not None:
            found["in_share"] = 100 * residual / settings.ef1_pickup_a
        hertz = get(self._frequency)
        if hertz is not None:
            found["f_deviation"] = abs(hertz - settings.nominal_frequency)
            found["f_low"] = settings.nominal_frequency - hertz
        if settings.base_kva:
            found["reverse_share"] = self._reverse(get("dir_oc"), row[6], settings.base_kva)
        minute = self._minute.add(at, row)
        if minute is not None:
            self._windows(minute, found)
        return found

    @staticmethod
    def _reverse(direction: Value, kw: Value, base: float) -> float | None:
        """Reverse power as a share of the base, %; 0 for forward flow, None where unknown."""
        if kw is None or direction is None:
            return None
        return 100 * abs(kw) / base if direction == 1 else 0.0

    def _windows(self, minute: Sums, found: Figures) -> None:
        period, nominal = self._settings.analog_period_s, self._settings.nominal_voltage
        lines = minute.means(60 / period)[:3]
        known = [u for u in lines if u is not None]
        whole = len(known) == len(lines)
        found["u_mean_high"] = 100 * (max(known) / nominal - 1) if whole else None
        found["u_mean_low"] = 100 * (1 - min(known) / nominal) if whole else None
        ten = self._ten.add(minute)
        if ten is not None:
            means = ten.means(600 / period)
            found["u_unbalance"] = self._unbalance(means[:3])
            found["i_unbalance"] = self._spread(means[3:6])
        quarter = self._quarter.add(minute)
        if quarter is not None:
            kw, kvar = quarter.means(900 / period)[6:8]
            found["pf_low"] = self._power_factor(kw, kvar)
            found["tan_month"] = self._tan(quarter.start, kw, kvar)

    def _unbalance(self, lines: tuple[float | None, ...]) -> float | None:
        ab, bc, ca = lines
        if ab is None or bc is None or ca is None:
            return None
        if not computable((ab, bc, ca), self._settings.nominal_voltage):
            return None
        return voltage_unbalance(ab, bc, ca)

    def _spread(self, amps: tuple[float | None, ...]) -> float | None:
        known = tuple(i for i in amps if i is not None)
        base = self._settings.base_current_a
        if base is None or len(known) < len(amps):
            return None
        if sum(known) / len(known) <= _LOADED * base:
            return 0.0
        return largest_deviation(known)

    def _power_factor(self, kw: float | None, kvar: float | None) -> float | None:
        base = self._settings.base_kva
        if kw is None or kvar is None or base is None:
            return None
        apparent = math.hypot(kw, kvar)
        return abs(kw) / apparent if apparent > _PF_LOADED * base else 1.0

    def _tan(self, start: int, kw: float | None, kvar: float | None) -> float | None:
        """The month's kvarh over its kWh so far: what the bill comes to if it goes on like this."""
        local = (_EPOCH + timedelta(microseconds=start)).astimezone(self._settings.zone)
        name = f"{local:%Y-%m}"
        month = self._month if self._month and self._month.name == name else Month(name)
        if kw is not None and kvar is not None:
            month = Month(
                name,
                month.kwh + max(0.0, kw) / 4,
                month.kvarh + kvar / 4,
                month.hours + 0.25,
            )
        self._month = month
        if month.hours < _MONTH_LEAST or month.kwh <= 0:
            return None
        return month.kvarh / month.kwh

    def supply(
        self, values: Mapping[str, Value], *, closed: bool | None
    ) -> dict[str, tuple[Truth, float | None]]:
        """The tests that are no mere limit, by code of the alarm.

        Args:
            values: of one sample.
            closed: position of the switch; None where it is not known.
        """
        shares = [u / self._rated for name in self._phases if (u := values.get(name)) is not None]
        if len(shares) < len(self._phases):
            dead = missing = Truth.UNKNOWN
            lowest = None
        else:
            dead, missing = _dead(shares, closed=closed), _phase_missing(shares)
            lowest = 100 * min(shares)
        return {
            "SIN_TENSION_FUENTE": (dead, None),
            "FASE_AUSENTE": (missing, lowest),
            "SECUENCIA_FASES": (self._sequence(values), None),
            "DATO_CONGELADO": (self._frozen(values), None),
        }

    def _sequence(self, values: Mapping[str, Value]) -> Truth:
        """Reversed on a side that is live; a dead side has no sequence."""
        truth = Truth.UNKNOWN
        for side, name in (("abc", "sec_abc"), ("rst", "sec_rst")):
            volts = [values.get(phase) for phase in _PHASES[side]]
            live = all(u is not None and u / self._rated > _LIVE for u in volts)
            code = values.get(name)
            if live and code is not None:
                if code == 0:
                    return Truth.TRUE
                truth = Truth.FALSE
        return truth

    def _frozen(self, values: Mapping[str, Value]) -> Truth:
        now = tuple(values.get(name) for name in _FROZEN)
        before, self._before = self._before, now
        current = now[0]
        if before is None or current is None:
            return Truth.UNKNOWN
        if now != before:
            return Truth.FALSE
        return Truth.TRUE if current > _FROZEN_LEAST else Truth.HOLD


def _dead(shares: list[float], *, closed: bool | None) -> Truth:
    if max(shares) < _DEAD:
        # Open and dead says nothing new of the source: neither an outage here, nor its end.
        return Truth.TRUE if closed else Truth.HOLD
    return Truth.FALSE if min(shares) > _LIVE else Truth.HOLD


def _phase_missing(shares: list[float]) -> Truth:
    low = [share for share in shares if share < _MISSING]
    if (
        low
        and all(share > _LIVE for share in shares if share >= _MISSING)
        and len(low) < len(shares)
    ):
        return Truth.TRUE
    return Truth.FALSE if min(shares) >= _BACK else Truth.HOLD
