"""The whole report on the quality of supply of one recloser."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from celador.domain.operation import Operation
from celador.domain.periods import Period, months_of, week_of
from celador.domain.quality.demand import BLOCK_MIN, Band, DemandMeter, Peak, load_factor
from celador.domain.quality.dips import (
    EventFinder,
    VoltageEvent,
    classify,
    guaranteed,
    off_table,
)
from celador.domain.quality.frequency import FrequencyJudge, FrequencyLimits, FrequencyResult
from celador.domain.quality.tariff import TariffRule, power_factor_agrees
from celador.domain.quality.voltage import Connection, Verdict, VoltageJudge, VoltageProfile
from celador.domain.quality.windows import Coverage, Window
from celador.domain.wear import Opening, WearMeter, WearTrend
from celador.pipeline.quality.cells import SIDES, Cell, WindowMaker, cells, columns_of
from celador.pipeline.quality.energies import COUNTER_COLUMNS, EnergyBook, MonthEnergy
from celador.pipeline.quality.fleet import FleetDemand
from celador.pipeline.quality.spread import Histogram, Spread, UnbalanceMeter
from celador.ports import SampleRow

READING_COLUMNS = (*COUNTER_COLUMNS, "desgaste_contacto")
"""What the report asks of the counters; the wear stands last."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNBALANCE_WINDOW_S = 600
_TOO_MANY = 1.2  # times the expected samples: the poll is faster than it is said to be
_EVENTS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """By what one recloser is judged.

    Attributes:
        nominal_voltage: line to line, V.
        period_s: of the poll of currents and voltages, s.
        counters_s: of the poll of the counters, s.
        refresh_s: time in which the controller renews its registers, s.
        profile: limits of slow voltage.
        frequency: limits of the frequency.
        bands: hours of the day for the largest demands.
        rule: for reactive energy; None for none.
        side: "abc" or "rst", the side towards the source.
        earthed: the neutral is earthed.
        base_current: rated or usual current, A; None where it is not said.
    """

    nominal_voltage: float
    period_s: float
    counters_s: float
    refresh_s: float
    profile: VoltageProfile
    frequency: FrequencyLimits
    bands: Sequence[Band]
    rule: TariffRule | None = None
    side: str = "abc"
    earthed: bool = True
    base_current: float | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """What the windows of a week, or of the whole period, say of slow voltage.

    Attributes:
        period: which; a week that the period cuts is judged on the part that is in it.
        every: of all windows.
        unflagged: without those that an event touches.
    """

    period: Period
    every: Verdict
    unflagged: Verdict


@dataclass(frozen=True, slots=True)
class Events:
    """Dips, swells and interruptions seen; their number is a lower bound.

    Attributes:
        guaranteed_s: duration from which none can have slipped between two polls, s.
        classified: how many of each class, by kind and duration.
        unclassified: how many whose duration cannot be told apart, by kind.
        off_table: how many of a known duration for whose magnitude there is no class, by kind.
        listed: the first thousand of them, by time.
    """

    guaranteed_s: float
    classified: dict[tuple[str, str], int]
    unclassified: dict[str, int]
    off_table: dict[str, int]
    listed: Sequence[VoltageEvent]

    @property
    def seen(self) -> int:
        """All of them."""
        groups = (self.classified, self.unclassified, self.off_table)
        return sum(sum(group.values()) for group in groups)


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand of 15-minute blocks.

    Attributes:
        coverage: valid blocks, of those that the period has.
        peak: the largest; None where no block is valid.
        by_band: the largest of each band of hours.
        peak_kva: the largest by the apparent-energy counters, kVA.
        load_factor: of the valid blocks.
    """

    coverage: Coverage
    peak: Peak | None
    by_band: dict[str, Peak | None]
    peak_kva: Peak | None
    load_factor: float | None


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Quality of supply of one recloser in a period; all of it is indicative.

    Attributes:
        device_id: `equipos.id`.
        period: as asked for, cut at the present.
        settings: by what it was judged.
        samples: good samples of voltage, of those expected.
        too_many: windows had far more samples than the poll gives, so the period of the poll is
            not the one in the settings, and every coverage is too good.
        voltage: by week, or one for the whole period.
        phase: phase to earth over the whole period, where the profile judges line to line and the
            neutral is earthed: told beside it, and no verdict; None elsewhere.
        unbalance: of voltages and currents, by name.
        events: seen.
        frequency: seen.
        demand: seen.
        months: energy and power factor.
        factor_checked: samples whose power factor could be checked against their powers.
        factor_wrong: those in which it was off by more than 0.02.
        deviations: windows and phases by deviation of the voltage, in steps of half a percent.
        loads: demand of each valid block, kW, by time.
        wear: of the contacts; None where no reading tells it.
    """

    device_id: int
    period: Period
    settings: QualitySettings
    samples: Coverage
    too_many: bool
    voltage: Sequence[Week]
    phase: Verdict | None
    unbalance: dict[str, Spread]
    events: Events
    frequency: FrequencyResult
    demand: Demand
    months: Sequence[MonthEnergy]
    factor_checked: int
    factor_wrong: int
    deviations: dict[float, int]
    loads: Sequence[float]
    wear: WearTrend | None


