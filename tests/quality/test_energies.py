"""A month's energy at a load that never changes: 1000 kVA, 800 kW and 600 kvar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from celador.domain.periods import Period
from celador.domain.quality.dips import EventFinder
from celador.domain.quality.tariff import TariffRule
from celador.pipeline.quality.cells import cells
from celador.pipeline.quality.energies import EnergyBook, MonthEnergy
from celador.ports import SampleRow

MINUTE = 60_000_000
HOUR = 60 * MINUTE
START = round(datetime(2026, 7, 1, tzinfo=UTC).timestamp()) * 1_000_000
MONTH = Period(START, START + 10 * HOUR, "2026-07")  # its length says nothing here
RULE = TariffRule("prueba", "", "", base_tan=0.62, percent_per_step=1.5)


def samples(gap: range = range(0)) -> Iterator[SampleRow]:
    """One each minute, but for some minutes."""
    for minute in range(600):
        if minute not in gap:
            yield SampleRow(1, START + minute * MINUTE, (800.0, 0), 1)


def readings(every: int = 1, first: int = -90) -> Iterator[SampleRow]:
    """Of the counters, from before the month until after it; both ways have gained."""
    for minute in range(first, 691, every):
        kvah, kvarh = 50_000 + 1000 * minute / 60, 3_000 + 600 * minute / 60
        yield SampleRow(1, START + minute * MINUTE, (kvah, kvarh, 7.0, 7.0), 1)


def book(rows: Iterator[SampleRow], counters: Iterator[SampleRow]) -> EnergyBook:
    made = EnergyBook([MONTH], 60.0, 13_200.0, MONTH.end)
    for cell in cells(rows, ("p_act", "calidad"), 60.0, EventFinder(13_200.0), ()):
        made.add(cell)
    made.read(counters, 60.0)
    return made


def month(made: EnergyBook) -> MonthEnergy:
    [found] = made.months(RULE)
    return found


def test_a_month_that_was_seen_whole_is_told_whole_and_charged() -> None:
    found = month(book(samples(), readings()))
    assert found.energy.forward == pytest.approx(8000, rel=0.002)
    assert found.energy.estimated == 0
    assert found.kvarh == pytest.approx(6000)
    assert found.tan == pytest.approx(0.75, rel=0.002)
    assert found.charge is not None
    assert found.charge.percent == pytest.approx(13 * 1.5)  # hundredths of tan phi above 0.62


def test_a_gap_gets_its_share_of_what_the_readings_around_it_span() -> None:
    # The gap from 2:00 to 3:00 lies between the readings of 1:40 and 3:10.
    found = month(book(samples(range(121, 180)), readings(every=30, first=-50)))
    assert found.energy.estimated == pytest.approx(800)


@pytest.mark.parametrize(
    ("last", "gained", "plausible"),
    [
        (590, 1.0, True),  # the last ten minutes have no reading yet, and make no falsehood
        (590, 0.9, False),
        (1, 1.0, None),  # nine hours of power beside a minute of counters: nothing to compare
    ],
)
def test_counters_bound_what_was_integrated_while_they_were_read(
    last: int, gained: float, plausible: bool | None
) -> None:
    counters = (
        SampleRow(1, row.at, tuple(each and gained * each for each in row.values), 1)
        for row in readings(first=0)
        if row.at <= START + last * MINUTE
    )
    assert month(book(samples(), counters)).energy.plausible is plausible


def test_one_absurd_power_does_not_excuse_more_than_the_counters_bound() -> None:
    """18 MW for a sample, hours before the last reading: nothing of what came after that."""
    absurd = (
        replace(row, values=(18_000.0, 0)) if n == 100 else row for n, row in enumerate(samples())
    )
    counters = (
        replace(row, values=tuple(each and 0.9 * each for each in row.values))
        for row in readings(first=0)
        if row.at <= START + 590 * MINUTE
    )
    assert month(book(absurd, counters)).energy.plausible is False


def test_of_a_month_half_seen_no_charge_is_told() -> None:
    found = month(book(samples(range(121, 421)), readings()))
    assert found.energy.total == pytest.approx(8000, rel=0.002)
    assert found.tan == pytest.approx(0.75, rel=0.002)
    assert found.charge is None


def test_counters_that_were_erased_tell_nothing_of_their_month() -> None:
    erased = (
        row if row.at < START + 5 * HOUR else SampleRow(1, row.at, (0.0, 0.0, 0.0, 0.0), 1)
        for row in readings()
    )
    found = month(book(samples(), erased))
    assert (found.energy.counters, found.kvarh, found.tan, found.charge) == (None, None, None, None)


def test_the_largest_demand_lies_within_the_month() -> None:
    def busier_before() -> Iterator[SampleRow]:
        for row in readings():
            kvah, *others = row.values
            assert kvah is not None
            before = min(0, row.at - START + 15 * MINUTE) / HOUR
            yield SampleRow(1, row.at, (kvah + 4000 * before, *others), 1)

    peak = book(samples(), busier_before()).peak
    assert peak is not None
    assert peak.kw == pytest.approx(1000, rel=1e-6)


@pytest.mark.parametrize("after", [1, 59])
def test_a_demand_is_of_its_own_block_however_the_readings_lie(after: int) -> None:
    """1000 kVA from 3:00 to 3:15 and else nothing; read once a minute, `after` s past the full."""

    def one_block() -> Iterator[SampleRow]:
        for minute in range(-90, 691):
            at = minute * MINUTE + after * 1_000_000
            kvah = 1000 * min(max(at - 3 * HOUR, 0), 15 * MINUTE) / HOUR
            yield SampleRow(1, START + at, (50_000 + kvah, 3_000.0, 7.0, 7.0), 1)

    peak = book(samples(), one_block()).peak
    assert peak is not None
    assert peak.kw == pytest.approx(1000, rel=3e-3)
    assert peak.at == START + 3 * HOUR


def test_a_block_whose_edge_nobody_read_has_no_demand() -> None:
    def gappy() -> Iterator[SampleRow]:
        """2000 kVA from 3:00 to 3:15, and nothing read from 3:10 to 3:20."""
        for row in readings():
            kvah, *others = row.values
            assert kvah is not None
            more = 1000 * min(max(row.at - START - 3 * HOUR, 0), 15 * MINUTE) / HOUR
            if not 3 * HOUR + 10 * MINUTE < row.at - START < 3 * HOUR + 20 * MINUTE:
                yield SampleRow(1, row.at, (kvah + more, *others), 1)

    peak = book(samples(), gappy()).peak
    assert peak is not None
    assert peak.kw == pytest.approx(1000, rel=1e-6)
