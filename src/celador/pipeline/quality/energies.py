"""Energy and power factor of each month: power integrated, and the counters beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from celador.domain.periods import Period
from celador.domain.quality.demand import Peak, apparent_demand, plausible_step
from celador.domain.quality.energy import CounterStep, Energy, EnergyMeter
from celador.domain.quality.tariff import Charge, TariffRule, cosine, tangent
from celador.domain.quality.windows import Coverage
from celador.domain.sample import Quality, Value
from celador.pipeline.quality.cells import Cell
from celador.ports import SampleRow

COUNTER_COLUMNS = ("kvah_dir", "kvarh_dir", "kvah_inv", "kvarh_inv")

_RATED_CURRENT = 800.0  # A; the largest rated current of the OSM line
_BLOCK = 900_000_000  # µs
_NEAR = 2.5  # periods between the readings around an edge; one may be lost
_TELLING = 0.95  # share of the counters' time whose active energy must be known for a tan phi


@dataclass(frozen=True, slots=True)
class Step:
    """What the counters gained between two readings that followed each other.

    Attributes:
        start: instant of the first, µs.
        end: of the second, µs.
        gained: between them.
    """

    start: int
    end: int
    gained: CounterStep

    def within(self, period: Period) -> float:
        """Share of its time that lies in a period."""
        inside = min(self.end, period.end) - max(self.start, period.start)
        return max(0, inside) / (self.end - self.start)


@dataclass(slots=True)
class MonthMeter:
    """Energy of one month; the samples come first, then the readings of the counters.

    Attributes:
        period: the month, or the part of it that is looked at.
        meter: integrates the power.
        gaps: stretches that could not be integrated, as (start, end) in µs.
        steps: of the counters.
        refused: steps that the counters cannot have made: a reset, a replaced controller.
        largest: power that was seen, either way, kW.
        first: when what was integrated begins, µs.
        marks: instants about a quarter of an hour apart, µs, and kWh integrated until then.
    """

    period: Period
    meter: EnergyMeter
    gaps: list[tuple[int, int]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    refused: int = 0
    largest: float = 0.0
    first: int | None = None
    marks: list[tuple[int, float]] = field(default_factory=list)
    _last: int | None = None

    def add(self, at: int, kw: Value, *, directed: bool) -> None:
        """Take a sample."""
        if kw is None:
            return
        before = self.meter.covered_s
        self.meter.add(at, kw, directed=directed)
        if self._last is not None and self.meter.covered_s == before:
            self.gaps.append((self._last, at))
        self.largest = max(self.largest, abs(kw))
        self.first = at if self.first is None else self.first
        if self._last is None or at // _BLOCK != self._last // _BLOCK:
            self.marks.append((at, self.meter.total))
        self._last = at

    def outside(self) -> float | None:
        """Most kWh before the first step of the counters and after the last.

        They are read less often than the power, so the end of a month that is under way has none
        yet; None where that is so much of what was integrated that nothing can be compared.
        """
        if self.first is None or self._last is None or not self.steps:
            return None
        start, end = self.steps[0].start, self.steps[-1].end
        before, after = max(0, start - self.first), max(0, self._last - end)
        if (before + after) / 1_000_000 > (1 - _TELLING) * self.meter.covered_s:
            return None
        total = self.meter.total
        until = next((kwh for at, kwh in self.marks if at >= start), total)
        since = next((kwh for at, kwh in reversed(self.marks) if at <= end), 0.0)
        # Nor more than the marks enclose: one absurd power would excuse whatever was integrated.
        return min(self._most(before), until) + min(self._most(after), total - since)

    def _most(self, time: int) -> float:
        """Most kWh in so many µs."""
        return self.largest * time / 3.6e9


@dataclass(frozen=True, slots=True)
class MonthEnergy:
    """What a month's energy was.

    Attributes:
        period: the month.
        energy: of it.
        covered: seconds that were integrated, of those until now.
        tan: tan phi of the energies; None where too little of them is known.
        cos: the same as a power factor.
        kvarh: reactive energy, kvarh; None where the counters do not tell.
        rule: the tariff's rule; None where none is configured.
        charge: what the rule says; None where nothing can be said, or too little of the month is
            known to say it.
    """

    period: Period
    energy: Energy
    covered: Coverage
    tan: float | None
    cos: float | None
    kvarh: float | None
    rule: TariffRule | None
    charge: Charge | None


class EnergyBook:
    """Energies of the months of a period."""

    def __init__(
        self, months: Sequence[Period], period_s: float, nominal_voltage: float, now: int
    ) -> None:
        """Begin.

        Args:
            months: in order.
            period_s: of the poll of the powers, s.
            nominal_voltage: line to line, V.
            now: the present; what is after it is not missing.
        """
        self._months = [MonthMeter(month, EnergyMeter(period_s)) for month in months]
        self._largest = math.sqrt(3) * nominal_voltage * _RATED_CURRENT / 1000
        self._now = now
        self._at = 0
        self.peak: Peak | None = None

    def add(self, cell: Cell) -> None:
        """Take the samples of a cell."""
        unknown = Quality.DIRECTION_UNKNOWN
        columns = (cell.at, cell.values["p_act"], cell.values["calidad"])
        for at, kw, marks in zip(*columns, strict=True):
            while at >= self._months[self._at].period.end:
                self._at += 1
            self._months[self._at].add(at, kw, directed=not int(marks or 0) & unknown)

    def read(self, rows: Iterable[SampleRow], period_s: float) -> None:
        """Take the readings of the counters (`COUNTER_COLUMNS`), by instant.

        Args:
            rows: the readings, from a little before the period to a little after it: what the
                counters gained must enclose what was integrated, to be a bound of it.
            period_s: of their poll, s.
        """
        last: tuple[int, float, float] | None = None
        block: tuple[int, float] | None = None
        for row in rows:
            here = _sums(row)
            if here is None:
                continue
            if last is not None:
                self._step(last, here)
                block = self._block(block, last, here, period_s)
            last = here

    def _step(self, last: tuple[int, float, float], here: tuple[int, float, float]) -> None:
        months = [
            each.period.start < here[0] and last[0] < each.period.end for each in self._months
        ]
        hours = (here[0] - last[0]) / 3.6e9
        gained = CounterStep(here[1] - last[1], here[2] - last[2])
        limit = plausible_step(self._largest, hours)
        sound = 0 <= gained.kvah <= limit and 0 <= gained.kvarh <= limit
        for month, touched in zip(self._months, months, strict=True):
            if touched and sound:
                month.steps.append(Step(last[0], here[0], gained))
            month.refused += touched and not sound

    def _block(
        self,
        block: tuple[int, float] | None,
        last: tuple[int, float, float],
        here: tuple[int, float, float],
        period_s: float,
    ) -> tuple[int, float] | None:
        """Instant and kVAh at the edge of the block under way; demands are told between edges.

        A counter is read a little after the edge and almost a period before it: taking either for
        the edge would give the block a part of its neighbour.
        """
        first, end = self._months[0].period.start, self._months[-1].period.end
        if here[0] // _BLOCK == last[0] // _BLOCK:
            return block
        if here[1] < last[1] or here[0] - last[0] > _NEAR * period_s * 1_000_000:
            return None
        at = here[0] // _BLOCK * _BLOCK
        share = (at - last[0]) / (here[0] - last[0])
        edge = (at, last[1] + share * (here[1] - last[1]))
        if block is not None and at - block[0] == _BLOCK:
            kva = apparent_demand(block, edge, self._largest)
            inside = first <= block[0] and at <= end
            if inside and kva is not None and (self.peak is None or kva > self.peak.kw):
                self.peak = Peak(kva, block[0])
        return edge

    def months(self, rule: TariffRule | None) -> list[MonthEnergy]:
        """What was found, month by month."""
        return [self._month(month, rule) for month in self._months]

    def _month(self, month: MonthMeter, rule: TariffRule | None) -> MonthEnergy:
        estimated, bridged = _over_gaps(month)
        length = (min(month.period.end, self._now) - month.period.start) / 1_000_000
        energy = Energy(
            month.meter.forward,
            month.meter.reverse,
            month.meter.undirected,
            estimated,
            None if month.refused or not month.steps else _total(month.steps),
            month.outside(),
        )
        shares = [step.within(month.period) for step in month.steps]
        spans = [(step.end - step.start) / 1_000_000 for step in month.steps]
        read = sum(share * span for share, span in zip(shares, spans, strict=True))
        known = month.meter.covered_s + bridged >= _TELLING * read > 0
        kvarh = None
        if energy.counters is not None:
            gained = [step.gained.kvarh for step in month.steps]
            kvarh = sum(share * each for share, each in zip(shares, gained, strict=True))
        tan = tangent(energy.total, kvarh) if kvarh is not None and known else None
        charge = None
        covered = Coverage(month.meter.covered_s, max(0.0, length))
        # A bill is of a month: some hours of it say nothing of what it will be.
        if rule is not None and tan is not None and kvarh is not None and covered.conclusive:
            year, number = (int(part) for part in month.period.name.split("-"))
            charge = rule.charge(energy.total, kvarh, date(year, number, 1))
        cos = None if tan is None else cosine(tan)
        return MonthEnergy(month.period, energy, covered, tan, cos, kvarh, rule, charge)


def _sums(row: SampleRow) -> tuple[int, float, float] | None:
    """Instant, kVAh and kvarh of both ways; None where one is missing."""
    kvah, kvarh, kvah_back, kvarh_back = row.values
    if kvah is None or kvarh is None or kvah_back is None or kvarh_back is None:
        return None
    return row.at, kvah + kvah_back, kvarh + kvarh_back


def _total(steps: Iterable[Step]) -> CounterStep:
    listed = list(steps)
    return CounterStep(
        sum(step.gained.kvah for step in listed), sum(step.gained.kvarh for step in listed)
    )


def _over_gaps(month: MonthMeter) -> tuple[float, float]:
    """Energy of the gaps by the counters, kWh, and the seconds of the gaps that they bridge."""
    kwh = seconds = 0.0
    index = 0
    steps = month.steps
    for start, end in month.gaps:
        while index < len(steps) and steps[index].end <= start:
            index += 1
        bridge = []
        at = index
        while at < len(steps) and steps[at].start < end:
            bridge.append(steps[at])
            at += 1
        if not bridge or bridge[0].start > start or bridge[-1].end < end:
            continue
        # The readings around a gap do not fall on its ends: it gets its share of what they span.
        share = (end - start) / (bridge[-1].end - bridge[0].start)
        kwh += _total(bridge).estimate * share
        seconds += (end - start) / 1_000_000
    return kwh, seconds