@dataclass(slots=True)
class _Judges:
    start: int
    every: VoltageJudge
    unflagged: VoltageJudge


@dataclass(frozen=True, slots=True)
class _Meters:
    unbalance: UnbalanceMeter
    frequency: FrequencyJudge
    demand: DemandMeter
    book: EnergyBook

    @staticmethod
    def of(settings: QualitySettings, months: Sequence[Period], until: int) -> _Meters:
        nominal = settings.nominal_voltage
        return _Meters(
            UnbalanceMeter(
                SIDES[settings.side], nominal, settings.base_current, earthed=settings.earthed
            ),
            FrequencyJudge(settings.frequency, settings.period_s),
            DemandMeter(settings.bands),
            EnergyBook(months, settings.period_s, nominal, until),
        )

    def add(self, cell: Cell, frequency: str) -> None:
        self.book.add(cell)
        for at, hertz in zip(cell.at, cell.values[frequency], strict=True):
            if hertz is not None:
                self.frequency.add(at, hertz)

    def demands(self, period: Period) -> Demand:
        demand = self.demand
        hours = demand.blocks * BLOCK_MIN / 60
        factor = None
        if demand.peak is not None and demand.mean is not None:
            factor = load_factor(demand.mean * hours, demand.peak.kw, hours)
        coverage = Coverage(demand.blocks, period.seconds / 60 / BLOCK_MIN)
        return Demand(coverage, demand.peak, demand.by_band, self.book.peak, factor)


