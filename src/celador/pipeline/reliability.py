"""Reliability indices of every recloser and of the fleet, from what is stored."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from celador.domain.outage import FIVE_MINUTES, THREE_MINUTES, Outage, OutageOrigin
from celador.domain.periods import Period
from celador.domain.quality.windows import VALID_SHARE, Coverage
from celador.domain.reliability.bounds import NOTHING
from celador.domain.reliability.indices import (
    Indices,
    Totals,
    indices,
    interruptions_of,
    major_event_threshold,
)
from celador.domain.reliability.marks import ForceMajeure, OutageMarks
from celador.domain.reliability.network import Group, Node, groups
from celador.domain.reliability.stretch import Stretch
from celador.domain.reliability.unserved import BLOCK, Unserved, unserved
from celador.domain.sample import SwitchState
from celador.ports import SampleQuery, SupplyReader

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_WEEK = 7 * _DAY
_FIVE_YEARS = 5 * 365 * _DAY
_NO_MARKS = OutageMarks()


@dataclass(frozen=True, slots=True)
class Cases:
    """What stands behind the indices, so that nothing is hidden in them.

    Attributes:
        counted: interruptions that began in the period and count.
        undetermined_3: of them, those that may or may not have lasted more than 3 min.
        undetermined_5: the same of 5 min.
        censored: of them, those whose beginning nobody saw.
        running: of them, those under way.
        planned: of them, those marked as planned.
        excluded: interruptions left out: accepted force majeure, and planned ones where asked for.
    """

    counted: int
    undetermined_3: int
    undetermined_5: int
    censored: int
    running: int
    planned: int
    excluded: int


@dataclass(frozen=True, slots=True)
class DeviceReliability:
    """One recloser, over the customers behind it.

    Attributes:
        node: the recloser.
        own: from its own openings alone.
        total: with the losses of supply from upstream.
        cases: behind `total`.
        coverage: blocks of 15 min with samples, of those in the period.
        unserved: energy not supplied, by the recloser's own load.
    """

    node: Node
    own: Indices
    total: Indices
    cases: Cases
    coverage: Coverage
    unserved: Unserved


@dataclass(frozen=True, slots=True)
class ReliabilityReport:
    """Reliability in a period.

    Attributes:
        period: cut at the present.
        devices: each by itself.
        coverage: of all reclosers together.
        fleet_own: all, from openings of these reclosers; each customer counted once.
        fleet_total: the same with losses of supply from upstream.
        totals: what the fleet's sums were divided by.
        left_out: reclosers that make the fleet's indices unknown, since nobody said their customers
            or kVA.
        threshold: T_MED of the five years before the end, min; None with too few days.
        days: days with SAIDI that it rests on.
    """

    period: Period
    devices: Sequence[DeviceReliability]
    coverage: Coverage
    fleet_own: Indices
    fleet_total: Indices
    totals: Totals
    left_out: Sequence[int]
    threshold: float | None
    days: int


@dataclass(frozen=True, slots=True)
class ReliabilitySettings:
    """What the report is made for.

    Attributes:
        nodes: the tree of all reclosers.
        system: N_T and L_T where they are configured; None for what is behind the reclosers.
        period_s: of the poll of the voltages, by recloser, s.
        without_planned: leave out what is marked as planned.
    """

    nodes: Sequence[Node]
    system: Totals
    period_s: Mapping[int, float]
    without_planned: bool = False


class ReliabilityMeter:
    """Makes the report; reads all interruptions of the reclosers it is for, which are few."""

    def __init__(
        self,
        reader: SupplyReader,
        settings: ReliabilitySettings,
        period: Period,
        zone: tzinfo,
        now: int,
        chosen: Sequence[int] = (),
    ) -> None:
        """Read what is needed.

        Args:
            reader: the history.
            settings: what for.
            period: as asked for.
            zone: whose days.
            now: the present, UTC in microseconds since 1970.
            chosen: the only reclosers that are to be told of; empty for all, and for `report`.
        """
        self._reader = reader
        self._settings = settings
        end = max(period.start, min(period.end, now))
        self._period = Period(period.start, end, period.name)
        self._zone = zone
        self._now = now
        self._marks = reader.outage_marks()
        # All of them: one that began before the period may reach into it, or join one that does.
        self._outages = list(reader.outages(0, now + 1, chosen))
        self._nodes = [
            each for each in settings.nodes if each.device_id in (chosen or (each.device_id,))
        ]

    def reclosers(self, told: Callable[[int], None]) -> Sequence[DeviceReliability]:
        """Each by itself, without what only the fleet needs: samples and outages of the others.

        Args:
            told: how many are done.
        """
        own, total = self._stretches(own=True), self._stretches(own=False)
        return self._devices(self._nodes, own, total, told)

    def report(self, told: Callable[[int], None]) -> ReliabilityReport:
        """All reclosers, and all together; `told` as in `reclosers`."""
        settings = self._settings
        tree = groups(settings.nodes)
        behind = Totals.of(tree)
        totals = Totals(
            settings.system.customers or behind.customers, settings.system.kva or behind.kva
        )
        own, total = self._stretches(own=True), self._stretches(own=False)
        daily = self._daily(tree, total, totals)
        devices = self._devices(settings.nodes, own, total, told)
        return ReliabilityReport(
            self._period,
            devices,
            _together([each.coverage for each in devices]),
            indices(tree, own, totals, self._period),
            indices(tree, total, totals, self._period),
            totals,
            [each.devices[0] for each in tree if each.customers is None or each.kva is None],
            major_event_threshold(daily),
            len(daily),
        )

    def _excluded(self, outage: Outage) -> bool:
        marks = self._marks.get((outage.device_id, outage.key), _NO_MARKS)
        planned = self._settings.without_planned and marks.planned
        return bool(planned) or marks.force_majeure is ForceMajeure.ACCEPTED

    def _stretches(self, *, own: bool) -> dict[int, list[Stretch]]:
        found: dict[int, list[Stretch]] = {}
        for outage in self._outages:
            if self._excluded(outage) or (own and outage.origin is OutageOrigin.EXTERNAL):
                continue
            found.setdefault(outage.device_id, []).append(self._stretch(outage))
        return found

    def _stretch(self, outage: Outage) -> Stretch:
        return Stretch.between(outage.device_id, outage.start, outage.end, self._now)

    def _devices(
        self,
        nodes: Sequence[Node],
        own: Mapping[int, Sequence[Stretch]],
        total: Mapping[int, Sequence[Stretch]],
        told: Callable[[int], None],
    ) -> list[DeviceReliability]:
        found: list[DeviceReliability] = []
        for node in nodes:
            found.append(self._device(node, own, total))
            told(len(found))
        return found

    def _device(
        self,
        node: Node,
        own: Mapping[int, Sequence[Stretch]],
        total: Mapping[int, Sequence[Stretch]],
    ) -> DeviceReliability:
        alone = [Group((node.device_id,), node.customers, node.kva)]
        base = Totals.of(alone)
        return DeviceReliability(
            node,
            indices(alone, own, base, self._period),
            indices(alone, total, base, self._period),
            self._cases(node.device_id),
            self._coverage(node.device_id),
            self._unserved(total.get(node.device_id, ())),
        )

    def _cases(self, device: int) -> Cases:
        here = [
            each
            for each in self._outages
            if each.device_id == device and self._period.holds(each.start.hi)
        ]
        counted = [each for each in here if not self._excluded(each)]
        stretches = [self._stretch(each) for each in counted]
        planned = [self._marks.get((each.device_id, each.key), _NO_MARKS) for each in counted]
        return Cases(
            len(counted),
            sum(each.least <= THREE_MINUTES < each.most for each in stretches),
            sum(each.least <= FIVE_MINUTES < each.most for each in stretches),
            sum(each.start.lo is None for each in counted),
            sum(each.end is None for each in counted),
            sum(bool(marks.planned) for marks in planned),
            len(here) - len(counted),
        )

    def _coverage(self, device: int) -> Coverage:
        """Blocks in which the recloser was watched: a block without samples may hide anything."""
        query = SampleQuery(
            self._period.start, self._period.end, (), (device,), every=900, origin=0
        )
        needed = VALID_SHARE * 900 / self._settings.period_s[device]
        watched = sum(row.count >= needed for row in self._reader.samples(query))
        return Coverage(watched, max(1.0, self._period.seconds / 900))

    def _unserved(self, stretches: Sequence[Stretch]) -> Unserved:
        kwh, unknown = NOTHING, 0.0
        for stretch in stretches:
            if not self._period.holds(stretch.begun):
                continue
            before = self._load(stretch.device_id, _block_before(stretch))

            def expected(
                start: int, device: int = stretch.device_id, before: float | None = before
            ) -> float | None:
                return self._usual(device, start, before)

            found = unserved(stretch, expected)
            kwh, unknown = kwh + found.kwh, unknown + found.unknown_s
        return Unserved(kwh, unknown)

    def _usual(self, device: int, start: int, before: float | None) -> float | None:
        """Median of the same quarter of an hour of the last four weeks, else the load before."""
        loads = [self._load(device, start - week * _WEEK) for week in range(1, 5)]
        known = [kw for kw in loads if kw is not None]
        return statistics.median(known) if known else before

    def _load(self, device: int, start: int) -> float | None:
        """Mean load of a block in which the recloser was closed, kW; None where not measured."""
        columns = ("p_act", "estado")
        query = SampleQuery(start, start + BLOCK, columns, (device,), every=900, origin=start)
        row = next(iter(self._reader.samples(query)), None)
        if row is None or row.count < VALID_SHARE * 900 / self._settings.period_s[device]:
            return None
        kw, state = row.values
        return None if kw is None or state != SwitchState.CLOSED else max(0.0, kw)

    def _daily(
        self, tree: Sequence[Group], stretches: Mapping[int, Sequence[Stretch]], totals: Totals
    ) -> list[float]:
        """SAIDI of the days of the last five years that have any, min, by when it began."""
        days: dict[str, float] = {}
        if not totals.customers:
            return []
        for group in tree:
            for each in interruptions_of(group, stretches):
                at, time = each.whole.begun, each.time(FIVE_MINUTES)
                inside = self._period.end - _FIVE_YEARS <= at < self._period.end
                if not inside or group.customers is None or math.isinf(time.high):
                    continue
                local = (_EPOCH + timedelta(microseconds=at)).astimezone(self._zone)
                minutes = (time.low + time.high) / 2 / 60 * group.customers / totals.customers
                day = local.date().isoformat()
                days[day] = days.get(day, 0.0) + minutes
        return [minutes for minutes in days.values() if minutes > 0]


def _together(parts: Sequence[Coverage]) -> Coverage:
    """What was seen of all, of what there was to see."""
    return Coverage(sum(each.valid for each in parts), sum(each.expected for each in parts))


def _block_before(stretch: Stretch) -> int:
    """The quarter of an hour that ends where the interruption may have begun."""
    begins = stretch.begun if math.isinf(stretch.begins) else stretch.begins
    return max(0, int(begins) - BLOCK)