@dataclass(slots=True)
class QualityMeter:
    """Takes the samples of one recloser and makes the report.

    Attributes:
        device_id: `equipos.id`.
        period: which samples it gets.
        settings: by what to judge.
        zone: whose weeks, months and hours.
        now: the present, UTC in microseconds since 1970; what is after it is not missing.
        fleet: told the demand of each block; None where nobody adds them up.
    """

    device_id: int
    period: Period
    settings: QualitySettings
    zone: tzinfo
    now: int
    fleet: FleetDemand | None = None
    _judges: list[_Judges] = field(default_factory=list)
    _events: list[VoltageEvent] = field(default_factory=list)
    _classes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _unclear: Counter[str] = field(default_factory=Counter)
    _beyond: Counter[str] = field(default_factory=Counter)
    _good: int = 0
    _too_many: bool = False
    _checked: int = 0
    _wrong: int = 0
    _loads: array[float] = field(default_factory=lambda: array("d"))
    _phase: VoltageJudge | None = None

    def measure(
        self,
        rows: Iterable[SampleRow],
        readings: Iterable[SampleRow],
        operations: Iterable[Operation] = (),
    ) -> QualityReport:
        """Read everything once, in constant memory but for a figure per window.

        Args:
            rows: samples with `columns_of` the side, by instant.
            readings: of the counters, with `READING_COLUMNS`, by instant.
            operations: of the period, by instant.
        """
        settings, side = self.settings, SIDES[self.settings.side]
        by_line = settings.profile.connection is Connection.LINE
        watched = side.line if by_line else side.phase
        if by_line and settings.earthed:
            earth = settings.nominal_voltage / math.sqrt(3)
            self._phase = VoltageJudge(settings.profile, earth, side.phase)
        finder = EventFinder(settings.profile.declared(settings.nominal_voltage))
        histogram = Histogram(settings.profile.declared(settings.nominal_voltage), watched)
        until = max(self.period.start, min(self.period.end, self.now))
        meters = _Meters.of(settings, months_of(self.period, self.zone), until)
        makers: dict[WindowMaker, Callable[[Window], None]] = {
            WindowMaker(settings.profile.window_min * 60): lambda one: self._judge(
                one, watched, histogram
            ),
            WindowMaker(_UNBALANCE_WINDOW_S): meters.unbalance.add,
            WindowMaker(BLOCK_MIN * 60): lambda one: self._block(one, meters.demand),
        }
        for cell in cells(rows, columns_of(side), settings.period_s, finder, watched):
            self._count(cell, watched)
            meters.add(cell, side.frequency)
            for maker, take in makers.items():
                for window in maker.add(cell.window):
                    take(window)
        for maker, take in makers.items():
            for window in maker.finish():
                take(window)
        if (last := finder.under_way()) is not None:
            self._note(last)
        openings = [each for each in map(Opening.of, operations) if each is not None]
        wear = WearMeter(openings)
        meters.book.read(self._worn(readings, wear), settings.counters_s)
        return self._report(until, meters, histogram, wear.trend())

    def _worn(self, readings: Iterable[SampleRow], wear: WearMeter) -> Iterator[SampleRow]:
        """The same readings without the wear, which is taken on the way."""
        for row in readings:
            *counters, percent = row.values
            if percent is not None and self.period.start <= row.at < self.period.end:
                wear.add(row.at, float(percent))
            yield replace(row, values=tuple(counters))

    def _block(self, block: Window, demand: DemandMeter) -> None:
        kw = demand.add(block, self._local(block.start))
        if kw is not None:
            self._loads.append(kw)
            if self.fleet is not None:
                self.fleet.add(self.device_id, block.start, kw)

    def _count(self, cell: Cell, watched: Sequence[str]) -> None:
        self._good += min(cell.window.tally(name).count for name in watched)
        self._too_many = self._too_many or len(cell.at) > _TOO_MANY * max(1, cell.window.expected)
        for event in cell.events:
            self._note(event)
        rated = None
        if self.settings.base_current is not None:
            rated = 3**0.5 * self.settings.nominal_voltage * self.settings.base_current / 1000
        for kw, kva, factor in zip(
            *(cell.values[n] for n in ("p_act", "s_apar", "fp")), strict=True
        ):
            if kw is not None and kva is not None and factor is not None:
                agrees = power_factor_agrees(kw, kva, factor, rated)
                self._checked += agrees is not None
                self._wrong += agrees is False

    def _note(self, event: VoltageEvent) -> None:
        row = classify(event, self.settings.refresh_s)
        if row is not None:
            self._classes[row.kind.value, row.duration.value] += 1
        elif off_table(event, self.settings.refresh_s):
            self._beyond[event.kind.value] += 1
        else:
            self._unclear[event.kind.value] += 1
        if len(self._events) < _EVENTS_KEPT:
            self._events.append(event)

    def _judge(self, window: Window, watched: tuple[str, ...], histogram: Histogram) -> None:
        histogram.add(window)
        if self._phase is not None:
            self._phase.add(window)
        profile = self.settings.profile
        start = week_of(window.start, self.zone) if profile.weekly else self.period.start
        if not self._judges or self._judges[-1].start != start:
            declared = profile.declared(self.settings.nominal_voltage)
            every, unflagged = (VoltageJudge(profile, declared, watched) for _ in range(2))
            self._judges.append(_Judges(start, every, unflagged))
        self._judges[-1].every.add(window)
        if not window.flagged:
            self._judges[-1].unflagged.add(window)

    def _local(self, at: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=at)).astimezone(self.zone)

    def _weeks(self, until: int) -> list[Week]:
        """Every week of the period, also those of which nothing was seen."""
        found = {judges.start: judges for judges in self._judges}
        weeks = []
        at = self.period.start
        while at < until:
            if self.settings.profile.weekly:
                start = week_of(at, self.zone)
                end = min(until, week_of(start + 8 * 86_400_000_000, self.zone))
            else:
                start, end = self.period.start, until
            period = Period(at, end, self._local(start).date().isoformat())
            weeks.append(self._week(period, found.get(start)))
            at = end
        return weeks

    def _week(self, period: Period, judges: _Judges | None) -> Week:
        profile = self.settings.profile
        expected = period.seconds / 60 / profile.window_min
        if judges is None:
            nothing = VoltageJudge(profile, 1.0, ()).verdict(expected)
            return Week(period, nothing, nothing)
        return Week(period, judges.every.verdict(expected), judges.unflagged.verdict(expected))

    def _report(
        self, until: int, meters: _Meters, histogram: Histogram, wear: WearTrend | None
    ) -> QualityReport:
        period = Period(self.period.start, until, self.period.name)
        tens = period.seconds / _UNBALANCE_WINDOW_S
        return QualityReport(
            device_id=self.device_id,
            period=period,
            settings=self.settings,
            samples=Coverage(self._good, period.seconds / self.settings.period_s),
            too_many=self._too_many,
            voltage=self._weeks(until),
            phase=None
            if self._phase is None
            else self._phase.verdict(period.seconds / 60 / self.settings.profile.window_min),
            unbalance={
                name: getattr(meters.unbalance, name).spread(tens)
                for name in ("negative", "line", "phase", "zero", "current", "current_negative")
            },
            events=Events(
                guaranteed(self.settings.period_s, self.settings.refresh_s),
                dict(self._classes),
                dict(self._unclear),
                dict(self._beyond),
                self._events,
            ),
            frequency=meters.frequency.result(period.seconds),
            demand=meters.demands(period),
            months=meters.book.months(self.settings.rule),
            factor_checked=self._checked,
            factor_wrong=self._wrong,
            deviations=histogram.counts(),
            loads=self._loads,
            wear=wear,
        )
